"""What video files and network streams have in common: decoding by PyAV."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import Any

import av
import av.error
from av.container import InputContainer

from pedcam.video.sources.demuxer import PictureReader, ReadError, TimeLeft
from pedcam.video.sources.frame import (
    MAX_PIXELS,
    Frame,
    Source,
    SourceError,
    upright,
    video_orientation,
)

ASSUMED_RATE = 25.0  # for pictures without timestamps
LAST_FRAMES = 10.0  # seconds before the end that a jump beyond it falls back to
ROUNDING = 0.001  # seconds by which a time may miss a picture's, as both are rounded
HIGHEST_RATE = 1000.0


class DecodedSource(Source):
    """What files and network streams have in common.

    Interlaced pictures are shown as they are, both fields woven into one. Frame numbers after a
    jump go on as the time says, which is exact where frames are evenly spaced.
    """

    def __init__(
        self,
        location: str,
        title: str,
        *,
        timeout: float | None,
        options: dict[str, str],
        orientation: int | None = None,
    ) -> None:
        """Open the source and decode its first frame, all within the time-out in seconds.

        ``orientation`` is that of all pictures, ``None`` for what the source says.
        """
        self.title = title
        self._location = location
        self._timeout = timeout
        self._options = options
        self._orientation = orientation
        self._seen_orientation: int | None = None
        self._rotation = 0
        self._playing = False
        started = time.perf_counter()
        self._open()
        try:
            left = None if timeout is None else timeout - (time.perf_counter() - started)
            first = self._next(left)
            if first is None:
                raise SourceError(f"No picture of {title} can be decoded; it may be damaged.")
            height, width = self._upright(first).shape[:2]
        except SourceError:
            self._reader.close()
            raise
        self.size = (width, height)
        self._reader.put_back(first)
        self._start_tick = first.pts or 0
        self._index = 0
        self._last_time = -1.0
        self._opened = time.perf_counter()
        self._playing = True

    def read(self) -> Frame | None:
        picture = self._next()
        if picture is None:
            return None
        image = self._upright(picture)
        index, seconds = self._stamp(picture)
        return Frame(image, index, seconds, time.perf_counter())

    def skip(self) -> bool:
        picture = self._next()
        if picture is None:
            return False
        self._stamp(picture)
        return True

    def seek(self, time: float, *, before: bool = False) -> None:
        if self.live or self.time_base is None:
            return super().seek(time, before=before)
        if self.duration is not None:
            time = min(time, self.duration)
        if before:
            if not self._jump(max(0.0, time), before=True):
                self._jump(0.0)
        elif not self._jump(max(0.0, time)):
            end = self.duration if self.duration is not None else time
            self._jump(max(0.0, end - LAST_FRAMES), last=True)

    def key_time(self, time: float) -> float:
        """Return when a key picture at or before a time is shown, in seconds; then seek.

        Raises:
            SourceError: The source cannot jump.
        """
        base = self.time_base or Fraction(1, 1)
        try:
            self._reader.jump(self._start_tick + math.floor(time / base), self._start_tick)
        except (av.error.FFmpegError, OSError):
            raise SourceError(f"{self.title} cannot jump to another time.") from None
        picture = self._next()
        if picture is None or picture.pts is None:
            raise SourceError(f"{self.title} cannot jump to another time.")
        return max(0.0, float((picture.pts - self._start_tick) * base))

    def close(self) -> None:
        self._reader.close()

    def interrupt(self) -> None:
        """End a read with the next packet; FFmpeg itself only stops at its time-outs."""
        self._reader.interrupt()

    def _open(self) -> None:
        started = time.perf_counter()
        timeout: Any = None
        if self._timeout is not None:
            timeout = (TimeLeft(self._timeout), self._timeout)
        # Some formats announce their streams before they are probed, and obey the limit then.
        options = {**self._options, "max_pixels": str(MAX_PIXELS)}
        try:
            container = self._connect(options, timeout)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            # The error itself would put the whole address into logs.
            raise SourceError(self._explain(error, time.perf_counter() - started)) from None
        try:
            self._reader = PictureReader(container, self.title, self._timeout)
        except SourceError:
            container.close()
            raise
        self._stream = self._reader.stream
        duration = container.duration
        self.duration = duration / av.time_base if duration is not None else None
        self.live = self.duration is None and not self._has_end()
        # Threads that take a frame each delay a live picture by as many frames.
        self._stream.thread_type = "SLICE" if self.live else "AUTO"
        rate = self._reader.rate
        self.rate = float(rate) if rate and 0 < rate <= HIGHEST_RATE else 0.0
        self._aspect = self._stream.sample_aspect_ratio
        self._aspect_changes: bool | None = None  # known with the first picture
        self.time_base = self._stream.time_base

    def _connect(self, options: dict[str, str], timeout: Any) -> InputContainer:
        return av.open(self._location, mode="r", options=options, timeout=timeout)

    def _has_end(self) -> bool:
        """Whether a source without duration is known to end."""
        return True

    def _jump(self, target: float, *, before: bool = False, last: bool = False) -> bool:
        """Find a picture and put it back; false if there is none.

        Args:
            target: Seconds since the first picture.
            before: Whether the last picture before the target is wanted, not the first after it.
            last: Whether the last one of all is wanted, looked for from the target on.
        """
        base = self.time_base or Fraction(1, 1)
        # Half a tick of tolerance, as times are rounded to ticks.
        wanted = math.ceil(target / base - min(0.5, ROUNDING / base))
        try:
            self._reader.jump(self._start_tick + wanted - before, self._start_tick)
        except (av.error.FFmpegError, OSError):
            self._begin_again()
        self._last_time = -1.0
        position = 0
        found = previous = None
        while (picture := self._next()) is not None:
            ticks = self._ticks(picture, position)
            if not last and ticks >= wanted:
                found = picture
                break
            previous = (picture, ticks)
            position += 1
        if before or last:
            if previous is None:
                return False
            if found is not None:
                self._reader.put_back(found)
            found, ticks = previous
        elif found is None:
            return False
        self._index = round(float(ticks * base) * (self.rate or ASSUMED_RATE))
        self._reader.put_back(found)
        return True

    def _begin_again(self) -> None:
        """Go to the start of a source that cannot jump, such as bare H.264 without a container."""
        if self._timeout is not None:
            raise SourceError(f"{self.title} cannot jump to another time.") from None
        self._reader.close()
        self._open()

    def _next(self, timeout: float | None = None) -> av.VideoFrame | None:
        try:
            picture = self._reader.read(timeout)
        except ReadError as error:
            raise SourceError(self._explain(error.reason, error.waited)) from None
        if picture is not None:
            self._look_at_aspect(picture)
        return picture

    def _look_at_aspect(self, picture: av.VideoFrame) -> None:
        """Notice pixels of another shape, as where a broadcast goes from 4:3 to 16:9."""
        decoded = self._stream.codec_context.sample_aspect_ratio
        if self._aspect_changes is None:
            # A container that says something else than its pictures is believed.
            self._aspect_changes = decoded == self._aspect
        # The decoder is some pictures ahead, but a new shape begins with a key picture.
        elif self._aspect_changes and picture.key_frame and decoded:
            self._aspect = decoded

    def _upright(self, picture: av.VideoFrame) -> Any:
        try:
            return upright(picture, self._aspect, self._orientation_of(picture))
        except (av.error.FFmpegError, OSError, ValueError, MemoryError):
            raise SourceError(
                f"{self.title} holds pictures of a kind that pedcam cannot show "
                f"({picture.format.name}, {picture.width} x {picture.height}). Convert it to H.264."
            ) from None

    def _orientation_of(self, picture: av.VideoFrame) -> int:
        if self._orientation is not None:
            return self._orientation
        # A change begins with a key picture. The rotation tells of nearly all, and costs nothing. A
        # look at the rest leaves a cycle of objects, and with it a picture and the threads that
        # converted it, until Python collects those.
        changed = picture.key_frame and picture.rotation != self._rotation
        if self._seen_orientation is None or changed:
            self._rotation = picture.rotation
            self._seen_orientation = video_orientation(picture)
        return self._seen_orientation

    def _stamp(self, picture: av.VideoFrame) -> tuple[int, float]:
        # Cameras that send JPEG pictures have no timestamps worth the name.
        if self.live or self.time_base is None:
            seconds = time.perf_counter() - self._opened
        else:
            seconds = float(self._ticks(picture, self._index) * self.time_base)
        # Joined recordings can run backwards, but recording again needs times that grow.
        if seconds <= self._last_time:
            seconds = self._last_time + 1 / (self.rate or ASSUMED_RATE)
        index = self._index
        self._index += 1
        self._last_time = seconds
        return index, seconds

    def _ticks(self, picture: av.VideoFrame, position: int) -> int:
        """Ticks since the first picture; without a timestamp, from its position."""
        if picture.pts is not None:
            return picture.pts - self._start_tick
        base = self.time_base or Fraction(1, 1)
        return round(position / (self.rate or ASSUMED_RATE) / base)

    def _explain(self, error: Exception, waited: float) -> str:
        raise NotImplementedError
