import pytest

from pedcam.ui.picture.traces import Timeline, Trace, Traces
from pedcam.video.sources.frame import Frame
from tests.factories import make_frame


def test_a_path_is_thinned_out() -> None:
    traces = Traces()
    for step in range(8):
        traces.add(step / 16, [7], [(step / 16, 0.5)])
    # Points at least a fifth of a second apart, and the latest: after 0 the one at 3/16 is the
    # last that is nearer, and so on.
    times = (0.0, 3 / 16, 6 / 16, 7 / 16)
    assert traces.traces() == [
        Trace(7, tuple((time, 0.5) for time in times), tuple((7 / 16 - t) / 4 for t in times))
    ]


def test_a_single_point_is_no_path() -> None:
    traces = Traces()
    traces.add(0.0, [1, 2], [(0.1, 0.1), (0.2, 0.2)])
    assert traces.traces() == []
    traces.add(0.5, [2], [(0.3, 0.2)])
    assert [trace.identity for trace in traces.traces()] == [2]


def test_whoever_has_no_identity_leaves_no_trace() -> None:
    traces = Traces()
    for time in (0.0, 0.5):
        traces.add(time, [-1, -1], [(0.1, 0.1), (0.2, 0.2)])
    assert traces.traces() == []


def test_what_is_old_is_forgotten() -> None:
    traces = Traces()
    for time in (0.0, 1.0, 2.0):
        traces.add(time, [1], [(time / 10, 0.5)])
    # Unseen since 2.0; four seconds are kept.
    traces.add(4.5, [], [])
    (trace,) = traces.traces()
    assert trace.points == ((0.1, 0.5), (0.2, 0.5))
    assert trace.ages == (3.5 / 4, 2.5 / 4)
    traces.add(5.5, [], [])
    assert traces.traces() == []


def test_a_cut_forgets_everybody() -> None:
    traces = Traces()
    for time in (0.0, 0.5):
        traces.add(time, [1], [(time, 0.5)])
    traces.clear()
    assert traces.traces() == []
    traces.add(9.0, [1], [(0.9, 0.5)])
    assert traces.traces() == []


def test_every_person_has_one_place() -> None:
    with pytest.raises(ValueError, match="zip"):
        Traces().add(0.0, [1, 2], [(0.1, 0.1)])


@pytest.mark.parametrize(
    ("second", "step"),
    [
        (make_frame(11, 5.25), 0.25),
        # Frames were dropped between them.
        (make_frame(30, 7.0), 2.0),
        (make_frame(40, 7.25), None),
        # The same again, with other people.
        (make_frame(10, 5.0), 0.0),
        # Back: a step back, or the next loop.
        (make_frame(9, 4.75), None),
        (make_frame(11, 5.0), None),
        (make_frame(11, 5.25, segment=1), None),
        (make_frame(10, 5.0, segment=1), None),
    ],
)
def test_from_frame_to_frame(second: Frame, step: float | None) -> None:
    timeline = Timeline()
    assert timeline.step(make_frame(10, 5.0)) is None
    assert timeline.step(second) == step
