"""Ctrl-C in the terminal closes the window."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

from PyQt6 import sip
from PyQt6.QtCore import QObject, QSocketNotifier

from pedcam.ui.base.background import call_on_window_thread


class InterruptWatch(QObject):
    """While in use, SIGINT and SIGTERM call a function from the event loop of the window's thread.

    One that comes before the loop runs waits for it: a window closed earlier cannot end it.

    Python runs signal handlers only between its own instructions, and Qt's event loop has none:
    the signal is written to a socket that wakes Qt instead.
    """

    def __init__(self, interrupt: Callable[[], object]) -> None:
        """Prepare to call ``interrupt``."""
        super().__init__()
        self._interrupt = interrupt
        self._signals = (signal.SIGINT, signal.SIGTERM)

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
        """Put the old handlers back."""
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
