"""One opening of a source by the player."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.spec import SourceSpec, parse_source, path_source
from pedcam.video.stream.results import Result
from pedcam.video.stream.stream import Stream


@dataclass(frozen=True)
class ResultLog:
    """Takes the results of one opening of a source: ``put`` on the detector's thread, ``end``."""

    put: Callable[[Result], None]
    end: Callable[[], object]


@dataclass
class Session:
    """What belongs to one opening of a source; that of an earlier one is ignored."""

    source: str | Path | SourceSpec  # what was asked for, and then what that means
    counter: PeopleCounter = field(default_factory=PeopleCounter)
    stream: Stream | None = None  # while it is being made
    log: ResultLog | None = None
    result_seen: bool = False  # there is a picture to keep
    opened: bool = False  # it has played
    at: float | None = None  # seconds at which it is to begin
    loop: bool | None = None  # at the end; None for what is usual with the source

    def resolve(self) -> SourceSpec:
        """Return what the source means, or raise ``SourceError``; may look at files."""
        if isinstance(self.source, Path):
            return path_source(self.source)
        return parse_source(self.source) if isinstance(self.source, str) else self.source

    def end(self) -> None:
        """Close the stream, if there is one; called on the worker."""
        if self.stream is not None:
            self.stream.close()
        if self.log is not None:
            self.log.end()
