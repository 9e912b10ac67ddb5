"""What a stream reports to its subscribers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import supervision as sv

from pedcam.detect.detector import STAGES
from pedcam.video.people.counters import IgnoredZone
from pedcam.video.people.counts import Counts
from pedcam.video.sources.frame import Frame


class StreamState(Enum):
    """What a stream is doing."""

    CONNECTING = auto()
    PLAYING = auto()
    PAUSED = auto()
    STALLED = auto()
    RECONNECTING = auto()
    ENDED = auto()
    FAILED = auto()
    CLOSED = auto()


@dataclass(frozen=True)
class StreamStatus:
    """A state, and what people should know about it."""

    state: StreamState
    message: str = ""  # for people; may be empty
    retry_in: float | None = None  # seconds until the next attempt to connect, where one is planned
    preset: str | None = None  # name of the preset that failed, where it is not the source that did


@dataclass(frozen=True)
class Result:
    """A frame and the people in it."""

    # Its index grows by one per frame read, also across loops and reconnects; its time starts again
    # with each loop.
    frame: Frame
    detections: sv.Detections  # boxes in frame pixels
    preset: str  # name of the preset that found them
    detect_ms: float
    latency_ms: float  # from the frame's capture to this result
    dropped: int  # frames of this source so far, as newer ones came before the detector was free
    # Where the stream follows people; detections.tracker_id is then who is who, -1 for nobody.
    counts: Counts | None = None
    reason: str = ""  # why Auto last moved to another preset; empty where it has not
    rows: int = 0  # of tiles that were searched; see pedcam.detect.tiles.lay_tiles
    ignored: tuple[IgnoredZone, ...] = ()  # where nobody was looked for

    @property
    def stages(self) -> dict[str, float]:
        """Milliseconds of each stage in turn: ``read_ms``, then those of the detector."""
        times = self.detections.metadata
        return {"read_ms": self.frame.read_ms} | {
            stage: float(times[stage]) for stage in STAGES if stage in times
        }
