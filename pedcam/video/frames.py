"""What every source of frames has in common."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError


class SourceError(UserError):
    """A source that cannot be used; the message says what, where and what to do.

    The message is shown to people as it is and never holds a password.
    """


@dataclass(frozen=True)
class Frame:
    """One picture of a source.

    Attributes:
        image: H x W x 3 uint8, BGR; nobody writes into it after it is read.
        index: Number of the frame, 0 for the first.
        time: Seconds since the start of the source.
        captured: When the frame was there to be shown, on the clock of ``time.perf_counter``.
        read_ms: Milliseconds that reading it took, of a live source with the wait for it.
        segment: Number of the uninterrupted stretch it belongs to; grows with every jump, loop and
            reconnect, across which nothing can be followed.
    """

    image: NDArray[np.uint8]
    index: int
    time: float
    captured: float
    read_ms: float = 0.0
    segment: int = 0


@dataclass(frozen=True)
class Jump:
    """A place to go on from; see :meth:`Seekable.seek`.

    Attributes:
        time: Seconds since the start of the source.
        before: Whether the last frame before that time is wanted.
    """

    time: float
    before: bool = False


class Source(Protocol):
    """Something that gives one frame after another; used by one thread, except ``interrupt``.

    Attributes:
        title: What people read; without any password.
        live: Whether the world goes on when nobody reads.
        size: ``(width, height)`` of the first frame in pixels.
        rate: Frames per second, 0 where unknown.
        duration: Length in seconds, ``None`` where unknown or without end.
    """

    title: str
    live: bool
    size: tuple[int, int]
    rate: float
    duration: float | None

    def read(self) -> Frame | None:
        """Return the next frame, or ``None`` at the end.

        Raises:
            SourceError: The source failed.
        """

    def close(self) -> None:
        """Let go of the file, connection or device; more calls do nothing."""

    def interrupt(self) -> None:
        """Make a blocked ``read`` return soon where that is possible; from any thread."""


@runtime_checkable
class Seekable(Protocol):
    """A source that can jump."""

    def seek(self, time: float, *, before: bool = False) -> None:
        """Make the next ``read`` return the first frame at or after ``time`` seconds.

        Args:
            time: Seconds since the start of the source.
            before: Whether the last frame before that time is wanted instead; the first frame
                where there is none.

        Raises:
            SourceError: The source cannot jump.
        """


@runtime_checkable
class Skippable(Protocol):
    """A source that can pass over a frame without converting it."""

    def skip(self) -> bool:
        """Pass over one frame; false at the end.

        Raises:
            SourceError: The source failed.
        """


@runtime_checkable
class Timed(Protocol):
    """A source whose frames have timestamps.

    Attributes:
        time_base: Seconds per tick of the timestamps, ``None`` where unknown.
    """

    time_base: Fraction | None
