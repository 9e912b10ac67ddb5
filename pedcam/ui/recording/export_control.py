"""Detects on a whole file and writes down what is found, beside what plays."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from pedcam.detect.pool import DetectorPool
from pedcam.errors import UserError
from pedcam.headless.detect import Progress, Summary, detect_video
from pedcam.ui.base.background import Worker
from pedcam.ui.recording.export import Export, ExportOptions
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.output.partial_file import prepare_folder, unique_path
from pedcam.video.output.snapshot import recording_name
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.spec import SourceSpec

POLL = 200  # milliseconds
NICENESS = 10  # of 19


class ExportControl(QObject):
    """Begins and cancels exports, one at a time, and keeps :class:`Export` up to date.

    Attributes:
        export: The export that runs, or the last one.
    """

    saved = pyqtSignal(object)
    """The :class:`~pathlib.Path` of the first file of an export that is complete."""

    failed = pyqtSignal(str)
    """Why an export could not be done, to be shown."""

    def __init__(
        self,
        make_pool: Callable[[], DetectorPool],
        parent: QObject | None = None,
        detect: Callable[..., Summary] = detect_video,
    ) -> None:
        """Start without an export.

        Args:
            make_pool: Makes the detectors of an export, which are closed after it. They should be
                others than those of what plays, which would have to wait for each other.
            parent: The owner.
            detect: What does the work, with the arguments of :func:`detect_video`.
        """
        super().__init__(parent)
        self.export = Export()
        self._make_pool = make_pool
        self._work = detect
        self._stop = threading.Event()
        self._progress: Progress | None = None
        self._kept: tuple[Path, ...] = ()
        self._started = 0.0
        self._worker = Worker("pedcam-export", self)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL)
        self._poll.timeout.connect(self._advance)

    def start(
        self,
        source: SourceSpec,
        options: ExportOptions,
        counted: ZoneSet | None = None,
    ) -> None:
        """Begin an export; does nothing while there is one, or where nothing is to be written.

        Args:
            source: What to detect on.
            options: What to write.
            counted: Where people are counted, and where they are ignored.
        """
        counted = counted or ZoneSet()
        if self.export.running or not options.anything:
            return
        self._stop = stop = threading.Event()
        self._progress = None
        self._kept = ()
        self._started = time.monotonic()
        self.export.begin()
        self._poll.start()
        messages: list[str] = []

        def job() -> Summary:
            counter = PeopleCounter(counted.lines, counted.zones, counted.ignored)
            return self._run(source, options, counter, stop, messages.append)

        self._worker.submit(job, lambda summary: self._done(summary, messages), self._failed)

    def cancel(self) -> None:
        """End the export soon and leave nothing of it."""
        if self.export.running:
            self._stop.set()
            self.export.cancel()

    def shutdown(self, timeout: float) -> bool:
        """Cancel and end; return whether ``timeout`` seconds were enough."""
        self.cancel()
        self._poll.stop()
        return self._worker.finish(timeout)

    def _run(
        self,
        source: SourceSpec,
        options: ExportOptions,
        counter: PeopleCounter,
        stop: threading.Event,
        on_message: Callable[[str], None],
    ) -> Summary:
        prepare_folder(options.folder)
        stem = recording_name(Path(source.title).stem, datetime.now())
        paths: list[Path] = []

        def path(wanted: bool, suffix: str) -> Path | None:
            if not wanted:
                return None
            paths.append(unique_path(options.folder, stem, suffix))
            return paths[-1]

        _yield_to_others()
        pool = self._make_pool()
        complete = False
        try:
            summary = self._work(
                source,
                pool,
                options.preset,
                output=path(options.video, f".{options.container}"),
                table=path(options.table, ".csv"),
                jsonlines=path(options.jsonlines, ".jsonl"),
                coco=path(options.coco, ".json"),
                blurred=options.blurred,
                counter=counter,
                score_threshold=options.score_threshold,
                detail=options.detail,
                overwrite=True,
                on_progress=self._take_progress,
                on_message=on_message,
                stop=stop,
            )
            complete = not summary.stopped
            return summary
        finally:
            pool.close()
            if not complete:
                # After a failure what was written stays, but not a name without a file.
                self._kept = tuple(path for path in paths if not _removed(path, stop.is_set()))

    def _take_progress(self, progress: Progress) -> None:
        self._progress = progress

    def _advance(self) -> None:
        progress = self._progress
        if progress is not None:
            seconds = time.monotonic() - self._started
            self.export.advance(progress.frames, progress.total, seconds)

    def _done(self, summary: Summary, messages: list[str]) -> None:
        self._advance()
        self._poll.stop()
        if summary.stopped:
            self.export.end_cancelled()
        elif not summary.outputs:
            self._fail("Nothing was written: the file has no pictures.")
        else:
            self.export.finish(summary.outputs, "\n".join(messages))
            self.saved.emit(summary.outputs[0])

    def _failed(self, error: Exception) -> None:
        self._poll.stop()
        if self._stop.is_set():
            self.export.end_cancelled()
        elif isinstance(error, UserError):
            self._fail(str(error))
        else:
            self._fail(f"The export failed unexpectedly: {error}")
            # The application's handler logs it.
            raise error

    def _fail(self, error: str) -> None:
        self.export.fail(error, self._kept)
        self.failed.emit(error)


def _removed(path: Path, unwanted: bool) -> bool:
    """Remove a file that is unwanted or empty; return whether it is gone."""
    try:
        if unwanted or not path.stat().st_size:
            path.unlink()
            return True
    except OSError:
        return not unwanted
    return False


def _yield_to_others() -> None:
    """Let what plays go first: this thread and those it starts get the time that is left over."""
    if sys.platform == "linux":
        # Elsewhere priorities belong to processes.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
