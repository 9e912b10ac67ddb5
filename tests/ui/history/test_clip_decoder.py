import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pedcam.ui.history import clip_decoder
from pedcam.ui.history.clip_decoder import ClipDecoder
from pedcam.video.sources.frame import Frame
from tests.factories import number_in, write_clip

PATIENCE = 20.0  # seconds


class Played:
    """A decoder, and what it gave."""

    def __init__(self, clip: Path) -> None:
        self.frames: queue.Queue[tuple[int, int, float | None]] = queue.Queue()
        self.errors: queue.Queue[str] = queue.Queue()
        # Each picture is taken before the next comes, so that a test knows where the decoder is.
        self.taken = queue.Queue[None]()
        self.decoder = ClipDecoder(clip, self._give, self.errors.put)

    def _give(self, frame: Frame, duration: float | None) -> None:
        self.frames.put((number_in(frame.image), frame.segment, duration))
        self.taken.get(timeout=PATIENCE)

    def next(self) -> tuple[int, int]:
        number, segment, _ = self.frames.get(timeout=PATIENCE)
        return number, segment

    def go_on(self) -> None:
        self.taken.put(None)


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four pictures in a tenth of a second."""
    monkeypatch.setattr(clip_decoder, "AT_END", 0.0)
    return write_clip(tmp_path / "clip.mp4", [0.0, 0.025, 0.05, 0.075])


@pytest.fixture
def play() -> Iterator[Callable[[Path], Played]]:
    made: list[Played] = []

    def begin(clip: Path) -> Played:
        made.append(Played(clip))
        return made[-1]

    yield begin
    for played in made:
        played.decoder.close()
        played.go_on()
        played.decoder.thread.join(PATIENCE)
        assert not played.decoder.thread.is_alive()


def test_it_begins_again_after_the_end(clip: Path, play: Callable[[Path], Played]) -> None:
    played = play(clip)
    given = []
    for _ in range(9):
        given.append(played.next())
        played.go_on()
    assert [number for number, _ in given] == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert [segment for _, segment in given] == [0, 0, 0, 0, 1, 1, 1, 1, 2]


def test_the_length_is_told(clip: Path, play: Callable[[Path], Played]) -> None:
    _, _, duration = play(clip).frames.get(timeout=PATIENCE)
    assert duration == pytest.approx(0.1, abs=0.03)


def test_while_paused_only_a_jump_gives_a_picture(
    clip: Path, play: Callable[[Path], Played]
) -> None:
    played = play(clip)
    assert played.next() == (0, 0)
    played.decoder.set_paused(True)
    played.decoder.seek(0.05)
    played.go_on()
    assert played.next() == (2, 1)
    played.decoder.seek(0.025)
    played.go_on()
    # Nothing in between, or it would have come first.
    assert played.next() == (1, 2)
    played.decoder.set_paused(False)
    played.go_on()
    assert played.next() == (2, 2)


def test_a_jump_beyond_the_end_gives_the_last_picture(
    clip: Path, play: Callable[[Path], Played]
) -> None:
    played = play(clip)
    assert played.next() == (0, 0)
    played.decoder.seek(100.0)
    played.go_on()
    assert played.next() == (3, 1)


def test_a_frame_that_is_due_much_later_does_not_hold_up_the_end(
    tmp_path: Path, play: Callable[[Path], Played]
) -> None:
    played = play(write_clip(tmp_path / "clip.mp4", [0.0, 3600.0]))
    assert played.next() == (0, 0)
    played.go_on()
    played.decoder.close()
    played.decoder.thread.join(PATIENCE)
    assert not played.decoder.thread.is_alive()
    assert played.frames.empty()


@pytest.mark.parametrize("content", [None, b"", b"not a video" * 100])
def test_a_clip_that_cannot_be_played(
    tmp_path: Path, play: Callable[[Path], Played], content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "clip.mp4").write_bytes(content)
    played = play(tmp_path / "clip.mp4")
    assert "clip.mp4" in played.errors.get(timeout=PATIENCE)
    assert played.frames.empty()
