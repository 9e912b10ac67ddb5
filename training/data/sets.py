"""The sets that a run trains and validates on, from its settings."""

from __future__ import annotations

import hashlib
import math
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.labels.base import LabelledImage, printable
from pedcam.measure.labels.read import read_labels
from training.config import DataConfig, SetConfig, TrainConfig
from training.data.cache import DataError, ImageCache
from training.mapping import ConfigError
from training.walkers.dataset import RENDERER_VERSION, write_dataset

Report = Callable[[str], None]
MAX_NAMED = 10


@dataclass(frozen=True)
class Prepared:
    """What a run works on.

    Attributes:
        training: Images to train on.
        weights: How often each of them comes up in an epoch.
        validation: Images to measure accuracy on.
        problems: One line per file of which something, or all, was left out.
    """

    training: ImageCache
    weights: NDArray[np.float64]
    validation: ImageCache
    problems: tuple[str, ...]


@dataclass
class _Part:
    purpose: str
    images: list[LabelledImage] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, images: Sequence[LabelledImage], weight: float = 1.0) -> None:
        self.images.extend(images)
        self.weights.extend([weight] * len(images))


def prepare(config: TrainConfig, report: Report) -> Prepared:
    """Read, render and decode everything that a run needs; ``report`` takes lines about it.

    Without a set to validate on, a share of the photographs is held out for it; without any
    photographs to spare, rendered scenes validate.

    Raises:
        ConfigError: A weight or the share to hold out makes no sense.
        DataError: Nothing, or nobody, is there to train or validate on, or the cache folder cannot
            be used.
        LabelError: Labels cannot be read.
    """
    data = config.data
    _check(data)
    training, validation = _Part("training"), _Part("validation")
    for entry in data.train:
        if entry.weight:
            _read(entry, "train", training)
    for entry in data.validate:
        _read(entry, "val", validation)
    if not data.validate:
        _hold_out(training, validation, data)
    _render(data, data.walkers if data.walkers_weight else 0, data.walkers_seed, training, report)
    if not validation.images:
        _render(data, data.validation_walkers, data.walkers_seed + 1, validation, report)
    if not training.images:
        raise DataError(
            "There is nothing to train on: name labels in data.train, or set data.walkers."
        )
    if not validation.images:
        raise DataError(
            "There is nothing to validate on: name labels in data.validate, or set "
            "data.validation_walkers."
        )
    caches = [_decode(part, Path(data.cache), report) for part in (training, validation)]
    weights = np.array(training.weights)[caches[0].kept]
    return Prepared(caches[0], weights, caches[1], (*training.problems, *validation.problems))


def _check(data: DataConfig) -> None:
    weights = {f"data.train.{i}.weight": entry.weight for i, entry in enumerate(data.train)}
    for name, weight in {**weights, "data.walkers_weight": data.walkers_weight}.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise ConfigError(f"'{name}' must not be negative or infinite, not {weight}.")
    if not 0 <= data.holdout < 1:
        raise ConfigError(f"'data.holdout' must be at least 0 and below 1, not {data.holdout}.")


def _read(entry: SetConfig, split: str, part: _Part) -> None:
    found = read_labels(Path(entry.labels), Path(entry.images) if entry.images else None, split)
    part.problems.extend(found.problems)
    if not any(_has_people(image) for image in found.images):
        # Pictures of nobody are good company for others, so this is only remarkable.
        part.problems.append(f"{printable(entry.labels)}: not a single person is labelled")
    part.add(found.images, entry.weight)


def _has_people(image: LabelledImage) -> bool:
    return bool((~image.ignored).any())


def _hold_out(training: _Part, validation: _Part, data: DataConfig) -> None:
    """Move a share of the photographs, at least one, to validation.

    Which ones depends on their names alone: moving or adding to a collection changes little.
    """
    unique = {image.path: _has_people(image) for image in training.images}
    order = sorted(unique, key=lambda path: (_hash(path.name), str(path)))
    if not data.holdout or len(order) < 2:
        return
    count = min(max(1, round(data.holdout * len(order))), len(order) - 1)
    held = order[:count]
    if not any(unique[path] for path in held):
        # Accuracy needs somebody to find, and so does training.
        people = [path for path in order if unique[path]]
        if len(people) < 2:
            return
        held[-1] = people[0]
    chosen = set(held)
    validation.add([image for image in training.images if image.path in chosen])
    kept = [i for i, image in enumerate(training.images) if image.path not in chosen]
    training.images = [training.images[i] for i in kept]
    training.weights = [training.weights[i] for i in kept]


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _render(data: DataConfig, count: int, seed: int, part: _Part, report: Report) -> None:
    if not count:
        return
    folder = Path(data.cache) / f"walkers-v{RENDERER_VERSION}-{seed}-{count}"
    try:
        if not (folder / "walkers.json").exists():
            report(f"rendering {count} street scenes into {folder}")
            _render_into(folder, count, seed, max(1, data.workers))
    except OSError as error:
        raise DataError(
            f"Street scenes cannot be rendered into {folder} ({error.strerror or error}): choose "
            "another folder, e.g. --set data.cache=/somewhere/else."
        ) from error
    found = read_labels(folder / "walkers.json", folder)
    part.problems.extend(found.problems)
    part.add(found.images, data.walkers_weight if part.purpose == "training" else 1.0)


def _render_into(folder: Path, count: int, seed: int, workers: int) -> None:
    # Under a name of its own, since another run may be at it too, and all or nothing.
    draft = folder.with_name(f"{folder.name}.{secrets.token_hex(8)}.tmp")
    try:
        write_dataset(draft, count, seed, workers=workers)
        if not (folder / "walkers.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
        try:
            draft.rename(folder)
        except OSError:
            # The other run was first; its scenes are the same.
            if not (folder / "walkers.json").exists():
                raise
    finally:
        with suppress(OSError):
            shutil.rmtree(draft)


def _decode(part: _Part, folder: Path, report: Report) -> ImageCache:
    cache = ImageCache(part.images, folder, part.purpose)
    part.problems.extend(cache.problems)
    people, ignored = cache.count()
    for line in part.problems[:MAX_NAMED]:
        report(f"{part.purpose}: {line}")
    if len(part.problems) > MAX_NAMED:
        report(f"{part.purpose}: and {len(part.problems) - MAX_NAMED} more")
    if not people:
        raise DataError(
            f"Nobody is labelled in the {_count(len(cache), 'image')} of the {part.purpose} set, "
            f"starting with {printable(part.images[0].path)}: check that the labels belong to "
            "these images and call people 'person', 'people' or 'pedestrian'."
        )
    report(
        f"{part.purpose}: {_count(len(cache), 'image')}, {_count(people, 'person', 'people')} "
        f"({_count(ignored, 'ignored region')}), {_count(len(part.problems), 'problem')}"
    )
    return cache


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
