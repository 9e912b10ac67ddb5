"""Hands a stream's results to everything that uses them beside the picture."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from pedcam.video.stream.results import Result

_log = logging.getLogger(__name__)


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
