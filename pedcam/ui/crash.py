"""Unforeseen exceptions: into a log file and the message bar, instead of ending the application."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import platformdirs

from pedcam.ui import text
from pedcam.ui.background import call_on_window_thread

_log = logging.getLogger("pedcam")


def log_file() -> Path:
    """Return where details of errors are written."""
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
            path, maxBytes=2**20, backupCount=1, encoding="utf-8", delay=False
        )
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    return path


class CrashGuard:
    """While in use, uncaught exceptions are logged and shown.

    PyQt6 ends the process when an exception leaves a slot, unless ``sys.excepthook`` is replaced.
    """

    def __init__(self, report: Callable[[str], None], interrupt: Callable[[], object]) -> None:
        """Prepare.

        Args:
            report: Shows a text; called on the window's thread.
            interrupt: Called instead on Ctrl-C.
        """
        self._report = report
        self._interrupt = interrupt
        self._path: Path | None = None

    def __enter__(self) -> CrashGuard:
        """Replace the hooks."""
        self._path = start_log()
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self.handle
        threading.excepthook = self._handle_thread
        return self

    def __exit__(self, *exception: object) -> None:
        """Put the hooks back."""
        sys.excepthook, threading.excepthook = self._hooks
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
        """Log and show an exception; may be called from any thread."""
        if issubclass(kind, KeyboardInterrupt):
            call_on_window_thread(self._interrupt)
            return
        _log.error("uncaught exception", exc_info=(kind, error, traceback))
        message = text.tr("Something went wrong inside pedcam ({kind}: {error}).").format(
            kind=kind.__name__, error=error
        )
        if self._path is not None:
            message += " " + text.tr("Details are in {path}.").format(path=self._path)
        call_on_window_thread(lambda: self._report(message))

    def _handle_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self.handle(args.exc_type, args.exc_value, args.exc_traceback)
