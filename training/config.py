"""Settings of a training run: YAML and ``--set a.b=c`` into frozen dataclasses."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pedcam.detect.presets import MAX_NAME_LENGTH, MAX_SIDE, MAX_TITLE_LENGTH, SIZE_MULTIPLE
from training.mapping import ConfigError, from_mapping

MAX_CONFIG_BYTES = 1_000_000
# An impossible date or number and too deep a nesting are not reported as YAMLError.
YAML_ERRORS = (yaml.YAMLError, ValueError, RecursionError, OverflowError)
METHODS = {
    "layer-wise": "layer-wise, deepest first",
    "forward": "layer-wise, first layer first",
    "bytes": "layer-wise, least error per byte first",
    "bwn": "BWN, all at once",
    "binaryconnect": "BinaryConnect",
    "dorefa": "DoReFa, 1-bit weights",
    "int8": "int8 after training",
    "float": "float, trained on",
}
"""Ways to binarize, and what people read."""
ORDERS = ("inverse", "forward", "bytes", "list")
DISCREPANCIES = ("output", "weight")
RESTS = ("float", "int8")
PRECISIONS = ("auto", "bf16", "fp16", "float32")
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class NetworkConfig:
    """Widths and depths of the network.

    Attributes:
        stem: Filters at stride 2.
        widths: Filters at strides 4, 8, 16 and 32.
        blocks: Residual blocks (two convolutions each) at those strides.
        neck: Filters of the feature pyramid.
        head: Filters of the score and box towers.
    """

    stem: int = 24
    widths: tuple[int, int, int, int] = (32, 80, 160, 320)
    blocks: tuple[int, int, int, int] = (1, 2, 2, 1)
    neck: int = 96
    head: int = 64


@dataclass(frozen=True)
class LossConfig:
    """Weights of the loss and constants of the assignment.

    Attributes:
        box: Weight of the box loss; the score loss has weight 1.
        candidates: Anchors that learn to find one person.
        score_power: Exponent ``a`` of the score in the alignment.
        iou_power: Exponent ``b`` of the IoU in the alignment.
        quality: Exponent of the IoU in a person's largest target: 1 as in TOOD, 0 for scores that
            only say whether somebody is there.
    """

    box: float = 2.5
    candidates: int = 10
    score_power: float = 1.0
    iou_power: float = 6.0
    quality: float = 0.5


@dataclass(frozen=True)
class AugmentConfig:
    """How far random views stray.

    Attributes:
        log_scale: Range of the log of the scale of a single image, relative to it fitting the view.
        mosaic_log_scale: The same for a part of a mosaic, relative to it covering its region.
        log_aspect: Largest change of the log of the aspect ratio, either way.
        mosaic: Probability that a view is put together from four images.
        flip: Probability of mirroring.
        brightness: Largest change of contrast, and twice that of brightness, as a fraction.
        hue: Largest turn of the hue, in degrees.
        saturation: Largest change of the saturation, as a fraction.
        gray: Probability of a black-and-white view.
        blur: Probability of a blurred view.
        noise: Probability of a noisy view.
        night: Probability of a view as dark as at night.
        rain: Probability of a view with streaks of rain.
        compression: Probability of a view with the marks of strong JPEG compression.
        cutout: Probability of a view with one to three gray or noisy rectangles in front of it.
        min_visible: People with less of their box in view become regions to ignore.
        min_height: People less high than this in view, in pixels, become regions to ignore.
    """

    log_scale: tuple[float, float] = (-0.4, 0.6)
    mosaic_log_scale: tuple[float, float] = (-0.4, 0.6)
    log_aspect: float = 0.3
    mosaic: float = 0.6
    flip: float = 0.5
    brightness: float = 0.35
    hue: float = 12.0
    saturation: float = 0.4
    gray: float = 0.08
    blur: float = 0.1
    noise: float = 0.1
    night: float = 0.05
    rain: float = 0.03
    compression: float = 0.1
    cutout: float = 0.1
    min_visible: float = 0.3
    min_height: float = 8.0


@dataclass(frozen=True)
class SetConfig:
    """One labelled set.

    Attributes:
        labels: COCO json file, YOLO folder or ``data.yaml``, or Pascal VOC folder.
        images: Folder that COCO file names are relative to; the labels' folder when empty.
        weight: How often its images come up, relative to images of a set of weight 1.
    """

    labels: str
    images: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class DataConfig:
    """What to train on.

    Attributes:
        train: Labelled sets of photographs.
        validate: Labelled sets for choosing thresholds and reporting accuracy.
        holdout: Share of the training photographs that validates where ``validate`` names none.
        walkers: Number of rendered street scenes in the training set, beside the photographs.
        walkers_weight: How often they come up, as ``SetConfig.weight``.
        walkers_seed: What they are rendered from; the next number renders those of validation.
        validation_walkers: Number of rendered scenes for validation when there is no other set.
        cache: Folder of the decoded images.
        workers: Processes that prepare views.
    """

    train: tuple[SetConfig, ...] = ()
    validate: tuple[SetConfig, ...] = ()
    holdout: float = 0.1
    walkers: int = 600
    walkers_weight: float = 1.0
    walkers_seed: int = 0
    validation_walkers: int = 60
    cache: str = "runs/cache"
    workers: int = 2


@dataclass(frozen=True)
class PretrainConfig:
    """Training of the float network.

    Attributes:
        start: A ``float.pt`` of an earlier run with the same network: used instead of training.
        initial: A ``float.pt`` of an earlier run to train on from; the network may be larger or
            smaller than its (see ``resize.py``).
        teacher: A YOLOX detector as ONNX whose scores and boxes are learned wherever nobody is
            labelled (see ``network/yolox_teacher.py``).
        teacher_features: Weight of the teacher's features.
        steps: Number of steps; 0 only with ``initial``.
        learning_rate: Peak of the cosine schedule.
        decay: Share of the steps, the last ones, over which the rate falls from its peak; 1 is a
            cosine over all of them. With less, a long run can be branched off and finished at any
            time by a short one that begins with it (``initial``).
        warmup: Steps of linear warm-up.
        plain_steps: Last steps without mosaics.
        ema: Decay of the moving average of the weights.
        validate_every: Steps between two measurements of the average for the log, on
            ``binarize.validate_images``; 0 measures the finished network only.
    """

    start: str = ""
    initial: str = ""
    teacher: str = ""
    teacher_features: float = 2.0
    steps: int = 300
    learning_rate: float = 1e-3
    decay: float = 1.0
    warmup: int = 30
    plain_steps: int = 60
    ema: float = 0.9998
    validate_every: int = 0


@dataclass(frozen=True)
class DistillConfig:
    """Learning from a float network while binarizing; all weights 0 turn it off.

    Attributes:
        score: Weight of the teacher's scores.
        box: Weight of the teacher's boxes.
        feature: Weight of the teacher's pyramid features.
        labels: Weight of the detection loss beside them.
        teacher: A ``float.pt`` of an earlier run to learn from instead, also of another network;
            for ``feature`` its ``neck`` must be as wide.
    """

    score: float = 0.0
    box: float = 0.0
    feature: float = 0.0
    labels: float = 1.0
    teacher: str = ""


@dataclass(frozen=True)
class BinarizeConfig:
    """Binarization; see ``train.py``.

    Attributes:
        order: ``inverse`` (the deepest first), ``forward``, ``bytes`` (least error per
            byte saved first, see ``priority.py``) or ``list``.
        layers: The layers in turn, for the order ``list``.
        discrepancy: What a layer's codes and scales keep near to that of its real weights: its
            ``output`` on training pictures (see ``output_descent.py``), or the ``weight`` itself.
        rest: What the layers that are not binarized are in an exported preset: ``float`` or
            ``int8``.
        descent_steps: Gradient steps of block coordinate descent, until the layer is frozen; for
            the discrepancy ``output``, which needs none, steps of fine-tuning.
        block_steps: Gradient steps between two updates of codes and scales.
        proximity: ``step size * lambda`` at the beginning and the end of the descent.
        free_codes: Whether the codes of binarized layers stay free to change until they are
            exported: such a layer computes with ``alpha sign(W)``, and its real weights go on
            learning by a straight-through gradient. There are no gradient steps of descent then,
            but as many of fine-tuning.
        finetune_steps: Steps of fine-tuning the whole network after the layer is frozen.
        final_steps: More fine-tuning after every depth that is exported.
        frozen_share: Share of the steps before an export, the last ones, in which codes that were
            free are frozen, to the signs of their weights' moving average.
        learning_rate: Peak learning rate of each of these phases; it falls to a twentieth.
        fixed_norm: Whether all of these phases keep the statistics of batch normalization as they
            were measured before, and learn from whole pictures, as the app would see them, instead
            of views. Nothing then moves between training and what is exported.
        norm_rate: How many times as fast as weights everything else learns then: scales and shifts
            of normalization, and the layers that give scores and boxes.
        learn_weights: Whether weights learn in these phases at all.
        calibration_batches: Batches of training pictures, as the app would see them, that batch
            normalization and activation ranges are measured on after a layer is binarized.
        export_batches: The same before an export; the float network keeps its own statistics.
        ema: Decay of the moving average of the weights while fine-tuning in any way; the average is
            what is exported. 0 is none.
        validate_every: Layers between two measurements of accuracy for the log; 0 measures exported
            depths only.
        validate_images: Images that these measurements use.
    """

    order: str = "inverse"
    layers: tuple[str, ...] = ()
    discrepancy: str = "output"
    rest: str = "float"
    descent_steps: int = 8
    block_steps: int = 4
    proximity: tuple[float, float] = (0.01, 0.5)
    free_codes: bool = False
    ema: float = 0.0
    finetune_steps: int = 4
    final_steps: int = 0
    frozen_share: float = 0.3
    learning_rate: float = 3e-4
    fixed_norm: bool = False
    norm_rate: float = 10.0
    learn_weights: bool = True
    calibration_batches: int = 4
    export_batches: int = 64
    validate_every: int = 1
    validate_images: int = 100
    distill: DistillConfig = field(default_factory=DistillConfig)

    def steps(self, exported: bool) -> tuple[int, int]:
        """Return the steps after a layer's turn: before and after free codes are frozen."""
        # Gradient steps of the weights' own descent come before the layer is frozen.
        descended = self.discrepancy == "weight" and not self.free_codes
        steps = self.finetune_steps + (0 if descended else self.descent_steps)
        steps += self.final_steps if exported else 0
        frozen = round(self.frozen_share * steps) if exported and self.free_codes else 0
        return steps - frozen, frozen


