"""What a teacher, one or more detectors, finds in pictures."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedcam import bundled
from pedcam.detect.detector import Detector
from pedcam.detect.presets import SIZE_MULTIPLE, Preset, PresetError, find_presets, read_preset
from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.measure.accuracy.rivals import RIVAL_FORMATS, Rival, RivalError, formats_for
from pedcam.measure.accuracy.summary import Finder
from pedcam.measure.labels.base import LabelError
from pedcam.measure.labels.image_files import read_image
from pedcam.measure.options import with_progress
from training.tools.suspects import Boxes, fuse

Size = tuple[int, int]
Picture = NDArray[np.uint8]
Detections = dict[str, list[list[float]]]
"""By picture ``[x, y, width, height, score]``, in widths and heights of the picture."""

LOWEST_SCORE = 0.05
LARGER = 1.5  # the second input size, in units of the first
SAVE_EVERY = 300  # pictures
CACHE_FORMAT = 1  # to be raised when boxes are found or fused in another way


def load_teachers(
    files: Sequence[Path], forms: Sequence[str], threads: int | None = None
) -> dict[str, Finder]:
    """Prepare detectors, at their own input size and, where the file allows it, at a larger one.

    Args:
        files: Presets, or other people's detectors; by default the most accurate shipped preset.
        forms: How the others were exported, one for each or one for all; see :class:`Rival`.
        threads: Threads of ONNX Runtime; all cores by default.

    Returns:
        Detectors; their names differ where what they find may differ.

    Raises:
        UserError: One cannot be used.
    """
    chosen: list[tuple[Path, Preset | None]] = []
    for path in files or [_most_accurate()]:
        try:
            chosen.append((path, read_preset(path)))
        except PresetError as error:
            if not forms:
                hint = f"For another detector add --format {' or '.join(RIVAL_FORMATS)}."
                raise UserError(f"{error} {hint}") from error
            chosen.append((path, None))
    others = sum(preset is None for _, preset in chosen)
    given = iter(formats_for(others, forms, "--teacher that is not a preset"))
    teachers: dict[str, Finder] = {}
    for path, preset in chosen:
        form = "" if preset else next(given)
        name = f"{path.name} {form}".strip()
        for finder in _at_two_sizes(preset or path, form, threads):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            teachers["{} {}x{} {}".format(name, *finder.input_size, content)] = finder
    return teachers


def _most_accurate() -> Path:
    presets, _ = find_presets([bundled.models_folder()])
    if not presets:
        raise UserError("This pedcam came without presets. Name a detector with --teacher.")

    def mean_ap50(preset: Preset) -> float:
        return statistics.fmean([row.get("ap50") or 0.0 for row in preset.info.evaluation] or [0.0])

    return max(presets, key=mean_ap50).path


def _at_two_sizes(file: Preset | Path, form: str, threads: int | None) -> list[Finder]:
    def prepare(size: Size | None) -> Finder:
        if isinstance(file, Preset):
            return Detector(file, input_size=size, threads=threads)
        return Rival(file, form, input_size=size, threads=threads)

    own = prepare(None)
    width, height = (
        round(LARGER * side / SIZE_MULTIPLE) * SIZE_MULTIPLE for side in own.input_size
    )
    try:
        return [own, prepare((width, height))]
    except (RivalError, ValueError):  # made for its own size only, or that is too large
        return [own]


def find_people(finders: Sequence[Finder], picture: Picture) -> Boxes:
    """Find people with every detector, in a picture and in its mirror image, and fuse the boxes.

    Returns:
        ``[n, 5]``, x1 y1 x2 y2 score, best first.
    """
    runs = []
    for finder in finders:
        for view in (picture, np.ascontiguousarray(picture[:, ::-1])):
            found = finder.detect(view, LOWEST_SCORE)
            boxes = np.array(found.xyxy, np.float32)
            if view is not picture:
                boxes[:, [0, 2]] = picture.shape[1] - boxes[:, [2, 0]]
            runs.append(np.c_[boxes, np.asarray(found.confidence, np.float32)])
    return fuse(runs)


def detect(pictures: Mapping[str, Path], finders: Mapping[str, Finder], cache: Path) -> Detections:
    """Find people in pictures, or reuse what the same teachers found in the same pictures.

    What was found is kept every :data:`SAVE_EVERY` pictures, and when this is interrupted.

    Args:
        pictures: Files by name.
        finders: Detectors; their names differ where what they find may differ.
        cache: The file to keep what was found in.

    Returns:
        What was found; pictures that cannot be decoded are not in it.

    Raises:
        OSError: A picture is gone, or the cache cannot be written.
    """
    listed = [(name, path.stat().st_size) for name, path in pictures.items()]
    about = json.dumps([CACHE_FORMAT, *finders, listed]).encode("utf-8", "surrogatepass")
    key = hashlib.sha256(about).hexdigest()
    found = _read_cache(cache, key)
    todo = [name for name in pictures if name not in found]

    def save() -> None:
        write_atomically(cache, json.dumps({"key": key, "pictures": found}).encode())

    try:
        for name in with_progress(todo, "detecting"):
            try:
                picture = read_image(pictures[name])
            except LabelError:
                continue
            boxes = find_people(list(finders.values()), picture)
            boxes[:, 2:4] -= boxes[:, :2]
            boxes[:, :4] /= np.tile(picture.shape[1::-1], 2)
            found[name] = [[round(float(value), 5) for value in box] for box in boxes]
            if len(found) % SAVE_EVERY == 0:
                save()
    finally:
        if todo:
            save()
    return found


def _read_cache(path: Path, key: str) -> Detections:
    try:
        kept = json.loads(path.read_bytes())
        return dict(kept["pictures"]) if kept["key"] == key else {}
    except (OSError, ValueError, TypeError, KeyError):  # there is none, or it is not whole
        return {}


def in_pixels(boxes: list[list[float]], size: Size) -> Boxes:
    """Return boxes ``[n, 5]``, x1 y1 x2 y2 score, best first, cut to a picture of ``size``."""
    table = np.array(boxes, np.float32).reshape(-1, 5)
    table[:, 2:4] += table[:, :2]
    table[:, :4] = np.clip(table[:, :4], 0, 1) * np.tile(size, 2)
    table = table[(table[:, 2:4] > table[:, :2]).all(1)]
    return table[np.argsort(-table[:, 4], kind="stable")]
