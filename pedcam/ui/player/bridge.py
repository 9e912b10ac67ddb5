"""Hands a stream's results to the window's thread, and to everything else that uses them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from pedcam.ui.base.background import call_on_window_thread
from pedcam.video.stream.stream import Result, StreamStatus

_log = logging.getLogger(__name__)


class StreamBridge:
    """Takes a stream's callbacks on its threads and hands them to the window's thread.

    At most one delivery of results waits at any time and it takes the newest, so a window that
    paints slowly skips pictures instead of falling behind.
    """

    def __init__(
        self,
        on_result: Callable[[Result], None],
        on_status: Callable[[StreamStatus], None],
        post: Callable[[Callable[[], None]], None] = call_on_window_thread,
    ) -> None:
        """Call these on the window's thread, ``on_status`` for every status in order.

        Args:
            on_result: Gets the newest result.
            on_status: Gets every status.
            post: Runs a call on the window's thread.
        """
        self._on_result = on_result
        self._on_status = on_status
        self._post = post
        self._lock = threading.Lock()
        self._latest: Result | None = None
        self._open = True

    def put_result(self, result: Result) -> None:
        """Take a result; called on the detector thread."""
        with self._lock:
            delivery_waits = self._latest is not None
            self._latest = result
        if not delivery_waits:
            self._post(self._deliver_result)

    def put_status(self, status: StreamStatus) -> None:
        """Take a status; called on any of the stream's threads."""
        self._post(lambda: self._deliver_status(status))

    def close(self) -> None:
        """Deliver nothing from now on; called on the window's thread."""
        self._open = False

    def _deliver_result(self) -> None:
        with self._lock:
            result, self._latest = self._latest, None
        if self._open and result is not None:
            self._on_result(result)

    def _deliver_status(self, status: StreamStatus) -> None:
        if self._open:
            self._on_status(status)


class Subscribers:
    """Hands every result to several functions. Thread-safe.

    One that raises an error is not called again.
    """

    def __init__(self, *callbacks: Callable[[Result], None]) -> None:
        self._lock = threading.Lock()
        self._callbacks = callbacks

    def subscribe(self, callback: Callable[[Result], None]) -> Callable[[], None]:
        """Have a function called with every result from now on.

        Args:
            callback: Called on the detector thread; must return quickly.

        Returns:
            What ends it.
        """
        with self._lock:
            self._callbacks = (*self._callbacks, callback)
        return lambda: self._remove(callback)

    def put(self, result: Result) -> None:
        """Take a result; called on the detector thread."""
        for callback in self._callbacks:
            try:
                callback(result)
            # What breaks beside the picture is no reason to stop watching.
            except Exception:
                _log.exception("a subscriber failed and is not called again")
                self._remove(callback)

    def _remove(self, callback: Callable[[Result], None]) -> None:
        with self._lock:
            self._callbacks = tuple(other for other in self._callbacks if other is not callback)
