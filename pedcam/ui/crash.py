"""Unforeseen exceptions: into a log file and before the user, instead of ending the application."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

import platformdirs
from PyQt6.QtCore import QObject
from PyQt6.QtGui import QGuiApplication

from pedcam.ui.base.background import Worker, call_on_window_thread
from pedcam.ui.crash_report import Crash, compose, scrub, write_report
from pedcam.ui.hard_crash import HardCrashWatch, take_crashes

LOG_BYTES = 2**20
LOG_FILES = 3  # beside the newest
LAST_LINES = 60  # of the log, in a report
LONGEST_TITLE = 300
MOST_PROBLEMS = 50  # that are told apart in one run
_FORMAT = "%(asctime)s %(levelname)s %(message)s"

_log = logging.getLogger("pedcam")


def log_file() -> Path:
    """Return where details of errors are written; reports are in the same folder."""
    return platformdirs.user_log_path("pedcam", appauthor=False) / "pedcam.log"


def start_log() -> Path | None:
    """Write warnings and errors into the log file.

    Returns:
        The file; ``None`` if it cannot be written.
    """
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=False
        )
    except OSError:
        return None
    handler.setFormatter(_Scrubbing(_FORMAT))
    _log.addHandler(handler)
    return path


class CrashGuard:
    """While in use, uncaught exceptions are logged, reported and shown.

    PyQt6 ends the process when an exception leaves a slot, unless ``sys.excepthook`` is replaced.
    Crashes outside of Python, which nothing can stop, are written down and told at the next start.
    """

    def __init__(
        self,
        report: Callable[[str], None],
        interrupt: Callable[[], object],
        show: Callable[[Crash], None] | None = None,
        repeated: Callable[[Crash, int], None] | None = None,
    ) -> None:
        """Prepare; all functions are called on the window's thread.

        Args:
            report: Shows a text.
            interrupt: Called instead on Ctrl-C.
            show: Shows a problem, the first time it comes; by default its text is reported.
            repeated: Called with a problem that came again, and how often it came by now. It is
                not called every time where that is very often.
        """
        self._report = report
        self._interrupt = interrupt
        self._show = show or self._report_crash
        self._repeated = repeated
        self._path: Path | None = None
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._crashes: dict[str, Crash] = {}

    def __enter__(self) -> CrashGuard:
        """Replace the hooks, and look for crashes of earlier runs."""
        self._path = start_log()
        self._lines = _LastLines()
        _log.addHandler(self._lines)
        self._folder = log_file().parent
        self._screen = QGuiApplication.platformName()
        # Held by this object alone, so answers stop with it.
        self._owner = QObject()
        self._worker = Worker("pedcam-crash", self._owner)
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self.handle
        threading.excepthook = self._handle_thread
        self._watch = HardCrashWatch(self._folder)
        self._watch.start()
        self._worker.submit(self._take_earlier, self._tell_earlier, self._give_up)
        return self

    def __exit__(self, *exception: object) -> None:
        """Put the hooks back."""
        sys.excepthook, threading.excepthook = self._hooks
        self._watch.stop()
        self._worker.finish(1.0)
        _log.removeHandler(self._lines)
        for handler in list(_log.handlers):
            if isinstance(handler, logging.handlers.RotatingFileHandler):
                _log.removeHandler(handler)
                handler.close()

    def handle(
        self,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        """Log, report and show an exception; may be called from any thread."""
        if issubclass(kind, KeyboardInterrupt):
            call_on_window_thread(self._interrupt)
            return
        try:
            self._take(kind, error, traceback)
        # Whatever it is, raising it would only lead back here.
        except Exception:
            self._say_on_terminal()

    def _take(
        self,
        kind: type[BaseException],
        error: BaseException,
        where: TracebackType | None,
    ) -> None:
        signature = _signature(kind, where)
        with self._lock:
            if signature not in self._counts and len(self._counts) >= MOST_PROBLEMS:
                signature = "others"
            count = self._counts[signature] = self._counts.get(signature, 0) + 1
        if count > 1:
            if _worth_telling(count):
                _log.error("uncaught exception, %d times: %s", count, signature)
                call_on_window_thread(lambda: self._tell_repeated(signature))
            return
        # Before this one is added to them.
        lines = list(self._lines.lines)
        _log.error("uncaught exception", exc_info=(kind, error, where))
        title = scrub(" ".join(f"{kind.__name__}: {error}".split())[:LONGEST_TITLE])
        stack = "".join(traceback.format_exception(kind, error, where))
        when = datetime.now()

        def job() -> Crash:
            report = compose(title, stack, lines, when, self._screen)
            return Crash(title, report, write_report(self._folder, report, when), signature)

        def failed(failure: Exception) -> None:
            self._give_up(failure)
            self._tell(Crash(title, scrub(stack), None, signature))

        self._worker.submit(job, self._tell, failed)

    def _tell(self, crash: Crash) -> None:
        self._crashes[crash.signature] = crash
        try:
            self._show(crash)
        # What shows problems may be what is broken.
        except Exception:
            self._say_on_terminal()
            self._report_crash(crash)
        # What came while the report was being written.
        self._tell_repeated(crash.signature)

    def _tell_repeated(self, signature: str) -> None:
        crash = self._crashes.get(signature)
        # As of now: it may have come more often since this call was asked for.
        count = self._counts.get(signature, 0)
        if crash is not None and self._repeated is not None and count > 1:
            self._repeated(crash, count)

    def _report_crash(self, crash: Crash) -> None:
        message = f"Something went wrong inside pedcam ({crash.title})."
        if self._path is not None:
            message += f" Details are in {self._path}."
        self._report(message)

    def _take_earlier(self) -> list[Path]:
        paths = []
        for when, stack in take_crashes(self._folder):
            report = compose("pedcam ended abruptly.", stack, [], when, self._screen)
            path = write_report(self._folder, report, when)
            if path is not None:
                paths.append(path)
        return paths

    def _tell_earlier(self, paths: list[Path]) -> None:
        if paths:
            self._report(
                "pedcam ended abruptly the last time it ran. A report that helps to find out "
                f"why is in {paths[-1]}."
            )

    def _give_up(self, error: Exception) -> None:
        _log.error("a report could not be made", exc_info=error)

    def _say_on_terminal(self) -> None:
        with suppress(OSError, ValueError):
            traceback.print_exc(file=sys.__stderr__)

    def _handle_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self.handle(args.exc_type, args.exc_value, args.exc_traceback)


class _Scrubbing(logging.Formatter):
    """Keeps what is private out of the log."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class _LastLines(logging.Handler):
    """Remembers the end of the log, so that a report need not read it from the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self.setFormatter(logging.Formatter(_FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def _signature(kind: type[BaseException], where: TracebackType | None) -> str:
    """Name a problem by its kind and the last place in the code."""
    place = "unknown"
    while where is not None:
        place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}"
        where = where.tb_next
    return f"{kind.__name__} at {place}"


def _worth_telling(count: int) -> bool:
    """Each of the first ten times, then ten times as many each time."""
    return count <= 10 or str(count).rstrip("0") == "1"
