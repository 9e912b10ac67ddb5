"""The number of people over time as a table for spreadsheets; knows nothing of Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from pedcam.files import write_atomically
from pedcam.ui.state.series import COLUMNS, Row
from pedcam.video.output.partial_file import write_error


def write_series(path: Path, rows: Iterable[Row]) -> int:
    """Write the rows of :meth:`~pedcam.ui.state.series.PeopleSeries.to_rows` as CSV.

    The file is complete or not there at all; one of that name is replaced. Waits for the disk.

    Returns:
        The number of rows.

    Raises:
        OutputError: It cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    number = 0
    for row in rows:
        table.writerow(row)
        number += 1
    try:
        write_atomically(path, text.getvalue().encode())
    except OSError as error:
        raise write_error(path, error) from error
    return number
