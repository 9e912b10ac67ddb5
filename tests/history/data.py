"""What the tests of the history write into it, and how they look at it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from pedcam.history.store import History
from pedcam.history.values import HistorySource, PastEvent
from pedcam.video.people.counts import Event, EventKind

START = 1_700_000_040.0  # 2023-11-14 22:14:00 UTC, the start of a minute
STREET = HistorySource("street.mp4", "file", "/videos/street.mp4")
GATE = HistorySource("Camera Gate", "camera", "camera:Gate")


def appeared(track: int, at: float, snapshot: bytes | None = None) -> PastEvent:
    event = Event(EventKind.APPEARED, track, track, float(track))
    return PastEvent(event, at, STREET, False, snapshot)


def crossed(track: int, at: float, place: str, direction: str = "in") -> PastEvent:
    event = Event(EventKind.CROSSED, track, track, float(track), place, direction)
    return PastEvent(event, at, STREET, False)


def alert(track: int, at: float, rule: str = "Loitering") -> PastEvent:
    detail = "someone stays longer than 30 s"
    event = Event(EventKind.ALERT, track, track, float(track), "Door", rule=rule, detail=detail)
    return PastEvent(event, at, STREET, False)


def write(
    path: Path,
    events: Sequence[PastEvent] = (),
    source: HistorySource = STREET,
    *,
    live: bool = False,
    minutes: dict[int, int] | None = None,
) -> int:
    times = [event.at for event in events] + list(map(float, minutes or ())) or [START]
    with closing(History(path)) as history:
        return history.write(
            source,
            live=live,
            started=min(times),
            ended=max(times),
            events=events,
            minutes=minutes,
        )


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    """Return what is in the file, without the store."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()
