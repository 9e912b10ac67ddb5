"""Events as a table for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import Path

from pedcam.video.output.partial_file import PartialFile, write_error
from pedcam.video.people.counts import Event

COLUMNS = ("time", "source", "event", "person", "place", "direction", "seconds", "frame")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_events(
    path: Path, events: Iterable[tuple[str, float, Event]], *, zone: tzinfo | None = None
) -> int:
    """Write one row per event; the file is complete or not there at all.

    It begins with a byte order mark, without which Excel takes names apart that are not ASCII.
    ``time`` is the time of day with its offset from UTC, ``seconds`` the position in the source.

    Args:
        path: The file; one of that name is replaced.
        events: Each with its source's title and when it happened, in seconds since 1970 (UTC).
        zone: The time zone; by default the computer's.

    Returns:
        The number of events.

    Raises:
        OutputError: It cannot be written.
    """
    output = PartialFile(path, overwrite=True)
    number = 0
    try:
        with output.partial.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            for title, at, event in events:
                rows.writerow(
                    (
                        datetime.fromtimestamp(at, zone)
                        .astimezone(zone)
                        .isoformat(timespec="milliseconds"),
                        harmless(title),
                        event.kind.value,
                        event.track,
                        harmless(event.place),
                        event.direction,
                        f"{event.time:.3f}",
                        event.frame,
                    )
                )
                number += 1
    except OSError as error:
        output.drop()
        raise write_error(path, error) from error
    except BaseException:
        with suppress(OSError):
            output.drop()
        raise
    output.keep()
    return number


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    Only for what people and file names may contain; numbers and fixed words stay as they are.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
