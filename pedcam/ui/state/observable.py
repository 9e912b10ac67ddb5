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

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call ``watcher`` after every change from now on, in the thread that made the change.

        Returns:
            What ends it; more calls do nothing.
        """
        self._watchers.append(watcher)
        return lambda: self._forget(watcher)

    def _forget(self, watcher: Callable[[], None]) -> None:
        self._watchers = [other for other in self._watchers if other is not watcher]

    def _changed(self) -> None:
        for watcher in list(self._watchers):
            watcher()