@dataclass(frozen=True)
class TrainConfig:
    """Everything that ``train.py`` needs to know.

    Attributes:
        name: Names of the presets begin with it.
        title: What people read.
        seed: Seed of weights, views and order.
        method: How the network is binarized, one of :data:`METHODS`.
        batch: Views per step, of all processes together.
        view: ``(width, height)`` of a training view.
        more_views: Further sizes of views. Every batch has one size, drawn from all of them at
            equal odds.
        input_size: ``(width, height)`` the presets run at by default.
        depths: Depths to export; empty means float, a half and full, unless ``ratios`` are given.
        ratios: Compression ratios (codes only) to export at, each at the first depth that reaches
            it; float is exported too.
        precision: ``bf16``, ``fp16``, ``float32``, or ``auto``: bf16 where the processor has
            instructions for it, otherwise fp16 on GPUs and float32 on CPUs.
        threads: Threads of torch on the processor; 0 is its own number, less the processors that
            are busy when the run starts. A resumed run has as many as before.
        weight_decay: Decay of real weights.
        max_grad_norm: Largest norm of the gradient.
        fppi: False alarms per validation image at a preset's default threshold.
        checkpoint_steps: Steps between two checkpoints.
        tensorboard: Whether to write TensorBoard files beside the log.
    """

    name: str = "walkers"
    title: str = "Walkers"
    seed: int = 0
    method: str = "layer-wise"
    batch: int = 8
    view: tuple[int, int] = (320, 192)
    more_views: tuple[tuple[int, int], ...] = ()
    input_size: tuple[int, int] = (640, 384)
    depths: tuple[int, ...] = ()
    ratios: tuple[float, ...] = ()
    precision: str = "auto"
    threads: int = 0
    weight_decay: float = 0.02
    max_grad_norm: float = 10.0
    fppi: float = 0.3
    checkpoint_steps: int = 200
    tensorboard: bool = True
    network: NetworkConfig = field(default_factory=NetworkConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    data: DataConfig = field(default_factory=DataConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    binarize: BinarizeConfig = field(default_factory=BinarizeConfig)

    @property
    def order(self) -> str:
        """The order of the layers; two methods are nothing but an order."""
        return self.method if self.method in ("forward", "bytes") else self.binarize.order


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
    sizes = [("view", config.view), ("input_size", config.input_size)]
    for name, size in sizes + [("more_views", size) for size in config.more_views]:
        if any(side % SIZE_MULTIPLE or not 0 < side <= MAX_SIDE for side in size):
            raise ConfigError(
                f"'{name}' must be a width and a height in multiples of {SIZE_MULTIPLE} up to "
                f"{MAX_SIDE}, not {list(size)}."
            )
    # In gradient steps, while codes are free to follow; else a run may do without any.
    descends = binarize.discrepancy == "weight" and not binarize.free_codes
    descends &= config.method in ("layer-wise", *ORDERS)
    counts = {
        "batch": config.batch,
        "checkpoint_steps": config.checkpoint_steps,
        # None: what was learned earlier is binarized as it is.
        "pretrain.steps": 1 if float_part.initial else float_part.steps,
        "binarize.descent_steps": binarize.descent_steps if descends else 1,
        "binarize.block_steps": binarize.block_steps,
        "binarize.calibration_batches": binarize.calibration_batches,
        "binarize.export_batches": binarize.export_batches,
        "network": min(network.stem, *network.widths, network.neck, network.head),
        "loss.candidates": config.loss.candidates,
    }
    for name, count in counts.items():
        if count < 1:
            raise ConfigError(f"'{name}' must be at least 1, not {count}.")
    for name, count in {
        "seed": config.seed,
        "threads": config.threads,
        "data.walkers": config.data.walkers,
        "data.validation_walkers": config.data.validation_walkers,
        "data.workers": config.data.workers,
        "network.blocks": min(network.blocks),
        "binarize.validate_every": binarize.validate_every,
        "binarize.validate_images": binarize.validate_images,
        "binarize.descent_steps": binarize.descent_steps,
        "binarize.finetune_steps": binarize.finetune_steps,
        "binarize.final_steps": binarize.final_steps,
        "pretrain.steps": float_part.steps,
        "pretrain.warmup": float_part.warmup,
        "pretrain.plain_steps": float_part.plain_steps,
        "pretrain.validate_every": float_part.validate_every,
    }.items():
        if count < 0:
            raise ConfigError(f"'{name}' must not be negative, not {count}.")
    for name, text, allowed in (
        ("method", config.method, tuple(METHODS)),
        ("precision", config.precision, PRECISIONS),
        ("binarize.order", binarize.order, ORDERS),
        ("binarize.discrepancy", binarize.discrepancy, DISCREPANCIES),
        ("binarize.rest", binarize.rest, RESTS),
    ):
        if text not in allowed:
            raise ConfigError(f"'{name}' must be one of {', '.join(allowed)}, not {text!r}.")
    for name, decay in (("pretrain.ema", float_part.ema), ("binarize.ema", binarize.ema)):
        if not 0 <= decay < 1:
            raise ConfigError(f"'{name}' must be at least 0 and below 1, not {decay}.")
    if not 0 <= binarize.frozen_share < 1:
        raise ConfigError(
            f"'binarize.frozen_share' must be at least 0 and below 1, not {binarize.frozen_share}."
        )
    if binarize.fixed_norm and config.method not in ("layer-wise", "forward", "bytes"):
        raise ConfigError(
            "'binarize.fixed_norm' is for layers that are binarized in turn, not for the method "
            f"{config.method!r}, which measures normalization's statistics while it trains."
        )
    if not 0 < float_part.decay <= 1:
        raise ConfigError(
            f"'pretrain.decay' must be above 0 and at most 1, not {float_part.decay}."
        )
    if float_part.start and float_part.initial:
        raise ConfigError(
            "'pretrain.start' is used as it is and 'pretrain.initial' trained on: give one of them."
        )
    if config.depths and config.ratios:
        raise ConfigError("Give either 'depths' or 'ratios', not both.")
    for name, value in {
        "pretrain.learning_rate": float_part.learning_rate,
        "binarize.learning_rate": binarize.learning_rate,
        "binarize.norm_rate": binarize.norm_rate,
        "binarize.proximity": min(binarize.proximity),
        "ratios": min(config.ratios, default=1.0),
        "max_grad_norm": config.max_grad_norm,
    }.items():
        if not (math.isfinite(value) and value > 0):
            raise ConfigError(f"'{name}' must be a positive number, not {value}.")


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
