"""The history's rows: which are wanted, in which order, and what they mean."""

from __future__ import annotations

from typing import Any

from pedcam.video.history_values import HistoryQuery, HistorySource, Order, PastEvent
from pedcam.video.people.counts import Event, EventKind

COLUMNS = (
    "events.id, events.session, sessions.title, sessions.kind, sessions.address, "
    "sessions.complete, sessions.live, events.kind, events.track, events.frame, events.time, "
    "events.place, events.direction, events.at"
)
JOIN = "events JOIN sessions ON sessions.id = events.session"
ORDERS = {
    Order.TIME: "",
    Order.SOURCE: "sessions.title COLLATE NOCASE {way}, ",
    Order.PERSON: "events.track {way}, ",
    Order.KIND: "events.kind {way}, events.direction {way}, ",
    Order.PLACE: "events.place COLLATE NOCASE {way}, ",
    Order.POSITION: "events.time {way}, ",
}


def past_event(row: tuple[Any, ...]) -> PastEvent:
    """Return the event of a row of :data:`COLUMNS`.

    Raises:
        TypeError: There is something in the row that does not belong there.
        ValueError: The same.
    """
    number, session, title, source_kind, address, complete, live, *happened = row
    kind, track, frame, seconds, place, direction, at = happened
    return PastEvent(
        id=int(number),
        session=int(session),
        source=HistorySource(str(title), str(source_kind), str(address), bool(complete)),
        live=bool(live),
        event=Event(
            EventKind(kind), int(track), int(frame), float(seconds), str(place), str(direction)
        ),
        at=float(at),
    )


def where_events(query: HistoryQuery, newest: int | None) -> tuple[str, list[object]]:
    """Return the condition that events match, and its values.

    Args:
        query: Which are wanted.
        newest: The highest number, ``None`` for all.
    """
    conditions, values = _where_when("events", query)
    if query.kinds is not None:
        marks = ", ".join("?" * len(query.kinds))
        conditions.append(f"events.kind IN ({marks})")
        values += sorted(kind.value for kind in query.kinds)
    if query.place is not None:
        conditions.append("events.place = ?")
        values.append(query.place)
    if newest is not None:
        conditions.append("events.id <= ?")
        values.append(newest)
    return " AND ".join(conditions), values


def where_minutes(query: HistoryQuery) -> tuple[str, list[object]]:
    """Return the condition that minutes match, and its values."""
    conditions, values = _where_when("minutes", query)
    return " AND ".join(conditions), values


def _where_when(table: str, query: HistoryQuery) -> tuple[list[str], list[object]]:
    conditions, values = ["TRUE"], list[object]()
    for condition, value in (
        (f"{table}.at >= ?", query.since),
        (f"{table}.at < ?", query.until),
        (f"{table}.session = ?", query.session),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if query.source is not None:
        conditions.append("sessions.kind = ? AND sessions.address = ?")
        values += query.source
    return conditions, values
