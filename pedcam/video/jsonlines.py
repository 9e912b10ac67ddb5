"""What was found and what people did, as lines of JSON."""

from __future__ import annotations

import json
from typing import Any

from pedcam.video.results import Result
from pedcam.video.rows import ResultFile, people_in


class JsonLinesWriter(ResultFile):
    """Writes a JSON object per line; see :class:`ResultFile`.

    Objects of ``"type": "detection"`` have the fields of the CSV file, with ``null`` as track of
    whoever is not followed. Those of ``"type": "event"`` tell what somebody did: ``kind``,
    ``track``, ``frame``, ``time``, ``place`` and ``direction`` as in
    :class:`pedcam.video.counts.Event`. They follow the people of their frame.
    """

    def _write(self, result: Result) -> None:
        for person in people_in(result):
            left, top, right, bottom = (round(value, 1) for value in person.box)
            self._line(
                type="detection",
                frame=result.frame.index,
                time=round(result.frame.time, 3),
                track=person.track,
                x1=left,
                y1=top,
                x2=right,
                y2=bottom,
                score=round(person.score, 4),
                preset=result.preset,
                zone=person.zone,
            )
        for event in result.counts.events if result.counts is not None else ():
            self._line(
                type="event",
                kind=event.kind.value,
                track=event.track,
                frame=event.frame,
                time=round(event.time, 3),
                place=event.place,
                direction=event.direction,
            )

    def _line(self, **fields: Any) -> None:
        self._file.write(json.dumps(fields, ensure_ascii=False) + "\n")
