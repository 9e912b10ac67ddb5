"""The ways in which somebody, or the system, asks a process to end."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CONSOLE_PATIENCE = 4.5  # seconds; Windows ends a process 5 s after its console was closed
_CLOSING = (2, 5, 6)  # CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals to end at, of those that this system has.

    SIGHUP, sent when the terminal closes, is left out where it is ignored: whoever starts a program
    with ``nohup`` wants it to go on.
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    there = [signal.Signals[name] for name in names if name in signal.Signals.__members__]
    return tuple(
        number
        for number in there
        if number.name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN
    )


@contextmanager
def closing_console(ask: Callable[[], object]) -> Iterator[None]:
    """Call a function when the console is closed on Windows, and then wait for the block to end.

    Windows ends the process as soon as its handler returns. Elsewhere there is SIGHUP.
    """
    if sys.platform != "win32":
        yield
        return
    import ctypes

    over = threading.Event()

    @ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)
    def handle(event: int) -> int:
        if event not in _CLOSING:
            return 0
        ask()
        over.wait(CONSOLE_PATIENCE)
        return 1

    ctypes.windll.kernel32.SetConsoleCtrlHandler(handle, True)
    try:
        yield
    finally:
        over.set()
        ctypes.windll.kernel32.SetConsoleCtrlHandler(handle, False)
