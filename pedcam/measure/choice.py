"""Which presets a measurement is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pedcam.detect.pool import load_pool
from pedcam.detect.presets import Preset, PresetError

ALL = "all"


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
