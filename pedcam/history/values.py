"""What is kept of the past: the values, without the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pedcam.video.people.counts import Event, EventKind
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import DEMO_WORD, LIVE_KINDS, SourceSpec, public_address


@dataclass(frozen=True)
class Keeping:
    """What is kept, and for how long."""

    days: int = 30  # after which things are deleted; 0 keeps nothing on the disk at all
    # Bytes that database and clips may take together; the oldest clips and pictures go first.
    limit: int = 500 * 2**20
    snapshots: bool = True  # whether small pictures of live sources are kept
    blurred: bool = False  # whether people are blurred in them


@dataclass(frozen=True)
class HistorySource:
    """Where frames came from, as it may be written down."""

    title: str = field(compare=False)  # what people read; the same source may have had another one
    kind: str  # as in SourceSpec
    address: str  # distinguishes it from other sources; no password is in it
    # Whether the address is enough to open it again.
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
    """An event with what is known of it besides."""

    event: Event
    at: float  # when it happened, in seconds since 1970 (UTC)
    source: HistorySource
    live: bool  # whether that was a live source, which cannot be played again
    # JPEG with the person marked, for a crowd everybody; of live sources and until it is written.
    snapshot: bytes | None = None
    id: int = 0  # its number in the history; later ones are higher. 0 where it is not from there
    session: int = 0  # number of the session; each person's number belongs to one session
    clip: Path | None = None  # a video of the moment, if there is one; the file may be gone by now

    @property
    def can_open(self) -> bool:
        """Whether the source can be played again from that moment."""
        return not self.live and self.source.complete and self.source.kind not in LIVE_KINDS


class Order(Enum):
    """What results can be sorted by: columns of the database; equal rows are sorted by time."""

    # Python 3.11.2, which Debian 12 has, cannot read the value of a member that is ().
    TIME = ("events.at",)
    SOURCE = ("sessions.title COLLATE NOCASE",)
    PERSON = ("events.track",)
    KIND = ("events.kind", "events.direction", "events.rule COLLATE NOCASE")
    ZONE = ("events.place COLLATE NOCASE",)
    POSITION = ("events.time",)


@dataclass(frozen=True)
class HistoryQuery:
    """Which events are wanted; ``None`` everywhere means all."""

    since: float | None = None  # the earliest, in seconds since 1970 (UTC)
    until: float | None = None  # the end, exclusive
    source: HistorySource | None = None
    kinds: frozenset[EventKind] | None = None
    zone: str | None = None  # name of the line or zone
    rule: str | None = None  # name of the rule that fired
    session: int | None = None
    newest: int | None = None  # highest number of an event, so that one page goes with another
    order: Order = Order.TIME  # what they are sorted by, and by time where that is the same
    descending: bool = True  # whether the highest come first


@dataclass(frozen=True)
class Found:
    """What a search found."""

    query: HistoryQuery  # what was searched for, among the events that there were
    events: list[PastEvent]  # the first page
    total: int  # how many events match
    people: int  # how many of them are of somebody who appeared
    # Most people at once in a minute, and the second at which that minute began.
    most: tuple[int, int] | None
    quarters: dict[int, int]  # events by the second at which each quarter of an hour began
    sources: list[HistorySource]  # all sources of which there is something, the newest first
    zones: list[str]  # the names of all lines and zones at which something happened
    rules: list[str]  # the names of all rules that fired
    size: int  # bytes on the disk, of database and clips
    note: str  # what people should know; mostly empty


def storable(text: str) -> str:
    """Return a text that can be written as UTF-8, with ``?`` for what cannot."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def _address(spec: SourceSpec) -> str:
    if spec.kind == "demo":
        return DEMO_WORD
    if spec.kind == "camera":
        return f"camera:{spec.value}"
    if spec.kind == "screen":
        return spec.value
    if spec.kind == "url":
        try:
            return public_address(spec.value)
        except SourceError:
            return spec.title
    return str(Path(spec.value).absolute())
