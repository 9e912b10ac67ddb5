"""Records what plays and saves single pictures, off the window's thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from pedcam.errors import UserError
from pedcam.ui.base.background import Worker, call_on_window_thread
from pedcam.ui.recording.recording import Recording, RecordingOptions, RecordingPhase
from pedcam.video.output.annotate import PeopleAnnotator, PeopleBlur, black_out
from pedcam.video.output.partial_file import OutputError, prepare_folder, unique_path
from pedcam.video.output.recorder import CLOSE_TIMEOUT, Recorder
from pedcam.video.output.snapshot import SNAPSHOT_SUFFIX, recording_name, save_snapshot
from pedcam.video.output.tables import ResultFile, TableWriter
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.stream.results import Result

POLL = 500  # milliseconds
MOST_WAITING_SNAPSHOTS = 8  # each holds a picture in memory

Subscribe = Callable[[Callable[[Result], None]], Callable[[], None]]
"""Has a function called with every result; returns what ends it."""


@dataclass
class _Session:
    """One recording; what an earlier one reports is ignored."""

    recorder: Recorder | None = None
    unsubscribe: Callable[[], None] | None = None
    blurred: bool = False  # whether that was asked for since it began


class RecordingControl(QObject):
    """Begins and ends recordings and keeps :class:`Recording` up to date.

    Used on the window's thread, which never waits for a disk. A recording does not care which
    preset made its results, so it goes on across a change of presets.

    Attributes:
        recording: What is being recorded.
    """

    saved = pyqtSignal(object)
    """The :class:`~pathlib.Path` of a recording or snapshot that is complete."""

    failed = pyqtSignal(str)
    """Why a recording or snapshot could not be made or ended early, to be shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.recording = Recording()
        self._session: _Session | None = None
        self._worker = Worker("pedcam-record", self)
        self._snapshot_worker = Worker("pedcam-snapshot", self)
        self._snapshots_waiting = 0
        self._poll = QTimer(self)
        self._poll.setInterval(POLL)
        self._poll.timeout.connect(self._measure)

    def start(
        self, subscribe: Subscribe, title: str, options: RecordingOptions, rate: float = 0.0
    ) -> None:
        """Begin a recording; does nothing while there is one.

        Args:
            subscribe: Where the results come from.
            title: The source's name, for that of the file.
            options: How to record.
            rate: Frames per second, 0 if unknown; the times of the frames decide.
        """
        if self.recording.busy:
            return
        session = self._session = _Session()
        self.recording.open()

        def on_end(error: OutputError | None) -> None:
            # The recorder's thread or the worker, which may look at the disk.
            assert session.recorder is not None
            paths = session.recorder.paths
            failure = str(error) if error is not None else _missing(paths)
            call_on_window_thread(lambda: self._ended(session, paths, failure))

        def job() -> None:
            # Kept here, on the worker, where the job that ends it finds it in any case.
            session.recorder = _open_recorder(title, options, rate, on_end)
            session.recorder.start()

        def done(_: None) -> None:
            if session is not self._session or self.recording.phase is not RecordingPhase.OPENING:
                return
            assert session.recorder is not None
            if session.blurred:
                session.recorder.blur()
            session.unsubscribe = subscribe(session.recorder.put)
            self.recording.begin(session.recorder.paths[0])
            self._poll.start()

        def failed(error: Exception) -> None:
            if isinstance(error, UserError):
                self._ended(session, (), str(error))
            else:
                self._ended(session, (), "Recording failed.")
                # The application's handler logs it.
                raise error

        self._worker.submit(job, done, failed)

    def stop(self) -> None:
        """End the recording; its files are completed in the background."""
        session = self._session
        if session is None or self.recording.phase is RecordingPhase.COMPLETING:
            return
        self._detach(session)
        self.recording.complete()

        def job() -> None:
            if session.recorder is not None:
                session.recorder.close()

        self._worker.submit(job, lambda _: None)

    def blur(self) -> None:
        """Blur people in the recording that runs or is being opened, from now on."""
        session = self._session
        if session is not None:
            session.blurred = True
            if session.recorder is not None:
                session.recorder.blur()

    def snapshot(
        self,
        result: Result,
        title: str,
        options: RecordingOptions,
        hidden: NDArray[np.float64] | None = None,
    ) -> None:
        """Save a picture as PNG, people marked and blurred as the options say, zones blacked out.

        Args:
            result: The picture and the people in it.
            title: The source's name, for that of the file.
            options: Where and how to save it.
            hidden: N x 4 corners in pixels of boxes to blur besides, where blurring is wanted.
        """
        if self._snapshots_waiting >= MOST_WAITING_SNAPSHOTS:
            self.failed.emit(
                f"No more pictures are taken until those before are saved to {options.folder}."
            )
            return
        self._snapshots_waiting += 1
        when = datetime.now()

        def done(path: Path) -> None:
            self._snapshots_waiting -= 1
            self.saved.emit(path)

        def failed(error: Exception) -> None:
            self._snapshots_waiting -= 1
            if not isinstance(error, UserError):
                raise error
            self.failed.emit(str(error))

        self._snapshot_worker.submit(
            lambda: _save_snapshot(result, recording_name(title, when), options, hidden),
            done,
            failed,
        )

    def shutdown(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """End everything; return whether the files were complete within ``timeout`` seconds.

        A recording that a disk holds up longer stays playable up to its last second or so.
        """
        deadline = time.monotonic() + timeout
        self.stop()
        self._snapshot_worker.stop()
        finished = self._worker.finish(timeout)
        return self._snapshot_worker.finish(max(0.0, deadline - time.monotonic())) and finished

    def _detach(self, session: _Session) -> None:
        self._poll.stop()
        if session.unsubscribe is not None:
            session.unsubscribe()
            session.unsubscribe = None

    def _measure(self) -> None:
        recorder = self._session.recorder if self._session is not None else None
        if recorder is not None:
            self.recording.measure(
                seconds=recorder.seconds,
                size=recorder.size,
                frames=recorder.frames,
                dropped=recorder.dropped,
            )

    def _ended(self, session: _Session, paths: tuple[Path, ...], error: str) -> None:
        if sip.isdeleted(self) or session is not self._session:
            return
        self._measure()
        self._detach(session)
        self._session = None
        video = self.recording.path
        if not error and video is not None and video not in paths:
            error = "Nothing was recorded: no picture came while the recording ran."
        self.recording.end()
        if error:
            self.failed.emit(error)
        elif video is not None:
            self.saved.emit(video)


def _open_recorder(
    title: str,
    options: RecordingOptions,
    rate: float,
    on_end: Callable[[OutputError | None], None],
) -> Recorder:
    prepare_folder(options.folder)
    stem = recording_name(title, datetime.now())
    path = unique_path(options.folder, stem, f".{options.container}")
    video = VideoWriter(path, rate=rate, overwrite=True, in_place=True)
    rows: list[ResultFile] = []
    if options.table:
        try:
            table = unique_path(options.folder, path.stem, ".csv")
            rows.append(TableWriter(table, overwrite=True, in_place=True))
        except OutputError:
            video.close()
            raise
    return Recorder(video, rows, marked=options.marked, blurred=options.blurred, on_end=on_end)


def _missing(paths: tuple[Path, ...]) -> str:
    """Say which file is not there although all went well; empty if all are."""
    gone = [path for path in paths if not path.exists()]
    return f"{gone[0]} is gone: it was moved or deleted during the recording." if gone else ""


def _save_snapshot(
    result: Result, stem: str, options: RecordingOptions, hidden: NDArray[np.float64] | None
) -> Path:
    prepare_folder(options.folder)
    image, people = result.frame.image, result.detections
    if options.blurred:
        boxes = people.xyxy if hidden is None else np.concatenate([people.xyxy, hidden])
        image = PeopleBlur().annotate(image, sv.Detections(xyxy=boxes), result.frame.time)
    image = black_out(image, result.ignored)
    if options.marked:
        height, width = image.shape[:2]
        image = PeopleAnnotator((width, height)).annotate(image, people)
    path = unique_path(options.folder, stem, SNAPSHOT_SUFFIX)
    save_snapshot(path, image, overwrite=True)
    return path
