"""The one way in which state notifies widgets of changes; knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Callable


class Observable:
    """State that others can watch.

    Watchers are called without arguments and read what they need: a watcher that missed a change
    is right again after the next one.
    """

    def __init__(self) -> None:
        # Each under a key of its own: the same one may watch twice.
        self._watchers: dict[object, Callable[[], None]] = {}

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call ``watcher`` after every change from now on, in the thread that made the change.

        Returns:
            What ends it, at once; more calls do nothing.
        """
        key = object()
        self._watchers[key] = watcher

        def end() -> None:
            self._watchers.pop(key, None)

        return end

    def _changed(self) -> None:
        for key, watcher in list(self._watchers.items()):
            # One that was called before may have ended this one.
            if key in self._watchers:
                watcher()
