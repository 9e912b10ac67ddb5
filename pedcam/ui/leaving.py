"""Ending the process although a thread may be stuck in somebody else's code."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time

_PREFIX = "pedcam-"


def leave(code: int, timeout: float = 1.0) -> None:
    """Wait a moment for pedcam's own threads; arrange that the rest cannot spoil the exit.

    When Python shuts down while a thread is inside ONNX Runtime (loading a preset) or a camera
    driver, C++ ends the process with an abort as soon as that thread comes back. So, if one is
    still there when Python exits, the process is ended before that, with the proper exit code.

    Args:
        code: The exit code.
        timeout: Seconds to wait now.
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
