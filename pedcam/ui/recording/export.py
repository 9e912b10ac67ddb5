"""The detection of a whole file into files, beside what plays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from pedcam.detect.detail import Detail
from pedcam.ui.base.observable import Observable
from pedcam.ui.recording.recording import Container


@dataclass(frozen=True)
class ExportOptions:
    """What to write of a whole file.

    Attributes:
        folder: Where the files go; created where only its last part is missing.
        preset: Name of the preset.
        video: Whether to write the video with the people marked.
        table: Whether to write a CSV file of the people.
        jsonlines: Whether to write a JSON-lines file of the people and of what they did.
        coco: Whether to write a COCO json file of the people.
        container: Format of the video.
        blurred: Whether people are made unrecognizable in the video.
        score_threshold: Lowest score kept, ``None`` for the preset's calibrated one.
        detail: How closely to look.
    """

    folder: Path
    preset: str
    video: bool = True
    table: bool = False
    jsonlines: bool = False
    coco: bool = False
    container: Container = "mp4"
    blurred: bool = False
    score_threshold: float | None = None
    detail: Detail = Detail.WHOLE

    @property
    def anything(self) -> bool:
        """Whether there is a file to write."""
        return self.video or self.table or self.jsonlines or self.coco


class ExportPhase(Enum):
    """How far an export is."""

    IDLE = auto()
    RUNNING = auto()
    CANCELLING = auto()
    DONE = auto()
    CANCELLED = auto()
    FAILED = auto()


class Export(Observable):
    """The export that runs, or what became of the last one.

    Attributes:
        phase: How far it is.
        frames: Frames done.
        total: Frames there will be, ``None`` where unknown.
        seconds_left: Time it will take still, ``None`` where unknown.
        paths: The files written, once they are complete; after a failure, what there is of them.
        message: What people should know of the last one although it succeeded.
        error: Why it failed; empty where it did not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reset(ExportPhase.IDLE)

    def _reset(self, phase: ExportPhase) -> None:
        self.phase = phase
        self.frames = 0
        self.total: int | None = None
        self.seconds_left: float | None = None
        self.paths: tuple[Path, ...] = ()
        self.error = self.message = ""

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self.phase in (ExportPhase.RUNNING, ExportPhase.CANCELLING)

    @property
    def progress(self) -> float | None:
        """The part that is done, 0 to 1; ``None`` where the length is unknown."""
        if self.phase is ExportPhase.DONE:
            return 1.0
        return min(1.0, self.frames / self.total) if self.total else None

    def begin(self) -> None:
        self._reset(ExportPhase.RUNNING)
        self._changed()

    def advance(self, frames: int, total: int | None, seconds: float) -> None:
        """Take the progress after ``seconds`` of work."""
        if (frames, total) == (self.frames, self.total):
            return
        self.frames, self.total = frames, total
        self.seconds_left = (
            seconds / frames * max(0, total - frames) if frames and total is not None else None
        )
        self._changed()

    def cancel(self) -> None:
        """It is asked to end."""
        self.phase = ExportPhase.CANCELLING
        self._changed()

    def end_cancelled(self) -> None:
        """It was ended before it was done, and nothing is left of it."""
        self.phase = ExportPhase.CANCELLED
        self._changed()

    def fail(self, error: str, kept: tuple[Path, ...] = ()) -> None:
        """It cannot be done, or not to the end; ``kept`` is what was written until then."""
        self.phase, self.error, self.paths = ExportPhase.FAILED, error, kept
        self._changed()

    def finish(self, paths: tuple[Path, ...], message: str = "") -> None:
        self.phase, self.paths, self.message = ExportPhase.DONE, paths, message
        self._changed()
