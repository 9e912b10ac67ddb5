"""The command line of ``training/train.py``, and runs from Python."""

from __future__ import annotations

import argparse
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from pedcam.endings import ending_signals
from pedcam.errors import UserError
from training import distributed, train
from training.config import METHODS, SetConfig, TrainConfig, load_config
from training.data.loader import TrainDataset
from training.data.preview import write_sheet
from training.data.sets import prepare
from training.distributed import World
from training.export.presets import install_presets
from training.mapping import ConfigError, from_mapping
from training.run.checkpoint import load_checkpoint
from training.run.progress import Progress
from training.run.run import CHECKPOINT, CHECKPOINT_KEYS, FLOAT, Run, TimeUp
from training.run.runlog import RunLog
from training.run.threads import settle_threads

CONFIGS = Path(__file__).parents[1] / "configs"
DEFAULT_CONFIG = CONFIGS / "walkers.yaml"
OWN_CONFIG = CONFIGS / "own.yaml"


@contextmanager
def graceful_stop() -> Iterator[threading.Event]:
    """Turn Ctrl-C, kill and the terminal's end into an event, so that a step can be completed.

    A second Ctrl-C stops at once.
    """
    stopping = threading.Event()

    def ask(*_: object) -> None:
        stopping.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in ending_signals()}
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
    world: World | None = None,
) -> list[Path]:
    """Train, binarize and export.

    Args:
        config: Everything to know.
        output: Folder for the checkpoint, the log and the presets.
        resume: Whether to go on from the checkpoint there.
        minutes: Stop with a checkpoint after this time.
        stopping: Stop with a checkpoint, and :class:`KeyboardInterrupt`, once this is set.
        world: The processes that share the work, by default this one alone.

    Returns:
        The presets written so far.

    Raises:
        DataError: The data cannot be used.
        ConfigError: The configuration cannot be used.
        CheckpointError: A checkpoint cannot be written.
        FloatingPointError: The loss became infinite or NaN.
    """
    world = world or World(0, 1, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    if config.batch % world.size:
        raise ConfigError(f"'batch' must be a multiple of the {world.size} processes.")
    if not resume:
        # Before anything of an earlier run is gone.
        for setting in ("initial", "teacher"):
            name = getattr(config.pretrain, setting)
            if name and not Path(name).is_file():
                raise ConfigError(f"'pretrain.{setting}': there is no file {name}.")
    # Kept with the settings: how many threads share a sum shows in its last bits.
    threads = settle_threads(config.threads, say if world.is_first else lambda text: None)
    config = replace(config, threads=threads)
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    work = Run(config, output, world)
    if resume:
        work.load(output / CHECKPOINT)
    elif world.is_first:
        output.mkdir(parents=True, exist_ok=True)
        # In this order: a checkpoint without its float network cannot be gone on from.
        for name in (CHECKPOINT, FLOAT):
            (output / name).unlink(missing_ok=True)
    with (
        Progress(work.total_steps, work.step, world.is_first) as progress,
        RunLog(
            output, config.tensorboard, world.is_first,
            fresh=not resume, step=work.step if resume else None, say=progress.say,
        ) as log,
    ):  # fmt: skip
        deadline = math.inf if minutes is None else time.monotonic() + 60 * minutes
        work.stop_at(deadline, stopping or threading.Event())
        work.prepare(log, progress, resumed=resume)
        try:
            return train.train(work)
        except TimeUp:
            return work.presets


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description="Train a pedestrian detector, binarize it, export presets at any depth."
    )
    add = parser.add_argument
    add("--config", type=Path,
        help="YAML file, by default a quick run on rendered scenes; see configs")  # fmt: skip
    add("--data", type=Path, metavar="PATH",
        help="your photographs: COCO json, YOLO folder or data.yaml, VOC folder")  # fmt: skip
    add("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="override one setting, e.g. binarize.learning_rate=1e-4")  # fmt: skip
    add("--output", type=Path, default=Path("runs/default"), help="run folder")
    add("--resume", action="store_true", help="go on from the run's checkpoint")
    add("--name", help="name of the presets")
    add("--method", choices=tuple(METHODS), help="how to binarize, by default layer-wise")
    add("--depths", type=int, nargs="+", help="depths to export, e.g. 0 9 19 28")
    add("--ratios", type=float, nargs="+", help="compression ratios to export, e.g. 8 16 24")
    add("--minutes", type=float, help="stop with a checkpoint after this time")
    add("--overwrite", action="store_true",
        help="replace the run in the folder, and presets of the same name in the app")  # fmt: skip
    add("--no-install", action="store_true", help="do not add the presets to the app's menu")
    add("--preview", type=Path, metavar="FILE", help="only write a sheet of training views (PNG)")
    parsed = parser.parse_args(arguments)
    changes = (parsed.config or parsed.data or parsed.overrides or parsed.name or parsed.method
               or parsed.depths or parsed.ratios)  # fmt: skip
    if parsed.resume and (changes or parsed.overwrite):
        parser.error("--resume goes on with the settings of the run; it takes no other ones")
    if parsed.depths and parsed.ratios:
        parser.error("give either --depths or --ratios")
    return parsed


def settle_config(arguments: argparse.Namespace) -> TrainConfig:
    """Return the settings that a command line asks for.

    Raises:
        ConfigError: They make no sense, or the folder holds another run.
    """
    checkpoint = arguments.output / CHECKPOINT
    if arguments.resume:
        if not checkpoint.exists():
            raise ConfigError(f"There is no {checkpoint} to resume: leave out --resume.")
        state = load_checkpoint(checkpoint, "cpu", CHECKPOINT_KEYS)
        return from_mapping(TrainConfig, state["config"])
    if checkpoint.exists() and not arguments.overwrite and not arguments.preview:
        raise ConfigError(
            f"{arguments.output} holds a run already: go on with it by --resume, replace "
            "it by --overwrite, or choose another --output."
        )
    default = OWN_CONFIG if arguments.data else DEFAULT_CONFIG
    config = load_config(arguments.config or default, arguments.overrides)
    if arguments.data:
        own = SetConfig(str(arguments.data))
        config = replace(config, data=replace(config.data, train=(*config.data.train, own)))
    if arguments.name:
        config = replace(config, name=arguments.name, title=arguments.name.capitalize())
    if arguments.method:
        config = replace(config, method=arguments.method)
    if arguments.depths is not None:
        config = replace(config, depths=tuple(arguments.depths), ratios=())
    if arguments.ratios is not None:
        config = replace(config, depths=(), ratios=tuple(arguments.ratios))
    return config


def say(text: str) -> None:
    """Print a line for the person who started this."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parsed = parse(arguments)
    try:
        config = settle_config(parsed)
        if parsed.preview:
            data = prepare(config, say)
            views = TrainDataset(
                data.training, config.view, config.augment, config.seed, 2**40, weights=data.weights
            )
            write_sheet(views, parsed.preview)
            say(f"sheet of training views: {parsed.preview}")
            return 0
        with graceful_stop() as stopping, distributed.start() as world:
            presets = run(
                config, parsed.output, resume=parsed.resume, minutes=parsed.minutes,
                stopping=stopping, world=world,
            )  # fmt: skip
            if world.is_first:
                for path in presets:
                    say(f"preset: {path}")
                if not parsed.no_install:
                    install_presets(presets, overwrite=parsed.overwrite, report=say)
    except (UserError, FloatingPointError) as error:
        sys.stderr.write(f"train: error: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"train: error: {error.filename or parsed.output}: {error.strerror}\n")
        return 1
    except KeyboardInterrupt:
        checkpoint = parsed.output / CHECKPOINT
        advice = f"; go on with --output {parsed.output} --resume" if checkpoint.exists() else ""
        sys.stderr.write(f"\ntrain: stopped{advice}\n")
        return 130
    return 0
