"""The preset files on the disk: which are the user's own, and adding to them."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from enum import Enum
from pathlib import Path

from pedcam import bundled
from pedcam.detect.pool import user_models_folder
from pedcam.detect.presets import Preset, PresetError, read_preset
from pedcam.files import replacing


class Origin(Enum):
    """Where a preset's file came from."""

    BUNDLED = "bundled"
    USER = "user"
    ELSEWHERE = "elsewhere"


def origin(preset: Preset) -> Origin:
    """Whether a preset came with pedcam, is the user's own, or lies in some other folder."""
    folder = preset.path.resolve().parent
    if folder == user_models_folder().resolve():
        return Origin.USER
    try:
        return Origin.BUNDLED if folder == bundled.models_folder().resolve() else Origin.ELSEWHERE
    except FileNotFoundError:
        return Origin.ELSEWHERE


def import_preset(path: Path, folder: Path | None = None, *, taken: Collection[str] = ()) -> Preset:
    """Copy a preset into the user's models folder, from where pedcam takes it at every start.

    A file that lies in the folder already stays as it is. ``taken`` are the names of presets that
    exist already, wherever their files are.

    Raises:
        PresetError: The file is no preset, or there is one of that name already.
    """
    folder = folder or user_models_folder()
    preset = read_preset(path)
    if preset.name in taken:
        raise PresetError(f"There is a preset named “{preset.name}” already; {path} was not added.")
    target = folder / f"{_file_name(preset)}.onnx"
    if path.resolve().parent == folder.resolve():
        return preset
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if target.read_bytes() == path.read_bytes():
                return read_preset(target)
            raise PresetError(
                f"{target} is there already and differs from {path}. Remove that preset first, or "
                "train yours under another name."
            )
        copy_file(path, target)
    except OSError as error:
        raise PresetError(
            f"Preset {path} cannot be copied into {folder}: {error.strerror}."
        ) from error
    return read_preset(target)


def copy_file(path: Path, target: Path) -> None:
    """Copy a file so that the copy is complete or not there at all, or raise OSError."""
    with replacing(target) as unfinished:
        shutil.copyfile(path, unfinished)


def _file_name(preset: Preset) -> str:
    # A name comes from a stranger's file and must not lead out of the folder.
    kept = "".join(c if c.isalnum() or c in "._-" else "_" for c in preset.name)
    return kept.lstrip(".") or "preset"
