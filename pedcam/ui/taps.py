"""Who else gets the results of whatever plays."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from pedcam.video.stream.stream import Result

_log = logging.getLogger(__name__)


class Taps:
    """Hands every result to several functions; outlives the streams. Thread-safe.

    One that raises an error is not called again.
    """

    def __init__(self) -> None:
        """Start with nobody."""
        self._lock = threading.Lock()
        self._taps: tuple[Callable[[Result], None], ...] = ()

    def subscribe(self, tap: Callable[[Result], None]) -> Callable[[], None]:
        """Have a function called with every result from now on.

        Args:
            tap: Called on the detector thread; must return quickly.

        Returns:
            What ends it.
        """
        with self._lock:
            self._taps = (*self._taps, tap)
        return lambda: self._remove(tap)

    def put(self, result: Result) -> None:
        """Take a result; called on the detector thread."""
        for tap in self._taps:
            try:
                tap(result)
            # What breaks beside the picture is no reason to stop watching.
            except Exception:
                _log.exception("a function that takes results failed and is not called again")
                self._remove(tap)

    def _remove(self, tap: Callable[[Result], None]) -> None:
        with self._lock:
            self._taps = tuple(other for other in self._taps if other is not tap)
