"""An orderly end: Ctrl-C closes the window, and a thread that is stuck does not spoil the exit."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from PyQt6 import sip
from PyQt6.QtCore import QObject, QSocketNotifier

from pedcam.endings import ending_signals
from pedcam.ui.base.background import call_on_window_thread

_PREFIX = "pedcam-"


class InterruptWatch(QObject):
    """While in use, SIGINT, SIGTERM and SIGHUP call a function from the window's event loop.

    One that comes before the loop runs waits for it: a window closed earlier cannot end it.

    Python runs signal handlers only between its own instructions, and Qt's event loop has none:
    the signal is written to a socket that wakes Qt instead.
    """

    def __init__(self, interrupt: Callable[[], object]) -> None:
        super().__init__()
        self._interrupt = interrupt
        self._signals = ending_signals()

    def __enter__(self) -> InterruptWatch:
        """Install the handlers, where that is possible: on Python's main thread."""
        self._installed = threading.current_thread() is threading.main_thread()
        if self._installed:
            self._read, self._write = socket.socketpair()
            self._read.setblocking(False)
            self._write.setblocking(False)
            self._notifier = QSocketNotifier(
                sip.voidptr(self._read.fileno()), QSocketNotifier.Type.Read, self
            )
            self._notifier.activated.connect(self._wake)
            self._handlers = [signal.signal(number, self._handle) for number in self._signals]
            self._old_fd = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._installed:
            signal.set_wakeup_fd(self._old_fd)
            for number, handler in zip(self._signals, self._handlers, strict=True):
                signal.signal(number, handler)
            self._notifier.setEnabled(False)
            self._read.close()
            self._write.close()

    def _wake(self) -> None:
        # Back in Python, the handler below runs; the bytes themselves say nothing more.
        self._read.recv(64)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        call_on_window_thread(self._interrupt)


def leave(code: int, timeout: float = 1.0) -> None:
    """Wait ``timeout`` seconds for pedcam's own threads, so that none spoils the exit.

    When Python shuts down while a thread is inside ONNX Runtime (loading a preset) or a camera
    driver, C++ ends the process with an abort as soon as that thread comes back. So, if one is
    still there when Python exits, the process is ended before that, with exit code ``code``.
    """
    deadline = time.monotonic() + timeout
    for thread in _busy_threads():
        thread.join(max(0.0, deadline - time.monotonic()))
    if _busy_threads():
        atexit.register(_end_now, code)


def _busy_threads() -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread.daemon
        and thread.name.startswith(_PREFIX)
        and thread is not threading.current_thread()
    ]


def _end_now(code: int) -> None:
    if _busy_threads():
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
