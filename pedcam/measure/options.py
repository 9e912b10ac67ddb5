"""Values on the command line that several measurements take."""

from __future__ import annotations

import argparse
import re

from pedcam.detect.presets import MAX_SIDE, SIZE_MULTIPLE


def size_option(text: str) -> tuple[int, int]:
    """Return ``(width, height)`` of a network's input from a text like ``640x384``.

    Raises:
        argparse.ArgumentTypeError: It is no size that a preset can have.
    """
    matched = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text, re.ASCII)
    if not matched:
        raise argparse.ArgumentTypeError(f"'{text}' is not WIDTHxHEIGHT, such as 640x384")
    width, height = int(matched[1]), int(matched[2])
    if any(side % SIZE_MULTIPLE or not 0 < side <= MAX_SIDE for side in (width, height)):
        raise argparse.ArgumentTypeError(
            f"'{text}': both sides must be multiples of {SIZE_MULTIPLE} up to {MAX_SIDE}"
        )
    return width, height


def positive_option(text: str) -> int:
    """Return a whole number of 1 or more.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)
