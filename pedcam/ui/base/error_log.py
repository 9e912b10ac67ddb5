"""What nobody foresaw: into a log file and before the user, instead of ending the application."""

from __future__ import annotations

import faulthandler
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

import platformdirs

from pedcam.ui.base.background import call_on_window_thread
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import WITHOUT_HOST, public_address

LOG_BYTES = 2**20
LOG_FILES = 3  # beside the newest
# Bounded, so that a long text takes no time.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,15}://[^\s\"'<>]+")
_PASSWORD = re.compile(r"(?<![^\s/:@\"'(])[^\s/:@\"'(]{1,64}:[^\s/@\"']{1,256}@(?=\w)")
# Elsewhere the host may be the secret, as in tgram://token/chat.
_HOST_SHOWN = {*WITHOUT_HOST, "rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "file"}
_log = logging.getLogger("pedcam")


def log_file() -> Path:
    """Return where errors are written; the file need not exist."""
    return platformdirs.user_log_path("pedcam", appauthor=False) / "pedcam.log"


@dataclass(frozen=True)
class Problem:
    """An exception that nobody caught, without passwords.

    Attributes:
        message: What went wrong, in one line.
        traceback: Where.
        log: The file that has it too; ``None`` if that cannot be written.
    """

    message: str
    traceback: str
    log: Path | None


class ErrorLog:
    """While in use, uncaught exceptions are logged and shown; crashes outside Python are logged.

    PyQt6 ends the process when an exception leaves a slot, unless ``sys.excepthook`` is replaced.
    """

    def __init__(self, show: Callable[[Problem], None], interrupt: Callable[[], object]) -> None:
        """Prepare; both functions are called on the window's thread.

        Args:
            show: Shows a problem, once for each place in the code that it comes from.
            interrupt: Called instead on Ctrl-C.
        """
        self._show, self._interrupt = show, interrupt
        self._seen: set[str] = set()
        self._handler: RotatingFileHandler | None = None

    def __enter__(self) -> ErrorLog:
        """Open the log, if it can be written, and replace the hooks."""
        self._faults_shown = faulthandler.is_enabled()
        path = log_file()
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handler = _LogFile(path, "a", LOG_BYTES, LOG_FILES, "utf-8")
            self._handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(message)s"))
            _log.addHandler(self._handler)
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._handle, self._handle_thread
        return self

    def __exit__(self, *exception: object) -> None:
        sys.excepthook, threading.excepthook = self._hooks
        if self._handler is not None:
            faulthandler.disable()
            if self._faults_shown and sys.__stderr__ is not None:
                with suppress(OSError, ValueError):
                    faulthandler.enable(sys.__stderr__)
            _log.removeHandler(self._handler)
            self._handler.close()

    def _handle(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            call_on_window_thread(self._interrupt)
            return
        frames = traceback.extract_tb(where)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
        signature = f"{kind.__name__} at {place}"
        if signature in self._seen:
            _log.error("again: %s", signature)
            return
        self._seen.add(signature)
        _log.error("uncaught exception", exc_info=(kind, error, where))
        problem = Problem(
            without_secrets(" ".join(f"{kind.__name__}: {error}".split())[:300]),
            without_secrets("".join(traceback.format_exception(kind, error, where))),
            Path(self._handler.baseFilename) if self._handler is not None else None,
        )
        call_on_window_thread(lambda: self._show(problem))

    def _handle_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self._handle(args.exc_type, args.exc_value, args.exc_traceback)


def without_secrets(text: str) -> str:
    """Return a text without passwords in addresses."""
    return _PASSWORD.sub("...@", _ADDRESS.sub(_public, text))


def _public(match: re.Match[str]) -> str:
    address = match[0].rstrip(".,;:)]}")
    scheme = address.split("://")[0]
    shown = f"{scheme}://..."
    if scheme.lower() in _HOST_SHOWN:
        with suppress(SourceError):
            shown = public_address(address)
    return shown + match[0][len(address) :]


class _LogFile(RotatingFileHandler):
    """A log that crashes outside of Python are written into as well."""

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        faulthandler.enable(stream)
        return stream


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))
