"""Measure what loading costs a step of training.

    python -m tests.benchmarks.data_loading [--config FILE] [--set KEY=VALUE] [--steps 60]

Steps that wait for the real loader take turns with steps on one batch kept in memory, in short
blocks, so that a machine that slows down slows both. Each block is compared with its neighbour; the
median of these comparisons counts.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import torch

from pedcam.errors import UserError
from training.config import TrainConfig, load_config
from training.data.loader import Batch, TrainDataset, batches
from training.data.sets import prepare
from training.distributed import World
from training.network.model import PedestrianNet
from training.run.steps import Steps
from training.run.threads import settle_threads

BLOCK = 10
MAX_SHARE = 0.1
"""Part of a step that loading may cost."""
DEFAULT_CONFIG = Path(__file__).parents[2] / "training" / "configs" / "walkers.yaml"


@dataclass(frozen=True)
class Rates:
    """Medians of what was measured.

    Attributes:
        loaded: Seconds of a step with the real loader.
        fixed: Seconds of a step on a batch in memory.
        alone: Seconds per batch of loading without training.
        view: Seconds of processor time that one view takes.
        share: Part of a step that loading costs, 0..1; noise can make it negative.
    """

    loaded: float
    fixed: float
    alone: float
    view: float
    share: float


def measure(config: TrainConfig, views: TrainDataset, steps: int) -> Rates:
    """Measure steps and loading.

    Args:
        config: The settings of the run.
        views: What it trains on.
        steps: Steps of each kind, rounded up to whole blocks.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = PedestrianNet(config.network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    taken = Steps(config, net, World(device=device))
    rate = config.pretrain.learning_rate / 10
    workers = config.data.workers
    fixed = next(iter(batches(views, 0, 1, config.batch, 0)))
    # Until the queue of the loader is full, its workers take more than loading costs in the long
    # run; nothing of this is counted.
    warm = max(BLOCK, 4 * workers)

    def step(batch: Batch) -> None:
        taken.learn(batch.to(device), rate)

    _times(repeat(fixed), step, BLOCK)
    loaded, kept, alone, shares = [], [], [], []
    for block in range(max(1, -(-steps // BLOCK))):
        first = block * (warm + BLOCK)
        # A loader of its own for each block: its workers must be gone when it is the other's turn.
        with closing(_stream(config, views, first, device)) as stream:
            _times(stream, step, warm)
            waiting = _times(stream, step, BLOCK)
        ready = _times(repeat(fixed), step, BLOCK)
        shares.append(1 - statistics.median(ready) / statistics.median(waiting))
        loaded += waiting
        kept += ready
        with closing(_stream(config, views, first, device)) as stream:
            _times(stream, id, warm)
            alone.append(sum(_times(stream, id, BLOCK)) / BLOCK)
    began = time.process_time()
    for number in range(BLOCK * config.batch):
        views[number]
    view = (time.process_time() - began) / (BLOCK * config.batch)
    medians = [statistics.median(values) for values in (loaded, kept, alone)]
    return Rates(medians[0], medians[1], medians[2], view, statistics.median(shares))


def _stream(
    config: TrainConfig, views: TrainDataset, start: int, device: torch.device
) -> Generator[Batch, None, None]:
    # No end: workers that run out of work would leave the processor to training.
    yield from batches(
        views, start, start + 10**6, config.batch, config.data.workers, pin=device.type == "cuda"
    )


def _times(source: Iterator[Batch], action: Callable[[Batch], object], count: int) -> list[float]:
    """Return the seconds that each of ``count`` batches took to get and to act on."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        action(next(source))
        times.append(time.perf_counter() - began)
    return times


def table(config: TrainConfig, rates: Rates) -> str:
    """Return the figures as lines of text."""
    rows = (
        ("training, real loader", rates.loaded),
        ("training, batch in memory", rates.fixed),
        ("loading alone", rates.alone),
    )
    lines = [f"{'':28}{'ms/batch':>10}{'images/s':>10}"]
    lines += [
        f"{name:28}{1000 * seconds:10.1f}{config.batch / seconds:10.1f}" for name, seconds in rows
    ]
    workers = config.data.workers
    lines.append(
        f"one view takes {1000 * rates.view:.2f} ms of a processor; {workers} "
        f"worker{'' if workers == 1 else 's'}, batches of {config.batch}"
    )
    kept = rates.share <= MAX_SHARE
    lines.append(
        f"loading costs {100 * rates.share:.1f} % of a step, "
        + ("within" if kept else "more than")
        + f" the {100 * MAX_SHARE:.0f} % that it may"
        + ("" if kept else ": try other data.workers, 0 included")
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.data_loading", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="YAML file")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
                        help="override one setting, e.g. data.workers=1")  # fmt: skip
    parser.add_argument("--steps", type=int, default=60, help="steps of each kind")
    parsed = parser.parse_args(arguments)
    try:
        config = load_config(parsed.config, parsed.overrides)
        settle_threads(config.threads, _say)
        data = prepare(config, _say)
        views = TrainDataset(
            data.training, config.view, config.augment, config.seed, 2**40, weights=data.weights
        )
        _say(table(config, measure(config, views, parsed.steps)))
    except UserError as error:
        sys.stderr.write(f"loading: error: {error}\n")
        return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
