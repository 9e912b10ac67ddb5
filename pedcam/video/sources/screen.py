"""The screens of this computer, or a part of them."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import mss
import numpy as np
from numpy.typing import NDArray

from pedcam.video.sources.frame import Frame, Source, SourceError

SCREEN_WORD = "screen"
SCREEN_PREFIX = f"{SCREEN_WORD}:"
RATE = 15.0  # frames per second at most
_EXAMPLE = (
    f"Write {SCREEN_WORD} for the main screen, {SCREEN_PREFIX}2 for the second, {SCREEN_PREFIX}all "
    f"for all, or {SCREEN_PREFIX}100,50,640,480 for a part: left, top, width and height."
)
_PART = re.compile(r"(-?\d{1,5}),(-?\d{1,5}),([1-9]\d{0,4}),([1-9]\d{0,4})", re.ASCII)


@dataclass(frozen=True)
class Area:
    """A rectangle of the desktop, in the system's coordinates: pixels, on a Mac points.

    The main screen begins at 0, 0; others may lie at the left of it or above, with negative ones.
    """

    left: int
    top: int
    width: int
    height: int

    @property
    def address(self) -> str:
        return f"{SCREEN_PREFIX}{self.left},{self.top},{self.width},{self.height}"

    def holds(self, other: Area) -> bool:
        """Whether the whole of another area is in this one."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.left + other.width <= self.left + self.width
            and other.top + other.height <= self.top + self.height
        )


@dataclass(frozen=True)
class Desktop:
    """What is on the screens just now."""

    image: NDArray[np.uint8]  # H x W x 3 uint8, BGR: all screens as they lie beside each other
    area: Area  # of all of them
    screens: tuple[Area, ...]  # as they are numbered, from 1
    main: int  # number of the main screen


def part_of(address: str) -> Area | None:
    """Return the part of the desktop that an address names, ``None`` if it names whole screens."""
    found = _PART.fullmatch(address.removeprefix(SCREEN_PREFIX))
    return Area(*map(int, found.groups())) if found else None


def parse_screen(text: str) -> tuple[str, str]:
    """Return the address of what a text such as ``screen:2`` names, in one spelling, and its title.

    Raises:
        SourceError: It names no screen and no part of one.
    """
    wanted = "".join(text.removeprefix(SCREEN_WORD).removeprefix(":").split())
    if text == SCREEN_WORD:
        return SCREEN_WORD, "Screen"
    if wanted == "all":
        return f"{SCREEN_PREFIX}all", "All screens"
    if re.fullmatch(r"0*[1-9]\d?", wanted, re.ASCII):
        return f"{SCREEN_PREFIX}{int(wanted)}", f"Screen {int(wanted)}"
    if part := part_of(wanted):
        return part.address, "Part of the screen"
    raise SourceError(f"'{text}' names no screen. {_EXAMPLE}")


def look_at_desktop() -> Desktop:
    """Take one picture of all screens.

    Raises:
        SourceError: The screens cannot be seen from here.
    """
    eye = _open()
    try:
        whole, *screens = _areas(eye)
        return Desktop(_grab(eye, whole), whole, tuple(screens), _main(eye))
    except mss.ScreenShotError as error:
        raise SourceError(f"The screen cannot be captured: {_reason(error)}.") from error
    finally:
        eye.close()


