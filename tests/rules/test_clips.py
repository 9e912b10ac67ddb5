from pathlib import Path

import numpy as np
import pytest
import supervision as sv

from pedcam.rules import clips
from pedcam.rules.clips import Clip, Ring
from pedcam.rules.pictures import Picture, to_jpeg
from pedcam.video.output.partial_file import OutputError
from pedcam.video.output.video_writer import VideoWriter
from tests.factories import numbered_image
from tests.rules.clips import alert, numbers_in


def picture(number: int, time: float, size: int | None = None) -> Picture:
    jpeg = to_jpeg(numbered_image(number)) if size is None else bytes(size)
    return Picture(jpeg, sv.Detections.empty(), time)


class TestRing:
    def test_the_last_seconds_are_kept(self) -> None:
        ring = Ring(2.0)
        for number in range(10):
            ring.add(picture(number, number / 2, 10))
        assert [each.time for each in ring.pictures] == [2.5, 3.0, 3.5, 4.0, 4.5]
        assert ring.size == 50

    def test_memory_is_bounded_and_the_oldest_go_first(self) -> None:
        ring = Ring(100.0, memory=100)
        largest = 0
        for number in range(20):
            ring.add(picture(number, float(number), 30))
            largest = max(largest, ring.size)
        assert [each.time for each in ring.pictures] == [17.0, 18.0, 19.0]
        assert largest == ring.size == 90
        ring.add(picture(20, 20.0, 95))
        assert [each.time for each in ring.pictures] == [20.0]

    def test_one_that_is_too_large_is_not_kept(self) -> None:
        ring = Ring(100.0, memory=100)
        ring.add(picture(0, 0.0, 101))
        assert (ring.pictures, ring.size) == ((), 0)

    def test_cleared_it_holds_nothing(self) -> None:
        ring = Ring(1.0)
        ring.add(picture(0, 0.0, 10))
        ring.clear()
        assert (ring.pictures, ring.size) == ((), 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4"


def clip(path: Path, *, at: float = 1.0, before: int = 2) -> Clip:
    """A clip of an alert with two pictures before it, to end a second after it."""
    ahead = [picture(number, at - (before - number) / 10) for number in range(before)]
    return Clip(VideoWriter(path), ahead, alert("a", 25, at), 1.0, marked=False)


class TestClip:
    def test_what_came_before_and_after(self, path: Path) -> None:
        made = clip(path)
        for number, time in ((2, 1.0), (3, 1.5), (4, 2.0), (5, 2.1)):
            assert not made.complete
            made.add(picture(number, time))
        assert made.complete
        made.close()
        assert numbers_in(path) == [(0.0, 0), (0.1, 1), (0.2, 2), (0.7, 3), (1.2, 4)]

    def test_another_alert_makes_it_longer(self, path: Path) -> None:
        made = clip(path, before=1)
        second = alert("b", 45, 1.8)
        assert made.join(second, 1.0)
        made.add(picture(1, 2.7))
        assert not made.complete
        made.add(picture(2, 2.9))
        assert made.complete
        assert made.events == [alert("a", 25, 1.0), second]
        assert not made.join(alert("c", 75), 1.0)

    def test_an_alert_that_ends_sooner_does_not_make_it_shorter(self, path: Path) -> None:
        made = clip(path)
        assert made.join(alert("b", 30, 1.2), 0.1)
        made.add(picture(2, 1.9))
        assert not made.complete

    def test_there_is_a_longest(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clips, "LONGEST", 3.0)
        made = clip(path, at=1.0, before=2)  # from 0.8 on
        assert made.join(alert("b", 70, 2.79), 1.0)
        assert not made.join(alert("c", 71, 2.81), 1.0)
        assert len(made.events) == 2

    def test_what_waits_is_bounded(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        size = max(len(picture(number, 0.0).jpeg) for number in range(6))
        monkeypatch.setattr(clips, "MEMORY", 3 * size)
        made = clip(path, before=2)
        for number in range(2, 6):
            made.add(picture(number, 1 + number / 10))
        made.write()
        assert made.waits
        made.close()
        numbers = [number for _, number in numbers_in(path)]
        assert numbers[:3] == [0, 1, 2]
        assert len(numbers) < 6

    def test_after_a_failure_it_is_over(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(self: VideoWriter, image: np.ndarray, time: float) -> None:
            raise OutputError("No space left.")

        monkeypatch.setattr(VideoWriter, "write", fail)
        made = clip(path)
        with pytest.raises(OutputError, match="No space left"):
            made.write()
        assert (made.complete, made.failed, made.waits) == (True, True, False)
        made.close()
        assert not path.exists()
