"""Recording video."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.video.outputs import OutputError, PartialFile

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")
DEFAULT_TIME_BASE = Fraction(1, 90_000)
DEFAULT_RATE = Fraction(25)
# Whoever's build of FFmpeg lacks x264 has the system's own encoder, and MPEG-4 is always there.
ENCODERS = ("libx264", "h264_videotoolbox", "h264_mf", "libopenh264", "mpeg4")
# Without B-frames the length of a recording with uneven frame times comes out right.
ENCODER_OPTIONS = {"libx264": {"preset": "veryfast", "crf": "20", "bf": "0"}}
FINEST_MPEG4_TIME_BASE = Fraction(1, 60_000)  # the format allows denominators up to 65,535
BT709, LIMITED_RANGE = 1, 1


def check_video_suffix(path: Path) -> None:
    """Make sure that the name of a video says a format that can be written.

    Raises:
        OutputError: It does not.
    """
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        raise OutputError(
            f"{path} cannot be written: give it one of the suffixes {', '.join(VIDEO_SUFFIXES)}."
        )


class VideoWriter:
    """Writes H.264 video with the times of the frames it is given.

    Use it as a context manager. Its file appears when the block ends, also after an error or
    Ctrl-C, holding the frames until then; without any frame there is no file.

    Attributes:
        path: The file.
        frames: Number of frames written so far.
    """

    def __init__(
        self,
        path: Path,
        *,
        rate: float | Fraction = DEFAULT_RATE,
        time_base: Fraction | None = None,
        overwrite: bool = False,
    ) -> None:
        """Check the target; the file is opened with the first frame.

        Args:
            path: The file, with a suffix of :data:`VIDEO_SUFFIXES`.
            rate: Frames per second, or about so, 0 if unknown; the times of the frames decide.
            time_base: Seconds per tick; the source's own makes the times exact.
            overwrite: Whether an existing file may be replaced.

        Raises:
            OutputError: The file may not be written.
        """
        check_video_suffix(path)
        self.path = path
        self.frames = 0
        self._output = PartialFile(path, overwrite=overwrite)
        self._rate = Fraction(rate).limit_denominator(1001) or DEFAULT_RATE
        self._time_base = time_base or DEFAULT_TIME_BASE
        self._container: av.container.OutputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._start = 0.0
        self._last_tick = -1

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the file."""
        self.close()

    def write(self, image: NDArray[np.uint8], time: float) -> None:
        """Append a picture.

        Args:
            image: H x W x 3 uint8, BGR; scaled to the size of the first one.
            time: Seconds on any clock; the recording begins at 0 with the first picture.

        Raises:
            OutputError: It cannot be encoded or written.
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
            frame.duration = max(1, round(1 / self._rate / self._time_base))
            self._mux(stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        self._last_tick = tick
        self.frames += 1

    def close(self) -> None:
        """Complete the file and move it to its name; more calls do nothing.

        Raises:
            OutputError: It cannot be completed; nothing is left of it then.
        """
        container, self._container = self._container, None
        if container is None:
            return
        stream, self._stream = self._stream, None
        try:
            if stream is not None and self.frames:
                for packet in stream.encode(None):
                    container.mux(packet)
            container.close()
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        if self.frames:
            self._output.keep()
        else:
            self._output.drop()

    def _open(self, image: NDArray[np.uint8]) -> None:
        height, width = image.shape[:2]
        # Without the prefix FFmpeg would read names like "a:b.mp4" as commands.
        self._container = av.open(f"file:{self._output.partial.absolute()}", "w")
        name = next(name for name in ENCODERS if _can_encode(name))
        options = ENCODER_OPTIONS.get(name, {})
        if name == "mpeg4":
            self._time_base = max(self._time_base, FINEST_MPEG4_TIME_BASE)
        stream = self._container.add_stream(name, rate=self._rate, options=options)
        assert isinstance(stream, av.VideoStream)
        # Chroma is stored for two by two pixels, so both sides are made even.
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = self._time_base
        for aspect in ("colorspace", "color_primaries", "color_trc"):
            setattr(stream.codec_context, aspect, BT709)
        stream.codec_context.color_range = LIMITED_RANGE
        self._stream = stream

    def _mux(self, packets: list[av.Packet[av.VideoStream]]) -> None:
        assert self._container is not None
        self._container.mux(packets)

    def _failed(self, error: Exception) -> OutputError:
        container, self._container, self._stream = self._container, None, None
        if container is not None:
            # Nothing can be done about what it says; the file goes anyway.
            with suppress(av.error.FFmpegError, OSError):
                container.close()
        self._output.drop()
        reason = getattr(error, "strerror", None) or error
        return OutputError(f"{self.path} cannot be written: {reason}.")


def _can_encode(name: str) -> bool:
    try:
        return av.codec.Codec(name, "w").type == "video"
    except (av.codec.codec.UnknownCodecError, ValueError):
        return False


def _fitted(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    right, below = width - image.shape[1], height - image.shape[0]
    if right == below == 0:
        return np.ascontiguousarray(image)
    if 0 <= right <= 1 and 0 <= below <= 1:
        padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        return np.asarray(padded, np.uint8)
    return np.asarray(cv2.resize(image, (width, height)), np.uint8)
