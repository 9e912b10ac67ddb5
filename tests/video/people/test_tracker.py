import warnings

import numpy as np
import pytest
import supervision as sv

from pedcam.video.people.tracker import LOST_AFTER, Tracker

RATE = 25.0


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def people(*places: tuple[float, float], score: float = 0.5) -> sv.Detections:
    """Boxes of 60 x 150 with these upper left corners."""
    boxes = [(x, y, x + 60, y + 150) for x, y in places]
    return sv.Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.full(len(boxes), score, np.float32),
        class_id=np.zeros(len(boxes), np.int64),
    )


def ids(tracker: Tracker, time: float, *places: tuple[float, float], **more: float) -> list[int]:
    found = tracker.update(people(*places, **more), time)
    assert found.tracker_id is not None
    return found.tracker_id.tolist()


def follow(tracker: Tracker, frames: range, at: float = 100.0) -> list[int]:
    """Identities of somebody who stands there in these frames."""
    return [ids(tracker, frame / RATE, (at, 100))[0] for frame in frames]


def test_identities_count_from_one_at_the_second_sighting():
    tracker = Tracker()
    assert ids(tracker, 0.0, (100, 100)) == [-1]
    assert ids(tracker, 0.04, (100, 100), (600, 100)) == [1, -1]
    assert ids(tracker, 0.08, (100, 100), (600, 100)) == [1, 2]
    assert tracker.total == 2
    assert tracker.identities == {1, 2}


def test_boxes_keep_their_order_and_everything_else():
    tracker = Tracker()
    ids(tracker, 0.0, (500, 100), (100, 100))
    ids(tracker, 0.04, (500, 100), (100, 100))
    given = people((900, 100), (100, 100), (500, 100))
    given.confidence = np.array([0.9, 0.4, 0.6], np.float32)
    given.metadata["inference_ms"] = 7.5
    first = {500: 1, 100: 2}
    found = tracker.update(given, 0.08, score_threshold=0.5)
    assert found.tracker_id.tolist() == [-1, first[100], first[500]]
    assert found.tracker_id.dtype.kind == "i"
    assert np.array_equal(found.xyxy, given.xyxy)
    assert np.array_equal(found.confidence, given.confidence)
    assert np.array_equal(found.class_id, given.class_id)
    assert found.metadata == {"inference_ms": 7.5}
    assert given.tracker_id is None


@pytest.mark.parametrize(
    ("gap", "same"),
    [
        pytest.param(0.2, True, id="a few frames"),
        pytest.param(LOST_AFTER - 0.1, True, id="almost too long"),
        pytest.param(LOST_AFTER + 0.1, False, id="too long"),
    ],
)
@pytest.mark.parametrize("frames_come", [True, False], ids=["unseen", "dropped"])
def test_an_identity_outlasts_a_gap_in_seconds(gap, same, frames_come):
    tracker = Tracker()
    assert follow(tracker, range(10)) == [-1] + [1] * 9
    last = 9 / RATE
    if frames_come:
        for time in np.arange(last + 1 / RATE, last + gap - 0.001, 1 / RATE):
            assert ids(tracker, float(time)) == []
    assert ids(tracker, last + gap, (100, 100)) == [1 if same else -1]
    assert tracker.identities == ({1} if same else set())


def test_uneven_times_are_what_the_motion_goes_by():
    """Somebody walks 100 pixels a second; after a gap the box is far off the last one."""
    tracker = Tracker()
    for time in np.arange(0, 2, 0.04):
        ids(tracker, float(time), (100 * time, 100))
    # Without the second's motion the boxes would not even touch: 60 wide and 100 apart.
    assert ids(tracker, 2.96, (296, 100)) == [1]


@pytest.mark.parametrize("rate", [25, 8, 5])
def test_somebody_who_turns_round_stays_who_they_are(rate):
    tracker = Tracker()
    # A slow walk, 75 pixels a second where people are 150 high, for three seconds either way.
    for frame in range(6 * rate):
        time = frame / rate
        ids(tracker, time, (300 + 75 * min(time, 6 - time), 100))
    assert tracker.total == 1


def test_only_boxes_above_the_threshold_begin_an_identity():
    tracker = Tracker()
    for frame in range(5):
        found = tracker.update(people((100, 100), score=0.37), frame / RATE, 0.38)
        assert found.tracker_id.tolist() == [-1]
    for frame in range(5, 8):
        tracker.update(people((100, 100), score=0.39), frame / RATE, 0.38)
    found = tracker.update(people((100, 100), score=0.1), 8 / RATE, 0.38)
    assert found.tracker_id.tolist() == [1]


def test_nobody_is_followed_over_a_cut_and_numbers_go_on():
    tracker = Tracker()
    follow(tracker, range(3))
    tracker.cut()
    assert tracker.identities == frozenset()
    # The time of a loop starts again.
    assert follow(tracker, range(3)) == [-1, 2, 2]
    tracker.cut()
    tracker.cut()
    assert follow(tracker, range(3)) == [-1, 3, 3]


def test_a_time_that_goes_back_far_is_a_cut():
    tracker = Tracker()
    follow(tracker, range(250))
    assert follow(tracker, range(3)) == [-1, 2, 2]


def test_times_that_repeat_or_are_out_of_order_harm_nobody():
    tracker = Tracker()
    for time in (0.0, 0.0, 0.08, 0.04, 0.12, 0.12, 0.12):
        ids(tracker, time, (100, 100))
    assert tracker.total == 1


def test_people_are_given_up_even_where_time_stands_still():
    tracker = Tracker()
    for _ in range(3):
        ids(tracker, 0.0, (100, 100))
    assert tracker.identities == {1}
    # Each frame counts as a millisecond.
    for _ in range(1000 * 2):
        ids(tracker, 0.0)
    assert tracker.identities == frozenset()


def test_a_frame_without_a_time_is_refused():
    with pytest.raises(ValueError, match="must have a time, not nan"):
        Tracker().update(people(), float("nan"))


def test_long_without_people():
    tracker = Tracker()
    follow(tracker, range(3))
    for frame in range(3, 2000):
        assert ids(tracker, frame / RATE) == []
    assert tracker.identities == frozenset()
    assert follow(tracker, range(2000, 2003)) == [-1, 2, 2]


def test_without_scores_everybody_counts():
    tracker = Tracker()
    for time in (0.0, 0.04):
        found = tracker.update(sv.Detections(people((1, 1)).xyxy), time, score_threshold=0.9)
    assert found.tracker_id.tolist() == [1]
