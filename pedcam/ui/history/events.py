"""What the people of the present source did lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from pedcam.history.values import PastEvent
from pedcam.ui.base.observable import Observable
from pedcam.video.people.counts import EventKind

MOST = 1000  # events


@dataclass(frozen=True)
class Entry:
    """One line of the list.

    Attributes:
        number: Its number since the program started; later ones are higher.
        logged: The event.
    """

    number: int
    logged: PastEvent


class EventList(Observable):
    """The newest events of the present source, the oldest first, and which kinds are shown.

    Attributes:
        most: How many are remembered.
        live: Whether the source is live: its events have pictures, and no place to go back to.
        hidden: The kinds that are not shown.
        version: Another one as soon as ``shown`` is another list; while it is the same, entries
            only come at the end and go at the beginning.
    """

    def __init__(self, most: int = MOST) -> None:
        """Start empty; at ``most`` events the oldest ones go."""
        super().__init__()
        self.most = most
        self.live = False
        self.hidden: frozenset[EventKind] = frozenset()
        self.version = 0
        self._entries: deque[Entry] = deque(maxlen=most)
        self._next = 1

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that is remembered, also of kinds that are not shown."""
        return tuple(self._entries)

    @property
    def shown(self) -> tuple[Entry, ...]:
        """What the list shows."""
        if not self.hidden:
            return self.entries
        return tuple(entry for entry in self._entries if entry.logged.event.kind not in self.hidden)

    @property
    def numbers(self) -> dict[EventKind, int]:
        """How many of each kind are remembered."""
        numbers = dict.fromkeys(EventKind, 0)
        for entry in self._entries:
            numbers[entry.logged.event.kind] += 1
        return numbers

    def begin(self) -> None:
        """Another source begins."""
        self._entries.clear()
        self.live = False
        self.version += 1
        self._changed()

    def extend(self, events: Iterable[PastEvent]) -> None:
        """Add what happened; several at a time, as each call is shown."""
        for logged in events:
            self.live = logged.live
            self._entries.append(Entry(self._next, logged))
            self._next += 1
        self._changed()

    def show_kind(self, kind: EventKind, shown: bool) -> None:
        """Show the events of a kind, or leave them out."""
        hidden = self.hidden - {kind} if shown else self.hidden | {kind}
        if hidden != self.hidden:
            self.hidden = hidden
            self.version += 1
            self._changed()

    def picture(self, entry: Entry) -> tuple[bytes, float] | None:
        """Return the picture of a moment, or the last one of that person before it.

        Returns:
            A JPEG and when it was taken, in seconds since 1970; ``None`` where there is none.
        """
        for other in reversed(self._entries):
            logged = other.logged
            same = logged.event.track == entry.logged.event.track
            if other.number <= entry.number and same and logged.snapshot is not None:
                return logged.snapshot, logged.at
        return None
