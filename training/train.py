"""Train a pedestrian detector, binarize it layer by layer, export presets at any depth.

    python training/train.py                                        # rendered street scenes only
    python training/train.py --config training/configs/pedestrians.yaml --output runs/a
    python training/train.py --output runs/a --resume               # go on after an interruption

The run is a list of spans (``schedule.py``): the float network, then the layers in turn, the
deepest first. Everything a run needs to go on is in ``checkpoint.pt``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

# `python training/train.py` puts this folder on the path, the packages are one above.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from pedcam.detect.presets import PresetInfo
from pedcam.errors import UserError
from pedcam.measure.labels import LabelledImage, read_coco
from training.binarize import (
    codes_and_scales,
    inverse_depth_order,
    proximal_step,
    proximity,
    reconstruction_error,
)
from training.cache import ImageCache
from training.config import ConfigError, SetConfig, TrainConfig, from_mapping, load_config
from training.data import Batch, FittedViews, RandomViews, batches
from training.evaluation import evaluate
from training.export import export_preset, training_record
from training.loss import detection_loss
from training.network import PedestrianNet
from training.schedule import Span, learning_rate, plan, title_of_depth
from training.walkers import write_dataset

CHECKPOINT = "checkpoint.pt"
CHECKPOINT_KEYS = frozenset(
    ("net", "binarized", "optimizer", "average", "step", "target", "presets", "config")
)
DEFAULT_CONFIG = Path(__file__).with_name("configs") / "walkers.yaml"
MIN_ALPHA = 1e-6


def load_images(sets: tuple[SetConfig, ...]) -> list[LabelledImage]:
    """Read all sets, repeated as configured."""
    return [
        image
        for entry in sets
        for image in read_coco(Path(entry.labels), Path(entry.images)) * entry.repeat
    ]


def walker_set(config: TrainConfig, count: int, seed: int) -> tuple[SetConfig, ...]:
    """Render street scenes into the cache folder, once."""
    if not count:
        return ()
    folder = Path(config.data.cache) / f"walkers-{seed}-{count}"
    if not (folder / "walkers.json").exists():
        report(f"rendering {count} street scenes into {folder}")
        write_dataset(folder, count, seed, workers=max(1, config.data.workers))
    return (SetConfig(str(folder / "walkers.json"), str(folder)),)


def make_optimizer(net: PedestrianNet, weight_decay: float) -> torch.optim.AdamW:
    """AdamW that decays real weights only: codes are frozen, the rest are scales and offsets."""
    decayed = [p for name, p in net.named_parameters() if name.endswith(".weight") and p.ndim == 4]
    kept = [
        p for name, p in net.named_parameters() if not (name.endswith(".weight") and p.ndim == 4)
    ]
    groups = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": kept, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0)


def make_average(net: PedestrianNet, decay: float) -> AveragedModel:
    """Moving average of the weights, which counts from the start of a short run too."""

    def average(old: list[Tensor], new: list[Tensor], count: Tensor | int) -> None:
        now = min(decay, (1 + float(count)) / (10 + float(count)))
        if old[0].is_floating_point():
            torch._foreach_lerp_(old, new, 1 - now)
        else:
            torch._foreach_copy_(old, new)

    return AveragedModel(net, multi_avg_fn=torch.no_grad()(average), use_buffers=True)


def save_atomically(value: Any, path: Path) -> None:
    """Write a checkpoint so that an interruption leaves the previous one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        torch.save(value, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(path: Path, device: torch.device | str) -> dict[str, Any]:
    """Read a checkpoint, without executing anything in it.

    Raises:
        ConfigError: The file is damaged or no checkpoint of this script.
    """
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        missing = CHECKPOINT_KEYS - set(state)
    # What goes wrong while unpacking somebody's file has no base class of its own.
    except Exception as error:
        raise ConfigError(f"Checkpoint {path} is damaged: train again with --overwrite.") from error
    if missing or not isinstance(state["config"], dict):
        raise ConfigError(f"{path} is not a checkpoint of train.py.")
    checkpoint: dict[str, Any] = state
    return checkpoint


def report(text: str) -> None:
    """Print a line of progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def graceful_stop() -> Iterator[threading.Event]:
    """Turn Ctrl-C and kill into an event, so that a run can complete the step it is in.

    A second Ctrl-C stops at once.
    """
    stopping = threading.Event()

    def ask(*_: object) -> None:
        stopping.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(
    config: TrainConfig,
    output: Path,
    *,
    resume: bool = False,
    minutes: float | None = None,
    stopping: threading.Event | None = None,
) -> list[Path]:
    """Train, binarize and export.

    Args:
        config: Everything to know.
        output: Folder for the checkpoint, the log and the presets.
        resume: Whether to go on from the checkpoint there.
        minutes: Stop with a checkpoint after this time.
        stopping: Stop with a checkpoint, and :class:`KeyboardInterrupt`, once this is set.

    Returns:
        The presets written so far.

    Raises:
        DataError: The data cannot be used.
        ConfigError: The configuration cannot be used.
        FloatingPointError: The loss became infinite or NaN.
    """
    stopping = stopping or threading.Event()
    deadline = math.inf if minutes is None else time.monotonic() + 60 * minutes
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    output.mkdir(parents=True, exist_ok=True)
    cache = Path(config.data.cache)

    net = PedestrianNet(config.network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    order = inverse_depth_order(net)
    spans = plan(config, order)
    train_sets = config.data.train + walker_set(config, config.data.walkers, config.seed)
    validation_sets = config.data.validate or walker_set(
        config, config.data.validation_walkers, config.seed + 1
    )
    images = ImageCache(load_images(train_sets), cache, "training")
    validation_images = ImageCache(load_images(validation_sets), cache, "validation")
    validation = FittedViews(validation_images, config.input_size)
    unreadable = [*images.unreadable, *validation_images.unreadable]
    for path in unreadable[:10]:
        report(f"left out, cannot be read: {path}")
    if len(unreadable) > 10:
        report(f"left out, cannot be read: {len(unreadable) - 10} more")

    optimizer = make_optimizer(net, config.weight_decay)
    average = make_average(net, config.pretrain.ema)
    views = RandomViews(
        images,
        config.view,
        config.augment,
        config.seed,
        plain_from=(config.pretrain.steps - config.pretrain.plain_steps) * config.batch,
    )
    step, target, presets = 0, None, []
    if resume:
        state = load_checkpoint(output / CHECKPOINT, device)
        try:
            net.load_state_dict(state["net"])
            net.restore_binarized(state["binarized"])
            optimizer.load_state_dict(state["optimizer"])
            if state["average"] is not None:
                average.load_state_dict(state["average"])
            step, target = int(state["step"]), state["target"]
            presets = [Path(name) for name in state["presets"]]
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"Checkpoint {output / CHECKPOINT} does not fit this network: train again with "
                "--overwrite."
            ) from error
    else:
        (output / "log.jsonl").unlink(missing_ok=True)
    total = spans[-1].start + spans[-1].steps
    report(
        f"{len(images)} images, {len(order)} layers to binarize, {total} steps on {device}, "
        f"from step {step}"
    )

    def save() -> None:
        in_float = step < spans[0].steps
        save_atomically(
            {
                "net": net.state_dict(),
                "binarized": net.binarized(),
                "optimizer": optimizer.state_dict(),
                "average": average.state_dict() if in_float else None,
                "step": step,
                "target": target,
                "presets": [str(path) for path in presets],
                "config": asdict(config),
            },
            output / CHECKPOINT,
        )

    def log(**row: Any) -> None:
        with (output / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def calibration() -> Iterator[Tensor]:
        # From views of their own, the same after every resumption.
        first = 2**31 // config.batch
        count = config.binarize.calibration_batches
        for batch in batches(views, first, first + count, config.batch, 0):
            yield batch.images.to(device).to(memory_format=torch.channels_last) / 255

    def finish(span: Span) -> None:
        """What happens once a span's last step is taken."""
        nonlocal target
        if span.kind == "float":
            net.load_state_dict(average.module.state_dict())
            net.observe(calibration())
        elif span.kind == "approach":
            layer = net.conv(span.layer)
            codes, alpha = codes_and_scales(layer.weight)
            error = reconstruction_error(layer.weight, codes, alpha)
            layer.freeze_codes(codes, alpha)
            net.update_integer()
            net.observe(calibration())
            target = None
            log(step=step, layer=span.layer, depth=span.depth, reconstruction_error=error)
        if span.export:
            if span.depth:
                net.observe(calibration())
            accuracy = evaluate(
                net, validation, config.false_alarms, config.batch, config.data.workers
            )
            info = PresetInfo(
                name=f"{config.name}-{span.depth:02d}",
                title=f"{config.title}, {title_of_depth(span.depth, len(order))}",
                depth=0,
                depth_limit=0,
                layers=(),
                input_size=config.input_size,
                score_threshold=round(accuracy.threshold, 3),
                ratio_codes=1.0,
                ratio_file=1.0,
                evaluation=(
                    {"data": "validation", "images": accuracy.images, "ap50": accuracy.ap50},
                ),
                training=training_record(asdict(config)),
                created=datetime.date.today().isoformat(),
            )
            preset = export_preset(net, output / "presets" / f"{info.name}.onnx", info)
            presets.append(preset.path)
            log(step=step, depth=span.depth, ap50=accuracy.ap50, threshold=accuracy.threshold,
                file_bytes=preset.file_bytes)  # fmt: skip
            report(
                f"{preset.path.name}: AP50 {100 * accuracy.ap50:.1f} on {accuracy.images} "
                f"validation images, {preset.file_bytes / 1000:.0f} kB "
                f"({preset.info.ratio_file:.1f}x smaller)"
            )

    stream = iter(
        batches(views, step, total, config.batch, config.data.workers, pin=device.type == "cuda")
    )
    began, began_step, reported = time.monotonic(), step, time.monotonic()
    net.train()
    for span in spans:
        if span.start + span.steps <= step:
            continue
        layer = net.conv(span.layer) if span.kind == "approach" else None
        while step < span.start + span.steps:
            here = step - span.start
            batch: Batch = next(stream).to(device)
            pictures = batch.images.to(memory_format=torch.channels_last).float() / 255
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(config, span, here)
            if layer is not None and here % config.binarize.block_steps == 0:
                target = codes_and_scales(layer.weight)
            with torch.autocast(device.type, torch.bfloat16):
                logits, logs = net(pictures)
            height, width = pictures.shape[2:]
            loss = detection_loss(
                logits, logs, batch.boxes, batch.kinds, (height, width), config.loss
            )
            optimizer.zero_grad(set_to_none=True)
            loss.total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), config.clip)
            optimizer.step()
            if layer is not None and target is not None:
                strength = proximity((here + 1) / span.steps, *config.binarize.proximity)
                proximal_step(layer.weight, *target, strength)
            with torch.no_grad():
                for name in net.binarized():
                    net.conv(name).alpha.clamp_(min=MIN_ALPHA)
            step += 1
            if span.kind == "float":
                average.update_parameters(net)
            value = loss.total.item()
            if not math.isfinite(value):
                # Before anything of it is saved or exported.
                kept = output / CHECKPOINT
                raise FloatingPointError(
                    f"The loss is {value} at step {step}: train with a lower learning rate. "
                    + (f"The last checkpoint is {kept}." if kept.exists() else "")
                )
            if step % 20 == 0:
                log(step=step, kind=span.kind, layer=span.layer, loss=value,
                    score_loss=loss.score.item(), box_loss=loss.box.item())  # fmt: skip
                now = time.monotonic()
                if now - reported > 10:
                    rate = (step - began_step) / (now - began)
                    report(
                        f"step {step}/{total} {span.kind} {span.layer} loss {value:.3f} "
                        f"{rate:.2f} steps/s, {(total - step) / rate / 60:.1f} min left"
                    )
                    reported = now
            done = step == span.start + span.steps
            if done:
                finish(span)
            if stopping.is_set():
                save()
                raise KeyboardInterrupt
            if time.monotonic() > deadline:
                save()
                report(f"time is up at step {step}: go on with --resume")
                return presets
            if step % config.checkpoint_steps == 0 or (done and span.export):
                save()
    return presets


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument(
        "--config", type=Path,
        help="YAML file, by default a quick run on rendered scenes; see training/configs",
    )  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
                        help="override one setting, e.g. binarize.learning_rate=1e-4")  # fmt: skip
    parser.add_argument("--output", type=Path, default=Path("runs/default"), help="run folder")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    parser.add_argument("--name", help="name of the presets")
    parser.add_argument("--depths", type=int, nargs="+", help="depths to export, e.g. 0 9 19 28")
    parser.add_argument("--minutes", type=float, help="stop with a checkpoint after this time")
    parser.add_argument("--overwrite", action="store_true", help="replace the run in the folder")
    arguments = parser.parse_args()
    checkpoint = arguments.output / CHECKPOINT
    changes = arguments.config or arguments.overrides or arguments.name or arguments.depths
    if arguments.resume and (changes or arguments.overwrite):
        parser.error("--resume goes on with the settings of the run; it takes no other ones")
    try:
        if arguments.resume:
            if not checkpoint.exists():
                raise ConfigError(f"There is no {checkpoint} to resume: leave out --resume.")
            config = from_mapping(TrainConfig, load_checkpoint(checkpoint, "cpu")["config"])
        else:
            if checkpoint.exists() and not arguments.overwrite:
                raise ConfigError(
                    f"{arguments.output} holds a run already: go on with it by --resume, replace "
                    "it by --overwrite, or choose another --output."
                )
            config = load_config(arguments.config or DEFAULT_CONFIG, arguments.overrides)
            if arguments.name:
                config = replace(config, name=arguments.name, title=arguments.name.capitalize())
            if arguments.depths is not None:
                config = replace(config, depths=tuple(sorted(set(arguments.depths))))
        with graceful_stop() as stopping:
            presets = run(
                config,
                arguments.output,
                resume=arguments.resume,
                minutes=arguments.minutes,
                stopping=stopping,
            )
    except (UserError, FloatingPointError) as error:
        sys.stderr.write(f"train: error: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"train: error: {error.filename or arguments.output}: {error.strerror}\n")
        return 1
    except KeyboardInterrupt:
        advice = f"go on with --output {arguments.output} --resume"
        sys.stderr.write(f"\ntrain: stopped{f'; {advice}' if checkpoint.exists() else ''}\n")
        return 130
    for path in presets:
        report(f"preset: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
