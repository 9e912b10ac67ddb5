"""Adding presets to the app's menu: copies in the user's models folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pedcam.detect.library import copy_file
from pedcam.detect.pool import user_models_folder


def install_presets(
    presets: Iterable[Path], *, overwrite: bool, report: Callable[[str], None]
) -> None:
    """Copy presets to where the app looks for the user's own.

    Args:
        presets: Preset files.
        overwrite: Whether a file of the same name is replaced; otherwise it stays, and a line says
            so.
        report: Takes lines about what was done.

    Raises:
        OSError: The folder cannot be written to.
    """
    folder = user_models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    added = 0
    for path in presets:
        target = folder / path.name
        if target.exists() and not overwrite:
            report(f"{target} is there already and stays: --overwrite replaces it")
            continue
        copy_file(path, target)
        added += 1
    if added:
        report(f"{added} presets added to {folder}: pedcam --demo has them in its menu")
