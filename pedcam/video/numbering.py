"""Numbers and times of frames that go on where reading is interrupted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from pedcam.video.frames import Frame


@dataclass
class Numbering:
    """Counts the frames of a source over loops, jumps and reconnects.

    Attributes:
        next_index: Index of the next frame of a new round.
        last_time: Time of the last frame in seconds.
        segment: Number of the present uninterrupted stretch.
    """

    next_index: int = 0
    last_time: float = 0.0
    segment: int = 0
    _first_index: int = 0
    _time_offset: float = 0.0
    _started: float = field(default_factory=time.perf_counter)

    def loop(self) -> None:
        """Begin the same recording again: indices go on, times start again."""
        self._first_index = self.next_index
        self.segment += 1

    def jump(self) -> None:
        """Go on at another place of a recording, whose frames bring their own numbers."""
        self._first_index = 0
        self.segment += 1

    def reconnect(self) -> None:
        """Go on with a live source opened anew: indices and times go on."""
        self._first_index = self.next_index
        self._time_offset = max(time.perf_counter() - self._started, self.last_time)
        self.segment += 1

    def apply(self, frame: Frame) -> Frame:
        """Return the frame with the number, time and segment that it has in the whole."""
        index = self._first_index + frame.index
        self.next_index = index + 1
        self.last_time = self._time_offset + frame.time
        return replace(frame, index=index, time=self.last_time, segment=self.segment)
