"""One source from its opening to its end, and what is to be reported and written of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from pedcam.history.snapshots import Snapshots
from pedcam.history.store import History
from pedcam.history.values import HistorySource, PastEvent
from pedcam.video.people.counts import Event
from pedcam.video.stream.results import Result

MOST_WAITING = 1000  # events, where they cannot be written
_MOST_CLIPS = 100  # that wait for their events
MINUTE = 60  # seconds
LONGEST_AGO = 10.0  # seconds from an event to the frame at which it is known, at most


class Session:
    """What is to be reported and written of one source; for the writer's thread."""

    def __init__(self, source: HistorySource, is_live: Callable[[], bool]) -> None:
        self.source = source
        self.is_live = is_live  # once it has given a result
        self.number: int | None = None  # in the history; None while nothing of it is written
        self.urgent = False  # whether there is something to write that should not wait for more
        self.lost = 0  # events given up, as they could not be written for too long
        self._live = self._unfinished = False
        self._started = self._ended = 0.0
        self._unwritten: deque[PastEvent] = deque(maxlen=MOST_WAITING)
        # Most people at once by the first second of each minute; the last one goes on.
        self._minutes: dict[int, int] = {}
        self._clips: deque[tuple[Event, Path]] = deque(maxlen=_MOST_CLIPS)
        self._snapshots = Snapshots()

    def add(self, result: Result, at: float, live: bool, *, blurred: bool) -> list[PastEvent]:
        """Take in a result that came at a second since 1970 (UTC), and return its events.

        They wait to be written. The result's image is empty where no picture is wanted.
        """
        frame, counts = result.frame, result.counts
        assert counts is not None
        self._started = self._started or at
        self._ended = max(self._ended, at)
        self._live, self._unfinished = live, True
        minute = int(at // MINUTE) * MINUTE
        self._minutes[minute] = max(self._minutes.get(minute, 0), counts.now)
        self.urgent |= bool(counts.events) or len(self._minutes) > 1
        self._snapshots.see(result)
        pictured: set[int] = set()
        events: list[PastEvent] = []
        for event in counts.events:
            # Somebody who left was last seen some time ago, unless the source jumped.
            ago = min(max(frame.time - event.time, 0.0), LONGEST_AGO)
            picture = None
            # Another event of that person in the same frame would have the same picture.
            if event.frame == frame.index and event.track not in pictured:
                picture = self._snapshots.take(event.track, result, blurred=blurred)
            if picture is not None:
                pictured.add(event.track)
            events.append(PastEvent(event, at - ago, self.source, live, picture))
        self.lost += max(0, len(self._unwritten) + len(events) - MOST_WAITING)
        self._unwritten.extend(events)
        return events

    def attach_clip(self, event: Event, clip: Path) -> None:
        """Have the clip of an event written, which may come later than its clip."""
        self._clips.append((event, clip))
        self.urgent |= self._started > 0

    def write(self, history: History) -> list[tuple[Event, Path]]:
        """Write what waits, and return the clips that events have now.

        After a HistoryError it waits on, and so do clips whose event is not there.
        """
        attached: list[tuple[Event, Path]] = []
        if self.urgent:
            self.number = history.write(
                self.source,
                live=self._live,
                started=self._started,
                ended=self._ended,
                session=self.number,
                events=self._unwritten,
                minutes=self._minutes,
            )
            self.forget()
            self.urgent = bool(self._clips)
            for event, clip in list(self._clips):
                if history.attach_clip(self.number, event, clip):
                    attached.append((event, clip))
                    self._clips.remove((event, clip))
            self.urgent = False
        return attached

    def forget(self) -> None:
        """Write nothing of what waits."""
        self.urgent = self._unfinished = False
        self._unwritten.clear()
        self._minutes = dict(list(self._minutes.items())[-1:])

    def finish(self) -> None:
        """Have the last minute written too, as nothing comes any more."""
        self.urgent |= self._unfinished
