import numpy as np
import pytest

from pedcam.ui.picture.timeline import Timeline
from pedcam.video.sources.frame import Frame


def frame(index: int, time: float, segment: int = 0) -> Frame:
    return Frame(np.zeros((1, 1, 3), np.uint8), index, time, 0.0, 0.0, segment)


@pytest.mark.parametrize(
    ("second", "step"),
    [
        (frame(11, 5.25), 0.25),
        # Frames were dropped between them.
        (frame(30, 7.0), 2.0),
        (frame(40, 7.25), None),
        # The same again, with other people.
        (frame(10, 5.0), 0.0),
        # Back: a step back, or the next loop.
        (frame(9, 4.75), None),
        (frame(11, 5.0), None),
        (frame(11, 5.25, segment=1), None),
        (frame(10, 5.0, segment=1), None),
    ],
)
def test_from_frame_to_frame(second: Frame, step: float | None) -> None:
    timeline = Timeline()
    assert timeline.step(frame(10, 5.0)) is None
    assert timeline.step(second) == step


def test_beginning_again() -> None:
    timeline = Timeline()
    timeline.step(frame(0, 0.0))
    timeline.clear()
    assert timeline.step(frame(1, 0.25)) is None
    assert timeline.step(frame(2, 0.5)) == 0.25