class ScreenSource(Source):
    """A screen, all of them or a part, as they look just then; 15 times a second at most.

    Whatever covers the part is in the picture, pedcam's own window too. A part stays where it is
    when the window in it moves.
    """

    live = True
    rate = RATE

    def __init__(self, address: str, title: str) -> None:
        """Look at the screen once.

        Args:
            address: As :func:`parse_screen` returns it.
            title: What people read.

        Raises:
            SourceError: There is no such screen, or it cannot be seen from here.
        """
        self.title = title
        self._stopped = threading.Event()
        self._start: float | None = None
        self._index = 0
        self._due = 0.0
        self._eye = _open()
        try:
            self._area = _resolve(address, _areas(self._eye), _main(self._eye))
            height, width = self._look().shape[:2]
        except mss.ScreenShotError as error:
            self.close()
            raise SourceError(f"{title} cannot be captured: {_reason(error)}.") from error
        except SourceError:
            self.close()
            raise
        self.size = (width, height)

    def read(self) -> Frame | None:
        if self._stopped.wait(max(0.0, self._due - time.perf_counter())):
            return None
        begun = time.perf_counter()
        try:
            image = self._look()
        except mss.ScreenShotError as error:
            raise SourceError(
                f"{self.title} cannot be captured any more: {_reason(error)}."
            ) from error
        captured = time.perf_counter()
        # Large screens take long: half of a core is left for others.
        self._due = max(begun + 1 / RATE, captured + (captured - begun))
        self._start = captured if self._start is None else self._start
        self._index += 1
        return Frame(image, self._index - 1, captured - self._start, captured)

    def close(self) -> None:
        self.interrupt()
        self._eye.close()

    def interrupt(self) -> None:
        self._stopped.set()

    def _look(self) -> NDArray[np.uint8]:
        return _grab(self._eye, self._area)


def _open() -> mss.MSS:
    if why := _refusal():
        raise SourceError(why)
    try:
        return mss.MSS()
    except mss.ScreenShotError as error:
        if sys.platform == "linux":
            raise SourceError(
                "There is no screen to watch: no X display can be reached. Start pedcam in a "
                f"desktop session, or set DISPLAY. ({_reason(error)})"
            ) from error
        raise SourceError(f"The screen cannot be captured: {_reason(error)}.") from error


def _refusal() -> str:
    """Why the system would show nothing of the screen, though it reports no error."""
    if sys.platform == "linux" and os.environ.get("WAYLAND_DISPLAY"):
        return (
            "On Wayland, programs may not look at the screen in this way. Choose an X11 session "
            "(often called “Xorg”) when you log in."
        )
    if sys.platform == "darwin":
        graphics = ctypes.CDLL("/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics")
        graphics.CGRequestScreenCaptureAccess.restype = ctypes.c_bool
        # Asks the user, the first time.
        if not graphics.CGRequestScreenCaptureAccess():
            return (
                "pedcam may not look at the screen. Allow it in System Settings, Privacy & "
                "Security, Screen Recording, for pedcam or the terminal that started it; then "
                "start it again."
            )
    return ""


def _areas(eye: mss.MSS) -> list[Area]:
    """The whole desktop, and each screen."""
    whole, *screens = (
        Area(each["left"], each["top"], each["width"], each["height"]) for each in eye.monitors
    )
    # An X server that does not know of screens has one.
    return [whole, *(screens or [whole])]


def _main(eye: mss.MSS) -> int:
    named = (at for at, each in enumerate(eye.monitors) if at and each.get("is_primary"))
    return next(named, 1)


def _resolve(address: str, areas: Sequence[Area], main: int) -> Area:
    wanted = address.removeprefix(SCREEN_WORD).removeprefix(":")
    whole, *screens = areas
    if wanted in ("", "all"):
        return whole if wanted else areas[main]
    if part := part_of(address):
        if not whole.holds(part):
            raise SourceError(
                f"The part {wanted} is not on the screen, which is {whole.width} wide and "
                f"{whole.height} high and begins at {whole.left},{whole.top}."
            )
        return part
    number = int(wanted)
    if number > len(screens):
        many = "one screen" if len(screens) == 1 else f"{len(screens)} screens"
        raise SourceError(f"There is no screen {number}: this computer has {many}.")
    return screens[number - 1]


def _grab(eye: mss.MSS, area: Area) -> NDArray[np.uint8]:
    shot = eye.grab(
        {"left": area.left, "top": area.top, "width": area.width, "height": area.height}
    )
    # Not as_bgr: what stands in the place of alpha is mostly 0.
    pixels = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), np.uint8)


def _reason(error: Exception) -> str:
    """The first line of an error, as a part of a sentence."""
    return (str(error).splitlines() or ["unknown error"])[0].strip().rstrip(".")
