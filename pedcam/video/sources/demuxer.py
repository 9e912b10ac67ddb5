"""The pictures of a file or stream in the order in which they are shown, through FFmpeg."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any

import av
import av.error
import av.stream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from pedcam.video.sources.frame import MAX_PIXELS, SourceError

MAX_BAD_PACKETS = 500
HEIF_BRANDS = {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis"}
# Containers that say when to decode a picture, but not when to show it, and codecs of which FFmpeg
# does not find out either.
UNTIMED_FORMATS, UNTIMED_CODECS = ("avi",), ("h264", "hevc")
FIRST_STEP_BACK = 1.0  # seconds before a wanted time where a key picture is looked for first


class ReadError(Exception):
    """Reading failed, for the reason that FFmpeg gave, after some seconds."""

    def __init__(self, reason: Exception, waited: float) -> None:
        super().__init__()
        self.reason = reason
        self.waited = waited


class TimeLeft:
    """What is left of a time-out, read as a number of seconds.

    PyAV applies a whole time-out each to connecting to a stream and to probing it; given this
    instead of a number, both together keep within it.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds

    def __float__(self) -> float:
        return max(0.0, self._end - time.perf_counter())


class PictureReader:
    """Reads packets and decodes those of one video stream; used by one thread."""

    def __init__(self, container: InputContainer, title: str, timeout: float | None) -> None:
        """Choose the stream; the container is closed with the reader.

        ``timeout`` is how many seconds to wait for a picture.

        Raises:
            SourceError: There is no video that can be decoded; cover art is none, nor are the tiles
                of a photograph. Or its pictures have more pixels than MAX_PIXELS.
        """
        self._container = container
        self._timeout = timeout
        self._pending: deque[av.VideoFrame] = deque()
        self._packets: Iterator[Any] = iter(())
        self._bad_packets = 0
        self._bad_since: float | None = None
        self.interrupted = False  # whether somebody ended the reading
        # Of several, the default or else the largest one.
        self.stream = stream = _main_stream(container, title)
        untimed = container.format.name in UNTIMED_FORMATS
        self._untimed = untimed and stream.codec_context.name in UNTIMED_CODECS
        # Such a container's average counts the ticks of its clock.
        rates = stream.average_rate, stream.guessed_rate
        # Frames per second as the container says.
        self.rate = (rates[1] or rates[0]) if self._untimed else (rates[0] or rates[1])
        self._first_packet: int | None = None  # its tick
        self._delay: int | None = None  # ticks from the first packet to the first picture
        self._shown = 0  # tick of the last picture
        context = self.stream.codec_context
        if context.width * context.height > MAX_PIXELS:
            raise SourceError(
                f"{title} announces pictures of {context.width} x {context.height} pixels, more "
                f"than the {MAX_PIXELS // 10**6} million that pedcam takes; it may be damaged."
            )
        # A later header can announce more than the first.
        context.options = {**context.options, "max_pixels": str(MAX_PIXELS)}
        self._packets = self._demux()

    def read(self, timeout: float | None = None) -> av.VideoFrame | None:
        """Return the next picture, or ``None`` at the end and after an interrupt.

        ``timeout`` is how many seconds to wait, if other than for every picture.

        Raises:
            ReadError: The source failed or gave no picture in time.
        """
        limit = self._timeout if timeout is None else timeout
        started = time.perf_counter()
        while not self._pending:
            if not self._decode_packet(started):
                return None
            # FFmpeg's time-out is for each packet, and sound may go on without pictures.
            waited = time.perf_counter() - started
            if not self._pending and limit is not None and waited >= limit:
                raise ReadError(TimeoutError(), waited)
        return self._pending.popleft()

    def put_back(self, picture: av.VideoFrame) -> None:
        self._pending.appendleft(picture)

    def jump(self, target: int, start: int) -> None:
        """Go on from a key picture shown at or before a tick; FFmpegError if that is impossible.

        Decoders leave out what is shown before it and refers to pictures further back. ``start`` is
        the first picture's tick.
        """
        # Pictures without times of their own have those of later packets.
        target, start = target - (self._delay or 0), start - (self._delay or 0)
        base = self.stream.time_base
        first_step = max(1, round(FIRST_STEP_BACK / base)) if base else 1
        # Decoding times begin before the first picture is shown.
        lowest = start - first_step
        back = 0
        while True:
            tick = max(lowest, target - back)
            self._container.seek(tick, stream=self.stream, backward=True)
            self._pending.clear()
            self._packets = self._demux()
            if tick == lowest or self._find_entry(target):
                return
            # Containers look for decoding times or bytes, and may land behind what is wanted.
            back = max(first_step, 2 * back)

    def interrupt(self) -> None:
        """End a read with the next packet; from any thread."""
        self.interrupted = True

    def close(self) -> None:
        self._pending.clear()
        # It refers to this object: the decoder's memory and threads would stay until Python next
        # looks for cycles.
        self._packets = iter(())
        self._container.close()

    def _decode_packet(self, started: float) -> bool:
        """Take one packet; false at the end."""
        try:
            packet = next(self._packets, None)
        except (av.error.FFmpegError, OSError) as error:
            raise ReadError(error, time.perf_counter() - started) from None
        if packet is None or self.interrupted:
            return False
        if packet.stream.index == self.stream.index:
            try:
                pictures = self.stream.decode(packet)
                if self._untimed:
                    self._time(packet, pictures)
                self._pending.extend(pictures)
                self._look_at(pictures, started)
            except av.error.EOFError:
                pass  # a decoder that was drained already
            except (av.error.FFmpegError, MemoryError) as error:
                # A damaged piece costs a few pictures, not the rest of the video.
                self._count_bad(error, started)
        return True

    def _time(self, packet: Any, pictures: list[av.VideoFrame]) -> None:
        """Give pictures the times of the packets with which they come out, which is in order."""
        if self._first_packet is None:
            self._first_packet = packet.dts
        base, rate = self.stream.time_base, self.rate
        step = max(1, round(1 / (rate * base))) if rate and base else 1
        for picture in pictures:
            # The last ones come out when there are no more packets.
            self._shown = picture.dts if picture.dts is not None else self._shown + step
            picture.pts = self._shown
            if self._delay is None:
                self._delay = self._shown - (self._first_packet or 0)

    def _look_at(self, pictures: list[av.VideoFrame], started: float) -> None:
        # A decoder that meets another codec than its own still makes a picture now and then.
        if self._timeout is not None and pictures and all(one.is_corrupt for one in pictures):
            self._count_bad(av.error.InvalidDataError(0, "only damaged pictures"), started)
            return
        self._bad_packets = 0
        if pictures:
            self._bad_since = None

    def _count_bad(self, error: Exception, started: float) -> None:
        now = time.perf_counter()
        self._bad_packets += 1
        if self._bad_since is None:
            self._bad_since = now
        too_long = self._timeout is not None and now - self._bad_since >= self._timeout
        if too_long or self._bad_packets > MAX_BAD_PACKETS:
            raise ReadError(error, now - started) from None

    def _demux(self) -> Iterator[Any]:
        while True:
            try:
                # Of all streams: packets left out here would pass without a look at the clock.
                yield from self._container.demux()
                return
            # A stream that appears while it is read is unknown to PyAV: an index out of range.
            except (av.error.InvalidDataError, IndexError):
                self._bad_packets += 1
                if self._bad_packets > MAX_BAD_PACKETS:
                    raise

    def _find_entry(self, target: int) -> bool:
        """Go to the next key picture; whether it is not shown after the target."""
        for packet in self._packets:
            if packet.stream.index != self.stream.index:
                continue
            timed = packet.pts is not None and not self._untimed
            ticks = packet.pts if timed else packet.dts
            if ticks is None:
                return False
            if packet.is_keyframe:
                self._packets = chain([packet], self._packets)
                return bool(ticks <= target)
            if packet.dts is not None and packet.dts > target:
                return False
        return False


