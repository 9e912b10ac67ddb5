"""What video files and network streams have in common: decoding by PyAV."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.video.frames import Frame, SourceError

MAX_BAD_PACKETS = 500
ASSUMED_RATE = 25.0  # for pictures without timestamps
LAST_FRAMES = 10.0  # seconds before the end that a jump beyond it falls back to
ASPECT_TOLERANCE = 0.02  # less than that nobody sees
_TURNS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


class DecodedSource:
    """What files and network streams have in common.

    See :class:`pedcam.video.frames.Source` for the other attributes.

    Attributes:
        time_base: Seconds per tick of the source's timestamps, ``None`` where there is none.
    """

    def __init__(
        self,
        location: str,
        title: str,
        *,
        timeout: float | None,
        options: dict[str, str] | None = None,
        may_be_live: bool,
    ) -> None:
        """Open the source and decode its first frame."""
        self.title = title
        self._timeout = timeout
        self._pending: deque[av.VideoFrame] = deque()
        self._bad_packets = 0
        self._playing = False
        self._interrupted = False
        started = time.perf_counter()
        try:
            self._container = av.open(
                location, mode="r", options=options or {}, timeout=(timeout, timeout)
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise SourceError(self._explain(error, time.perf_counter() - started)) from error
        try:
            if not self._container.streams.video:
                raise SourceError(f"{title} holds no video, only sound or data. Name a video.")
            self._stream = self._container.streams.video[0]
            duration = self._container.duration
            self.duration = duration / av.time_base if duration is not None else None
            self.live = may_be_live and self.duration is None
            # Threads that take a frame each delay a live picture by as many frames.
            self._stream.thread_type = "SLICE" if self.live else "AUTO"
            rate = self._stream.average_rate or self._stream.guessed_rate
            self.rate = float(rate) if rate and 0 < rate <= 1000 else 0.0
            self._aspect = self._stream.sample_aspect_ratio
            self.time_base: Fraction | None = self._stream.time_base
            self._packets = self._demux()
            first = self._decode()
            if first is None:
                raise SourceError(f"No picture of {title} can be decoded; it may be damaged.")
        except SourceError:
            self._container.close()
            raise
        self._pending.appendleft(first)
        self._start_tick = first.pts or 0
        self._index = 0
        self._last_time = -1.0
        self._opened = time.perf_counter()
        self._playing = True
        height, width = _upright(first, self._aspect).shape[:2]
        self.size = (width, height)

    def read(self) -> Frame | None:
        """Return the next frame, or ``None`` at the end.

        Raises:
            SourceError: The source failed; the message says why.
        """
        picture = self._decode()
        if picture is None:
            return None
        image = _upright(picture, self._aspect)
        index, seconds = self._stamp(picture)
        return Frame(image, index, seconds, time.perf_counter())

    def skip(self) -> bool:
        """Pass over one frame, which costs less than reading it; false at the end.

        Raises:
            SourceError: The source failed.
        """
        picture = self._decode()
        if picture is None:
            return False
        self._stamp(picture)
        return True

    def seek(self, time: float) -> None:
        """Make the next :meth:`read` return the first frame at or after ``time`` seconds.

        Beyond the end it returns the last frame. Frame numbers go on as the time says, which is
        exact where frames are evenly spaced.

        Raises:
            SourceError: The source is live or cannot jump.
        """
        if self.live or self.time_base is None:
            raise SourceError(f"{self.title} is live: there is nothing to jump to.")
        if self.duration is not None:
            time = min(time, self.duration)
        if not self._jump(max(0.0, time)) and self.duration is not None:
            self._jump(max(0.0, self.duration - LAST_FRAMES), last=True)

    def close(self) -> None:
        """Close the file or connection."""
        self._pending.clear()
        self._container.close()

    def interrupt(self) -> None:
        """End a read with the next packet; FFmpeg itself only stops at its time-outs."""
        self._interrupted = True

    def _jump(self, target: float, *, last: bool = False) -> bool:
        time_base = self.time_base or Fraction(1, 1)
        try:
            self._container.seek(
                self._start_tick + int(target / time_base), stream=self._stream, backward=True
            )
        except av.error.FFmpegError as error:
            raise SourceError(f"{self.title} cannot jump to another time.") from error
        self._pending.clear()
        self._last_time = -1.0
        self._packets = self._demux()
        # Half a frame of tolerance, as times are rounded to ticks.
        slack = 0.5 / (self.rate or 1000.0)
        previous = None
        while (picture := self._decode()) is not None:
            if not last and self._seconds(picture) >= target - slack:
                break
            previous = picture
        picture = picture or (previous if last else None)
        if picture is None:
            return False
        self._index = round(self._seconds(picture) * (self.rate or ASSUMED_RATE))
        self._pending.appendleft(picture)
        return True

    def _decode(self) -> av.VideoFrame | None:
        started = time.perf_counter()
        while not self._pending:
            try:
                packet = next(self._packets, None)
                if packet is None or self._interrupted:
                    return None
                if packet.stream.index == self._stream.index:
                    self._pending.extend(self._stream.decode(packet))
                    self._bad_packets = 0
            except (av.error.InvalidDataError, av.error.EOFError) as error:
                # A damaged piece costs a few frames, not the rest of the video.
                self._bad_packets += 1
                waited = time.perf_counter() - started
                timed_out = self._timeout is not None and waited >= self._timeout
                if self._bad_packets > MAX_BAD_PACKETS or timed_out:
                    raise SourceError(self._explain(error, waited)) from error
            except (av.error.FFmpegError, OSError) as error:
                waited = time.perf_counter() - started
                raise SourceError(self._explain(error, waited)) from error
            # FFmpeg's time-out is for each packet, and sound may go on without pictures.
            waited = time.perf_counter() - started
            if not self._pending and self._timeout is not None and waited >= self._timeout:
                raise SourceError(self._explain(TimeoutError(), waited))
        return self._pending.popleft()

    def _demux(self) -> Iterator[Any]:
        while True:
            try:
                # Of all streams: packets left out here would pass without a look at the clock.
                yield from self._container.demux()
                return
            except av.error.InvalidDataError:
                self._bad_packets += 1
                if self._bad_packets > MAX_BAD_PACKETS:
                    raise

    def _stamp(self, picture: av.VideoFrame) -> tuple[int, float]:
        # Cameras that send JPEG pictures have no timestamps worth the name.
        now = time.perf_counter() - self._opened
        seconds = now if self.live else self._seconds(picture)
        # Joined recordings can run backwards; whoever records needs times that grow.
        if seconds <= self._last_time:
            seconds = self._last_time + 1 / (self.rate or ASSUMED_RATE)
        index = self._index
        self._index += 1
        self._last_time = seconds
        return index, seconds

    def _seconds(self, picture: av.VideoFrame) -> float:
        if picture.pts is None or self.time_base is None:
            return self._index / (self.rate or ASSUMED_RATE)
        return float((picture.pts - self._start_tick) * self.time_base)

    def _explain(self, error: Exception, waited: float) -> str:
        raise NotImplementedError


def _upright(picture: av.VideoFrame, aspect: Fraction | None) -> NDArray[np.uint8]:
    """Convert to BGR with square pixels, standing as the camera stood."""
    width = picture.width
    if aspect is not None and abs(aspect - 1) > ASPECT_TOLERANCE:
        width = round(width * aspect)
    image = np.asarray(picture.to_ndarray(format="bgr24", width=width), np.uint8)
    turn = _TURNS.get(round(picture.rotation / 90) * 90 % 360)
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)
