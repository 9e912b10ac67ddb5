"""The one way in which state tells widgets that it changed; knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Callable


class Observable:
    """State that others can watch.

    Watchers are called without arguments and read what they need: a watcher that missed a change
    is right again after the next one.
    """

    def __init__(self) -> None:
        """Start without watchers."""
        self._watchers: list[Callable[[], None]] = []

    def subscribe(self, watcher: Callable[[], None]) -> None:
        """Call ``watcher`` after every change from now on, in the thread that made the change."""
        self._watchers.append(watcher)

    def _changed(self) -> None:
        for watcher in list(self._watchers):
            watcher()