def _main_stream(container: InputContainer, title: str) -> VideoStream:
    videos = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not videos:
        raise SourceError(f"{title} holds no video, only sound or data. Name a video.")
    # The kinds of file that an ISO container says it is, four letters each.
    keys = ("major_brand", "compatible_brands")
    brands = [one for key in keys for one in re.findall("....", container.metadata.get(key, ""))]
    tiled = any(stream.disposition & Disposition.dependent for stream in videos)
    if tiled and not HEIF_BRANDS.isdisjoint(brands):
        raise SourceError(
            f"{title} is a photograph in tiles, as phones save them, which pedcam cannot put "
            "together. Convert it to JPEG."
        )
    readable = [stream for stream in videos if stream.codec_context is not None]
    if not readable:
        raise SourceError(
            f"{title} holds a kind of video that pedcam cannot decode. Convert it to H.264."
        )
    chosen = max(
        readable,
        key=lambda stream: (
            bool(stream.disposition & Disposition.default),
            stream.codec_context.width * stream.codec_context.height,
        ),
    )
    # Older versions of PyAV cannot do this.
    if hasattr(av.stream, "Discard"):
        for stream in videos:
            # Of a playlist, each is a download of its own.
            if stream is not chosen:
                stream.discard = av.stream.Discard.all
    return chosen
