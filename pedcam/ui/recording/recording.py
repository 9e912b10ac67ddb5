"""What is being recorded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Literal

from pedcam.ui.base.observable import Observable

Container = Literal["mp4", "mkv"]


@dataclass(frozen=True)
class RecordingOptions:
    """How recordings and snapshots are made.

    Attributes:
        folder: Where they go; created where only its last part is missing.
        container: Format of the video.
        marked: Whether people are marked in the picture.
        blurred: Whether people are made unrecognizable in the picture.
        table: Whether the people are also written to a CSV file beside the video.
    """

    folder: Path
    container: Container = "mp4"
    marked: bool = True
    blurred: bool = False
    table: bool = False


class RecordingPhase(Enum):
    """How far a recording is."""

    IDLE = auto()
    OPENING = auto()
    RUNNING = auto()
    COMPLETING = auto()


class Recording(Observable):
    """The recording that runs.

    Attributes:
        phase: How far it is.
        path: The video that is being written, ``None`` without one.
        seconds: Its length so far.
        size: Bytes on the disk so far, of all files together.
        frames: Frames in it so far.
        dropped: Frames left out as the disk could not follow.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reset(RecordingPhase.IDLE)

    def _reset(self, phase: RecordingPhase) -> None:
        self.phase = phase
        self.path: Path | None = None
        self.seconds = 0.0
        self.size = self.frames = self.dropped = 0

    @property
    def running(self) -> bool:
        """Whether pictures are being recorded."""
        return self.phase is RecordingPhase.RUNNING

    @property
    def busy(self) -> bool:
        """Whether a recording begins, runs or ends."""
        return self.phase is not RecordingPhase.IDLE

    def open(self) -> None:
        """The files are being opened."""
        self._reset(RecordingPhase.OPENING)
        self._changed()

    def begin(self, path: Path) -> None:
        """Pictures go to ``path`` from now on."""
        self.phase, self.path = RecordingPhase.RUNNING, path
        self._changed()

    def measure(self, *, seconds: float, size: int, frames: int, dropped: int) -> None:
        """Take how much there is by now."""
        now = (seconds, size, frames, dropped)
        if now != (self.seconds, self.size, self.frames, self.dropped):
            self.seconds, self.size, self.frames, self.dropped = now
            self._changed()

    def complete(self) -> None:
        """No more pictures come; the files are being completed."""
        self.phase = RecordingPhase.COMPLETING
        self._changed()

    def end(self) -> None:
        self.phase, self.path = RecordingPhase.IDLE, None
        self._changed()
