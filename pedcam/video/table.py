"""What was found, as a table."""

from __future__ import annotations

import csv

from pedcam.video.results import Result
from pedcam.video.rows import ResultFile, people_in


class TableWriter(ResultFile):
    """Writes one row per person found to a CSV file; see :class:`ResultFile`.

    ``track`` is empty for whoever is not followed, ``zone`` holds the names of the zones that the
    person is in, joined by ``;``.
    """

    COLUMNS = ("frame", "time", "track", "x1", "y1", "x2", "y2", "score", "preset", "zone")

    def _begin(self) -> None:
        self._rows = csv.writer(self._file)
        self._rows.writerow(self.COLUMNS)

    def _write(self, result: Result) -> None:
        for person in people_in(result):
            self._rows.writerow(
                (
                    result.frame.index,
                    f"{result.frame.time:.3f}",
                    person.track,
                    *(f"{value:.1f}" for value in person.box),
                    f"{person.score:.4f}",
                    result.preset,
                    person.zone,
                )
            )
