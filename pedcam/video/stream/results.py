"""What a stream reports to its subscribers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import supervision as sv

from pedcam.detect.detector import STAGES
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
    """A state, and what people should know about it.

    Attributes:
        state: The state.
        message: For people; may be empty.
        retry_in: Seconds until the next attempt to connect, where one is planned.
        preset: Name of the preset that failed, where it is not the source that did.
    """

    state: StreamState
    message: str = ""
    retry_in: float | None = None
    preset: str | None = None


@dataclass(frozen=True)
class Result:
    """A frame and the people in it.

    Attributes:
        frame: The frame. Its index grows by one per frame read, also across loops and reconnects;
            its time starts again with each loop.
        detections: The people, boxes in frame pixels.
        preset: Name of the preset that found them.
        detect_ms: Milliseconds of detection.
        latency_ms: Milliseconds from the frame's capture to this result.
        dropped: Frames of this source dropped so far because newer ones came before the detector
            was free.
        counts: People counted so far, where the stream follows them; ``detections.tracker_id`` is
            then who is who, -1 for whoever is not followed (yet).
        reason: Why Auto last moved to another preset; empty where it has not.
    """

    frame: Frame
    detections: sv.Detections
    preset: str
    detect_ms: float
    latency_ms: float
    dropped: int
    counts: Counts | None = None
    reason: str = ""

    @property
    def stages(self) -> dict[str, float]:
        """Milliseconds of each stage in turn: ``read_ms``, then those of the detector."""
        times = self.detections.metadata
        return {"read_ms": self.frame.read_ms} | {
            stage: float(times[stage]) for stage in STAGES if stage in times
        }
