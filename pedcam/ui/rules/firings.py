"""How often each rule has fired at the present source, and when last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pedcam.history.values import PastEvent
from pedcam.ui.base.observable import Observable
from pedcam.video.people.counts import EventKind


@dataclass(frozen=True)
class Firing:
    """How often a rule has fired, and the alert of the last time."""

    count: int
    last: PastEvent


class Firings(Observable):
    """Counts the alerts by rule."""

    def __init__(self) -> None:
        super().__init__()
        self._firings: dict[str, Firing] = {}

    def of(self, rule: str) -> Firing | None:
        """Return what is known of the rule of that name; ``None`` if it has not fired yet."""
        return self._firings.get(rule)

    def add(self, events: Iterable[PastEvent]) -> None:
        """Take in what happened, in order; only alerts matter."""
        alerts = [past for past in events if past.event.kind is EventKind.ALERT]
        for past in alerts:
            before = self._firings.get(past.event.rule)
            self._firings[past.event.rule] = Firing((before.count if before else 0) + 1, past)
        if alerts:
            self._changed()

    def clear(self) -> None:
        """Begin anew, as another source does."""
        if self._firings:
            self._firings = {}
            self._changed()
