"""Training configuration: YAML and ``--set a.b=c`` into frozen dataclasses."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pedcam.detect.presets import MAX_NAME_LENGTH, MAX_SIDE, MAX_TITLE_LENGTH, SIZE_MULTIPLE
from pedcam.errors import UserError
from training.augment import AugmentConfig
from training.layout import NetworkConfig
from training.loss import LossConfig

T = TypeVar("T")
MAX_CONFIG_BYTES = 1_000_000
# An impossible date or number and too deep a nesting are not reported as YAMLError.
YAML_ERRORS = (yaml.YAMLError, ValueError, RecursionError, OverflowError)
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ConfigError(UserError):
    """A configuration that cannot be used; the message names the key and what it should be."""


@dataclass(frozen=True)
class SetConfig:
    """One labelled set.

    Attributes:
        labels: COCO json file.
        images: Folder that its file names are relative to.
        repeat: How often its images come up, relative to the other sets.
    """

    labels: str
    images: str
    repeat: int = 1


@dataclass(frozen=True)
class DataConfig:
    """What to train on.

    Attributes:
        train: Labelled sets of photographs.
        validate: Labelled sets for choosing thresholds and reporting accuracy.
        walkers: Number of rendered street scenes in the training set, beside the photographs.
        validation_walkers: Number of rendered scenes for validation when there is no other set.
        cache: Folder of the decoded images.
        workers: Processes that prepare views.
    """

    train: tuple[SetConfig, ...] = ()
    validate: tuple[SetConfig, ...] = ()
    walkers: int = 600
    validation_walkers: int = 60
    cache: str = "runs/cache"
    workers: int = 2


@dataclass(frozen=True)
class FloatConfig:
    """Training of the float network.

    Attributes:
        steps: Number of steps.
        learning_rate: Peak learning rate of AdamW.
        warmup: Steps of linear warm-up.
        plain_steps: Last steps, which see no mosaics.
        ema: Largest decay of the moving average of the weights.
    """

    steps: int = 300
    learning_rate: float = 1e-3
    warmup: int = 30
    plain_steps: int = 60
    ema: float = 0.9998


@dataclass(frozen=True)
class BinarizeConfig:
    """Binarization of one layer; see ``binarize.py``.

    Attributes:
        approach_steps: Gradient steps of block coordinate descent, until the layer is frozen.
        block_steps: Gradient steps between two updates of codes and scales.
        proximity: ``step size * lambda`` at the beginning and the end of the approach.
        finetune_steps: Steps of fine-tuning the whole network after the layer is frozen.
        final_steps: More fine-tuning after every depth that is exported.
        learning_rate: Peak learning rate of each of these spans; it falls to a twentieth.
        calibration_batches: Batches that activation ranges are observed on.
    """

    approach_steps: int = 8
    block_steps: int = 4
    proximity: tuple[float, float] = (0.01, 0.5)
    finetune_steps: int = 4
    final_steps: int = 0
    learning_rate: float = 3e-4
    calibration_batches: int = 4


@dataclass(frozen=True)
class TrainConfig:
    """Everything that ``train.py`` needs to know.

    Attributes:
        name: Names of the presets begin with it.
        title: What people read.
        seed: Seed of weights, views and order.
        batch: Views per step.
        view: ``(width, height)`` of a training view.
        input_size: ``(width, height)`` the presets run at by default.
        depths: Depths to export; empty means float, a third, two thirds and full.
        weight_decay: Decay of real weights.
        clip: Largest norm of the gradient.
        false_alarms: False alarms per validation image at a preset's default threshold.
        checkpoint_steps: Steps between two checkpoints.
    """

    name: str = "walkers"
    title: str = "Walkers"
    seed: int = 0
    batch: int = 8
    view: tuple[int, int] = (320, 192)
    input_size: tuple[int, int] = (640, 384)
    depths: tuple[int, ...] = ()
    weight_decay: float = 0.02
    clip: float = 10.0
    false_alarms: float = 0.3
    checkpoint_steps: int = 200
    network: NetworkConfig = field(default_factory=NetworkConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    data: DataConfig = field(default_factory=DataConfig)
    pretrain: FloatConfig = field(default_factory=FloatConfig)
    binarize: BinarizeConfig = field(default_factory=BinarizeConfig)


def load_config(path: Path | None, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read a YAML file and apply ``a.b=c`` overrides.

    Args:
        path: The file, or ``None`` for the defaults.
        overrides: Assignments; values are YAML.

    Raises:
        ConfigError: The file cannot be read, or a key or value makes no sense.
    """
    document: dict[str, Any] = {}
    if path is not None:
        try:
            if path.stat().st_size > MAX_CONFIG_BYTES:
                raise ConfigError(f"{path} is larger than a configuration can be.")
            loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}.") from error
        except YAML_ERRORS as error:
            raise ConfigError(f"{path} is not YAML: {error}") from error
        if loaded is not None and not isinstance(loaded, dict):
            raise ConfigError(f"{path} must hold 'key: value' lines.")
        document = loaded or {}
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise ConfigError(f"'--set {override}' must look like key=value.")
        try:
            value = yaml.safe_load(text)
        except YAML_ERRORS as error:
            raise ConfigError(f"'--set {override}': the value is not YAML.") from error
        *parents, last = key.split(".")
        place = document
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise ConfigError(f"'--set {override}': '{parent}' is not a group of keys.")
        place[last] = value
    config = from_mapping(TrainConfig, document)
    check(config)
    return config


