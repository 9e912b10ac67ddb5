"""Events as a table for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path

from pedcam.files import replacing
from pedcam.history.values import PastEvent
from pedcam.video.output.partial_file import check_output, write_error

COLUMNS = (
    *("time", "source", "event", "person", "place", "direction", "seconds", "frame"),
    *("rule", "detail"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_events(path: Path, events: Iterable[PastEvent], *, zone: tzinfo | None = None) -> int:
    """Write one row per event, and return how many; the file is complete or not there at all.

    It begins with a byte order mark, without which Excel garbles names that are not ASCII. ``time``
    is the time of day with its offset from UTC, by default in the computer's time zone; ``seconds``
    is the position in the source; the person of an alert about a crowd is 0. An existing file is
    replaced.

    Raises:
        OutputError: It cannot be written.
    """
    check_output(path, overwrite=True)
    number = 0
    try:
        with (
            replacing(path) as unfinished,
            unfinished.open("w", encoding="utf-8-sig", newline="") as file,
        ):
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            for past in events:
                rows.writerow(_cells(past, zone))
                number += 1
    except OSError as error:
        raise write_error(path, error) from error
    return number


def _cells(past: PastEvent, zone: tzinfo | None) -> tuple[object, ...]:
    event = past.event
    return (
        datetime.fromtimestamp(past.at, zone).astimezone(zone).isoformat(timespec="milliseconds"),
        harmless(past.source.title),
        event.kind.value,
        event.track,
        harmless(event.zone),
        event.direction,
        f"{event.time:.3f}",
        event.frame,
        harmless(event.rule),
        harmless(event.detail),
    )


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    Only for what people and file names may contain; numbers and fixed words stay as they are.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
