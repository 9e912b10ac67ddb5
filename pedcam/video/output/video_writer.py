"""Recording video."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import av.error
import cv2
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from pedcam.video.output.partial_file import OutputError, PartialFile, write_error

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
VIDEO_SUFFIXES = tuple(FORMATS)
DEFAULT_TIME_BASE = Fraction(1, 90_000)
DEFAULT_RATE = Fraction(25)
# Whoever's build of FFmpeg lacks x264 has the system's own encoder, and MPEG-4 is always there.
ENCODERS = ("libx264", "h264_videotoolbox", "h264_mf", "libopenh264", "mpeg4")
ENCODER_OPTIONS = {
    "libx264": {
        "preset": "veryfast",
        "crf": "20",
        # Without B-frames the length of a recording with uneven frame times comes out right.
        "bf": "0",
        # What the encoder holds back is lost when the process is killed; files grow by 7 %.
        "rc-lookahead": "0",
        "x264-params": "sync-lookahead=0:sliced-threads=1",
    }
}
KEYFRAME_INTERVAL = 1.0  # seconds
# Each piece of half a second can be played without those that follow, so a process that is killed
# loses little, and nothing but the pieces' places is remembered, however long it runs.
FRAGMENTED = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": "500000",  # microseconds
}
CONTAINER_OPTIONS = {
    "mp4": FRAGMENTED,
    "mov": FRAGMENTED,
    "matroska": {"cluster_time_limit": "500"},  # milliseconds
}
FINEST_MPEG4_TIME_BASE = Fraction(1, 60_000)  # the format allows denominators up to 65,535
BT709, LIMITED_RANGE = 1, 1


def check_video_suffix(path: Path) -> None:
    """Raise OutputError if the name of a video does not say a format that can be written."""
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        raise OutputError(
            f"{path} cannot be written: give it one of the suffixes {', '.join(VIDEO_SUFFIXES)}."
        )


class VideoWriter:
    """Writes H.264 video with the times of the frames it is given.

    Use it as a context manager. The file is complete when the block ends, even after an error or
    Ctrl-C, holding the frames until then; without any frame there is no file. If the process is
    killed or the disk fills up, what was written can be played, except for the last second or so
    (two frames, where they come more slowly).

    Attributes:
        path: The file; after a failure, the one with what was written until then.
        frames: Number of frames written so far.
    """

    def __init__(
        self,
        path: Path,
        *,
        rate: float | Fraction = DEFAULT_RATE,
        time_base: Fraction | None = None,
        overwrite: bool = False,
        in_place: bool = False,
    ) -> None:
        """Check the target, or raise OutputError; the first frame decides on the size.

        Args:
            path: The file, with a suffix of :data:`VIDEO_SUFFIXES`.
            rate: Frames per second, or about so, 0 if unknown; the times of the frames decide.
            time_base: Seconds per tick; the source's own makes the times exact.
            overwrite: Whether an existing file may be replaced.
            in_place: See :class:`pedcam.video.output.partial_file.PartialFile`.
        """
        check_video_suffix(path)
        self.path = path
        self.frames = 0
        self._output = PartialFile(path, overwrite=overwrite, in_place=in_place)
        self._rate = Fraction(rate).limit_denominator(1001) or DEFAULT_RATE
        self._time_base = time_base or DEFAULT_TIME_BASE
        self._container: av.container.OutputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._start = 0.0
        self._last_tick = -1
        self._next_keyframe = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Bytes on the disk so far."""
        return self._output.size

    def write(self, image: NDArray[np.uint8], time: float) -> None:
        """Append a picture, H x W x 3 uint8 BGR, scaled to the size of the first one.

        ``time`` is in seconds on any clock; the recording begins at 0 with the first picture.

        Raises:
            OutputError: It cannot be encoded or written. The file is closed, and what was written
                before stays if it can be played; the message says so.
        """
        try:
            if self._stream is None:
                self._open(image)
                self._start = time
            stream = self._stream
            assert stream is not None
            width, height = stream.width, stream.height
            frame = av.VideoFrame.from_ndarray(_fitted(image, width, height), format="bgr24")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            tick = max(self._last_tick + 1, round((time - self._start) / self._time_base))
            frame.pts, frame.time_base = tick, self._time_base
            # Counting frames would not do: the rate may be unknown or wrong.
            if tick * self._time_base >= self._next_keyframe:
                frame.pict_type = PictureType.I
                self._next_keyframe = float(tick * self._time_base) + KEYFRAME_INTERVAL
            self._mux(stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        self._last_tick = tick
        self.frames += 1

    def close(self) -> None:
        """Complete the file, or raise OutputError; more calls do nothing."""
        container, stream = self._container, self._stream
        if container is None or stream is None:
            self._output.drop()
            return
        try:
            if self.frames:
                self._mux(stream.encode(None))
            container.close()
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        self._container = self._stream = None
        if self.frames:
            self._output.keep()
        else:
            self._output.drop()

    def _open(self, image: NDArray[np.uint8]) -> None:
        height, width = image.shape[:2]
        format_name = FORMATS[self.path.suffix.lower()]
        self._container = av.open(
            # Without the prefix FFmpeg would read names like "a:b.mp4" as commands.
            f"file:{self._output.partial.absolute()}",
            "w",
            format=format_name,
            options={"flush_packets": "1", **CONTAINER_OPTIONS[format_name]},
        )
        name = next(name for name in ENCODERS if can_encode(name))
        options = ENCODER_OPTIONS.get(name, {})
        if name == "mpeg4":
            self._time_base = max(self._time_base, FINEST_MPEG4_TIME_BASE)
        stream = self._container.add_stream(name, rate=self._rate, options=options)
        assert isinstance(stream, av.VideoStream)
        # Chroma is stored for two by two pixels, so both sides are made even.
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = self._time_base
        stream.codec_context.gop_size = max(1, round(self._rate * Fraction(KEYFRAME_INTERVAL)))
        for aspect in ("colorspace", "color_primaries", "color_trc"):
            setattr(stream.codec_context, aspect, BT709)
        stream.codec_context.color_range = LIMITED_RANGE
        self._stream = stream

    def _mux(self, packets: list[av.Packet[av.VideoStream]]) -> None:
        assert self._container is not None
        for packet in packets:
            # The last one decides on the length of the recording.
            packet.duration = max(1, round(1 / self._rate / self._time_base))
        self._container.mux(packets)

    def _failed(self, error: Exception) -> OutputError:
        container, self._container, self._stream = self._container, None, None
        if container is not None:
            # What it says is known already.
            with suppress(av.error.FFmpegError, OSError):
                container.close()
        message = str(write_error(self.path, error))
        if not _can_be_played(self._output.partial):
            self._output.drop()
            return OutputError(message)
        try:
            self.path = self._output.rescue()
        except OutputError:
            self.path = self._output.partial
        return OutputError(f"{message} What was recorded until then is in {self.path}.")


def can_encode(name: str) -> bool:
    """Whether this build of FFmpeg has an encoder of :data:`ENCODERS`."""
    try:
        return av.codec.Codec(name, "w").type == "video"
    except (av.codec.codec.UnknownCodecError, ValueError):
        return False


def _can_be_played(path: Path) -> bool:
    try:
        with av.open(f"file:{path.absolute()}") as container:
            return next(container.decode(video=0), None) is not None
    except (av.error.FFmpegError, OSError, IndexError):
        return False


def _fitted(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    right, below = width - image.shape[1], height - image.shape[0]
    if right == below == 0:
        return np.ascontiguousarray(image)
    if 0 <= right <= 1 and 0 <= below <= 1:
        padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        return np.asarray(padded, np.uint8)
    return np.asarray(cv2.resize(image, (width, height)), np.uint8)