def check(config: TrainConfig) -> None:
    """Check that a run with these settings could come to its end.

    Raises:
        ConfigError: Names the setting and what it should be.
    """
    float_part, binarize, network = config.pretrain, config.binarize, config.network
    if not NAME_PATTERN.fullmatch(config.name) or len(config.name) > MAX_NAME_LENGTH - 8:
        raise ConfigError(
            f"'name' must be up to {MAX_NAME_LENGTH - 8} letters, digits, dots, dashes and "
            f"underscores, not {config.name!r}."
        )
    # The depth is added to the title.
    if not config.title.strip() or len(config.title) > MAX_TITLE_LENGTH - 50:
        raise ConfigError(f"'title' must be a text of up to {MAX_TITLE_LENGTH - 50} characters.")
    for name, size in (("view", config.view), ("input_size", config.input_size)):
        if any(side % SIZE_MULTIPLE or not 0 < side <= MAX_SIDE for side in size):
            raise ConfigError(
                f"'{name}' must be a width and a height in multiples of {SIZE_MULTIPLE} up to "
                f"{MAX_SIDE}, not {list(size)}."
            )
    counts = {
        "batch": config.batch,
        "checkpoint_steps": config.checkpoint_steps,
        "pretrain.steps": float_part.steps,
        "binarize.approach_steps": binarize.approach_steps,
        "binarize.block_steps": binarize.block_steps,
        "binarize.finetune_steps": binarize.finetune_steps,
        "binarize.calibration_batches": binarize.calibration_batches,
        "network": min(network.stem, *network.widths, network.neck, network.head),
        "data.train.repeat": min((entry.repeat for entry in config.data.train), default=1),
        "loss.candidates": config.loss.candidates,
    }
    for name, count in counts.items():
        if count < 1:
            raise ConfigError(f"'{name}' must be at least 1, not {count}.")
    for name, count in {
        "seed": config.seed,
        "data.walkers": config.data.walkers,
        "data.validation_walkers": config.data.validation_walkers,
        "data.workers": config.data.workers,
        "network.blocks": min(network.blocks),
        "binarize.final_steps": binarize.final_steps,
        "pretrain.warmup": float_part.warmup,
        "pretrain.plain_steps": float_part.plain_steps,
    }.items():
        if count < 0:
            raise ConfigError(f"'{name}' must not be negative, not {count}.")
    for name, value in {
        "pretrain.learning_rate": float_part.learning_rate,
        "binarize.learning_rate": binarize.learning_rate,
        "binarize.proximity": min(binarize.proximity),
        "clip": config.clip,
    }.items():
        if not (math.isfinite(value) and value > 0):
            raise ConfigError(f"'{name}' must be a positive number, not {value}.")


def from_mapping(kind: type[T], document: dict[str, Any], where: str = "") -> T:
    """Make a dataclass from a mapping, checking keys and types all the way down.

    Raises:
        ConfigError: Names the key, what it should be, and the nearest right key.
    """
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in document.items():
        if key not in hints:
            near = difflib.get_close_matches(str(key), hints, n=1, cutoff=0.0)
            raise ConfigError(f"Unknown key '{where}{key}': did you mean '{where}{near[0]}'?")
        values[key] = _convert(hints[key], value, f"{where}{key}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f"'{where.rstrip('.')}': {error}.") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise ConfigError(f"'{where}' must be a group of keys.")
        return from_mapping(typing.cast(type[Any], hint), value, f"{where}.")
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"'{where}' must be a list.")
        kinds = typing.get_args(hint)
        if kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(value)
        if len(kinds) != len(value):
            raise ConfigError(f"'{where}' must have {len(kinds)} entries, not {len(value)}.")
        return tuple(
            _convert(kind, item, f"{where}.{index}")
            for index, (kind, item) in enumerate(zip(kinds, value, strict=True))
        )
    assert not isinstance(hint, types.UnionType)
    # YAML 1.1 reads 1e-3 as a text.
    if hint is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError) as error:
            raise ConfigError(f"'{where}' must be a number, not {value!r}.") from error
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ConfigError(f"'{where}' must be of type {hint.__name__}, not {value!r}.")
    return value
