"""The process that measures, and the thread that listens to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pedcam.ui.base.background import call_on_window_thread

LAST_LINES = 20  # of what the process printed, for the log
MAX_LINE = 10_000  # bytes


class MeasuringProcess:
    """A process that gets one line and answers with JSON objects, one per line."""

    def __init__(self, command: Sequence[str], order: str) -> None:
        """Prepare to run ``command`` and give it the line ``order``."""
        self._command = command
        self._order = order
        self._said: deque[str] = deque(maxlen=LAST_LINES)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._killed = False

    def start(
        self, heard: Callable[[dict[str, Any]], object], ended: Callable[[int | None], object]
    ) -> None:
        """Begin; both are called on the window's thread.

        Args:
            heard: Gets each message.
            ended: Gets the exit code at the end, ``None`` if the process could not be started.
        """
        threading.Thread(
            target=self._run, args=(heard, ended), name="pedcam-measuring", daemon=True
        ).start()

    def kill(self) -> None:
        """End it and whatever it started, without waiting."""
        with self._lock:
            self._killed = True
            child = self._child
        if child is None or child.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()

    def said(self) -> str:
        """Return the last of what it printed apart from its messages."""
        return "\n".join(self._said)

    def _run(
        self, heard: Callable[[dict[str, Any]], object], ended: Callable[[int | None], object]
    ) -> None:
        child = self._open()
        if child is None:
            call_on_window_thread(lambda: ended(None))
            return
        assert child.stdin is not None
        assert child.stdout is not None
        # It stays open: at its end the process ends too, also where this one crashes.
        with contextlib.suppress(OSError):
            child.stdin.write(self._order.encode() + b"\n")
            child.stdin.flush()
        while line := child.stdout.readline(MAX_LINE):
            message = _message(line)
            if message is None:
                self._said.append(line.decode(errors="replace").rstrip())
            else:
                call_on_window_thread(partial(heard, message))
        code = child.wait()
        with contextlib.suppress(OSError):
            child.stdin.close()
        call_on_window_thread(lambda: ended(code))

    def _open(self) -> subprocess.Popen[bytes] | None:
        try:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # With the processes it starts it can then be ended as one group.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._said.append(str(error))
            return None
        with self._lock:
            self._child = child
            killed = self._killed
        if killed:
            self.kill()
        return child


def _message(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
