"""Values on the command line that several measurements take; the presets that they mean."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from pedcam.detect.pool import load_pool
from pedcam.detect.presets import MAX_SIDE, SIZE_MULTIPLE, Preset, PresetError

ALL = "all"


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


def choose_presets(folder: Path | None, names: Sequence[str]) -> list[Preset]:
    """Return the presets with these names, or every one for ``["all"]``.

    Args:
        folder: Where to look, the usual places by default.
        names: Names, in the order wanted.

    Raises:
        PresetError: There is no such preset, or none at all; or a file in the folder cannot be used
            that one of the names, or "all", may mean.
    """
    pool, errors = load_pool(None if folder is None else [folder])
    known = {preset.name: preset for preset in pool.presets}
    if not known:
        raise PresetError(" ".join(["There is no usable preset.", *map(str, errors)]))
    reasons = " ".join(map(str, errors))
    if list(names) == [ALL]:
        if errors:
            raise PresetError(f"{reasons} Remove that file, or name the presets to measure.")
        return list(known.values())
    for name in names:
        if name not in known:
            raise PresetError(
                " ".join(
                    [f"There is no preset '{name}'. Presets: {', '.join(known)}.", reasons]
                ).strip()
            )
    return [known[name] for name in names]
