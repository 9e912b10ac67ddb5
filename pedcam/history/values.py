"""What is kept of the past: the values, without the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pedcam.video.people.counts import Event, EventKind
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import DEMO_WORD, SourceSpec, public_address


@dataclass(frozen=True)
class Keeping:
    """What is kept, and for how long.

    Attributes:
        days: After so many days things are deleted; with 0 nothing is kept on the disk at all.
        limit: Bytes that the file may take; the oldest pictures go first.
        snapshots: Whether small pictures of live sources are kept.
        blurred: Whether people are blurred in them.
    """

    days: int = 30
    limit: int = 500 * 2**20
    snapshots: bool = True
    blurred: bool = False


@dataclass(frozen=True)
class HistorySource:
    """Where frames came from, as it may be written down.

    Attributes:
        title: What people read; the same source may have had another one.
        kind: As in :class:`~pedcam.video.sources.spec.SourceSpec`.
        address: What tells it from other sources; no password is in it.
        complete: Whether the address is enough to open the source again.
    """

    title: str = field(compare=False)
    kind: str
    address: str
    complete: bool = field(default=True, compare=False)

    @classmethod
    def of(cls, spec: SourceSpec) -> HistorySource:
        """Return what may be kept of a source."""
        address = _address(spec)
        whole = address == spec.value if spec.kind == "url" else True
        # File names that are not UTF-8 cannot be stored; neither could they be typed.
        stored = storable(address)
        return cls(storable(spec.title), spec.kind, stored, whole and stored == address)


@dataclass(frozen=True)
class PastEvent:
    """An event with what is known of it besides.

    Attributes:
        event: The event.
        at: When it happened, in seconds since 1970 (UTC).
        source: Where it was seen.
        live: Whether that was a live source, which cannot be played again.
        snapshot: JPEG of the moment with the person marked, of live sources only and only until it
            is written down.
        id: Its number in the history; later ones are higher. 0 where it is not from there.
        session: Number of the session; each person's number belongs to one session.
    """

    event: Event
    at: float
    source: HistorySource
    live: bool
    snapshot: bytes | None = None
    id: int = 0
    session: int = 0

    @property
    def can_open(self) -> bool:
        """Whether the source can be played again from that moment."""
        return not self.live and self.source.complete and self.source.kind != "camera"


class Order(Enum):
    """What results can be sorted by: columns of the database, the time besides."""

    TIME = ()
    SOURCE = ("sessions.title COLLATE NOCASE",)
    PERSON = ("events.track",)
    KIND = ("events.kind", "events.direction")
    ZONE = ("events.place COLLATE NOCASE",)
    POSITION = ("events.time",)


@dataclass(frozen=True)
class HistoryQuery:
    """Which events are wanted; ``None`` everywhere means all.

    Attributes:
        since: The earliest, in seconds since 1970 (UTC).
        until: The end, which does not belong to it any more.
        source: The source.
        kinds: What happened.
        zone: Name of the line or zone.
        session: Number of the session.
        newest: Highest number of an event, so that one page goes with another.
        order: What they are sorted by, and by time where that is the same.
        descending: Whether the highest come first.
    """

    since: float | None = None
    until: float | None = None
    source: HistorySource | None = None
    kinds: frozenset[EventKind] | None = None
    zone: str | None = None
    session: int | None = None
    newest: int | None = None
    order: Order = Order.TIME
    descending: bool = True


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        query: What was searched for, among the events that there were.
        events: The first page.
        total: How many events match.
        people: How many of them are of somebody who appeared.
        most: Most people at once in a minute of the time and sources asked for, and the second at
            which that minute began; ``None`` where nothing was counted.
        quarters: Events in each quarter of an hour that has any, by the second at which it began.
        sources: All sources of which there is something, the newest first.
        zones: The names of all lines and zones at which something happened.
        size: Bytes on the disk.
        note: What people should know; mostly empty.
    """

    query: HistoryQuery
    events: list[PastEvent]
    total: int
    people: int
    most: tuple[int, int] | None
    quarters: dict[int, int]
    sources: list[HistorySource]
    zones: list[str]
    size: int
    note: str


def storable(text: str) -> str:
    """Return a text that can be written as UTF-8, with ``?`` for what cannot."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def _address(spec: SourceSpec) -> str:
    if spec.kind == "demo":
        return DEMO_WORD
    if spec.kind == "camera":
        return f"camera:{spec.value}"
    if spec.kind == "url":
        try:
            return public_address(spec.value)
        except SourceError:
            return spec.title
    return str(Path(spec.value).absolute())
