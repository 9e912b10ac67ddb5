"""What every source of frames has in common, and converting pictures of any kind to BGR."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.orientation import LYING, MIRRORED_ACROSS, MIRRORED_DOWN, UPRIGHT, turned

# Enough for 12K video and for photographs of 100 million pixels. A header can announce far more,
# and all of it would be allocated.
MAX_PIXELS = 2**27
ASPECT_TOLERANCE = 0.02  # less than that nobody sees
LARGEST_ASPECT = 8  # anamorphic lenses reach 2; more is a broken header
# Instead of a picture that is not kept. Not a part of it, which would keep all of it in memory.
NO_IMAGE: NDArray[np.uint8] = np.empty((0, 0, 3), np.uint8)
_BY_TURNS = {0: UPRIGHT, 1: 8, 2: 3, 3: 6}  # quarters of a turn, anticlockwise


class SourceError(UserError):
    """A source that cannot be used; the message says what, where and what to do.

    The message is shown to people as it is and never holds a password.
    """


@dataclass(frozen=True)
class Frame:
    """One picture of a source."""

    image: NDArray[np.uint8]  # H x W x 3 uint8, BGR; nobody writes into it
    index: int  # number of the frame, 0 for the first
    time: float  # seconds since the start of the source
    captured: float  # when the frame was there to be shown, on the clock of time.perf_counter
    read_ms: float = 0.0  # milliseconds that reading it took, of a live source with the wait for it
    # Grows with every jump, loop and reconnect, across which nothing can be followed.
    segment: int = 0


@dataclass(frozen=True)
class Jump:
    """A place to go on from; see :meth:`Source.seek`."""

    time: float
    before: bool = False


@dataclass(frozen=True)
class SourceInfo:
    """What is known of a source; before it is open, not much."""

    title: str = ""  # what people read; without any password
    live: bool = False  # whether the world goes on when nobody reads
    size: tuple[int, int] = (0, 0)  # (width, height) of the first frame, zeros while unknown
    rate: float = 0.0  # frames per second, 0 where unknown
    duration: float | None = None  # length in seconds, None where unknown or without end


class Source:
    """Something that gives one frame after another; used by one thread, except ``interrupt``.

    Attributes:
        title, live, size, rate, duration: As in :class:`SourceInfo`.
        time_base: Seconds per tick of the frames' timestamps, ``None`` where there are none.
    """

    title: str
    live: bool
    size: tuple[int, int]
    rate: float
    duration: float | None = None
    time_base: Fraction | None = None

    @property
    def info(self) -> SourceInfo:
        """What the source knows of itself by now."""
        return SourceInfo(self.title, self.live, self.size, self.rate, self.duration)

    @property
    def problems(self) -> tuple[str, ...]:
        """What was left out so far and why, such as the unreadable pictures of a folder."""
        return ()

    def read(self) -> Frame | None:
        """Return the next frame, or ``None`` at the end.

        Raises:
            SourceError: The source failed; the message says why.
        """
        raise NotImplementedError

    def skip(self) -> bool:
        """Pass over one frame, which may cost less than reading it; false at the end.

        Raises:
            SourceError: The source failed.
        """
        return self.read() is not None

    def seek(self, time: float, *, before: bool = False) -> None:
        """Make the next :meth:`read` return the first frame at or after ``time`` seconds.

        Beyond the end it returns the last frame.

        Args:
            time: Seconds since the first frame.
            before: Whether the last frame before that time is wanted instead; the first one where
                there is none.

        Raises:
            SourceError: The source is live or cannot jump.
        """
        raise SourceError(f"{self.title} is live: there is nothing to jump to.")

    def close(self) -> None:
        """Let go of the file, connection or device; more calls do nothing."""

    def interrupt(self) -> None:
        """Make a blocked :meth:`read` return soon where that is possible; from any thread."""


def upright(
    picture: av.VideoFrame, aspect: Fraction | None, orientation: int = UPRIGHT
) -> NDArray[np.uint8]:
    """Convert a decoded picture to BGR (H x W x 3 uint8) with square pixels, as the camera stood.

    Alpha is left out, and samples of more than 8 bits are scaled to 8.

    Args:
        picture: What the decoder gave.
        aspect: Width of a pixel divided by its height, ``None`` where unknown.
        orientation: See :mod:`pedcam.orientation`.

    Raises:
        ValueError: The pixels cannot be converted.
    """
    width = picture.width
    if aspect is not None and abs(aspect - 1) > ASPECT_TOLERANCE:
        stretched = max(1, round(width * aspect))
        sensible = 1 / LARGEST_ASPECT <= aspect <= LARGEST_ASPECT
        if sensible and stretched * picture.height <= MAX_PIXELS:
            width = stretched
    image = np.asarray(picture.to_ndarray(format="bgr24", width=width), np.uint8)
    return turned(image, orientation)


def video_orientation(picture: av.VideoFrame) -> int:
    """Return the orientation that a container gives the pictures of a video."""
    try:
        matrix = picture.side_data.get("DISPLAYMATRIX")
    except ValueError:  # beside it is something newer than PyAV knows
        matrix = None
    if not isinstance(matrix, SideData):
        return _BY_TURNS[round(picture.rotation / 90) % 4]
    # x' = a x + c y and y' = b x + d y; rows end with what is not needed here.
    a, b, _, c, d, *_ = struct.unpack("9i", bytes(matrix))
    lying = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c < 0, b < 0) if lying else (a < 0, d < 0)
    return next(
        number
        for number in range(1, 9)
        if (number in LYING, number in MIRRORED_ACROSS, number in MIRRORED_DOWN)
        == (lying, across, down)
    )


def as_bgr(image: NDArray[np.uint8 | np.uint16]) -> NDArray[np.uint8]:
    """Convert the array of a camera or an image file to H x W x 3 uint8, BGR.

    Args:
        image: H x W, H x W x 1, 3 (BGR) or 4 (BGR and alpha); uint8, or uint16 over its whole
            range. Where it is transparent it becomes black.

    Raises:
        ValueError: It is none of these.
    """
    if image.dtype == np.uint16:
        image = np.asarray(cv2.convertScaleAbs(image, alpha=255 / 65535), np.uint8)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if image.dtype != np.uint8 or image.ndim > 3 or channels not in (1, 3, 4):
        raise ValueError(f"no picture: {image.dtype} of shape {image.shape}")
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == 4:
        alpha = cv2.cvtColor(np.ascontiguousarray(image[:, :, 3]), cv2.COLOR_GRAY2BGR)
        color = np.ascontiguousarray(image[:, :, :3])
        return np.asarray(cv2.multiply(color, alpha, scale=1 / 255), np.uint8)
    return np.ascontiguousarray(image, np.uint8)
