"""Compare ways to binarize: a grid of runs from one float network, a table and two figures.

    python -m training.report.compare --config training/configs/compare.yaml --output runs/compare

Two questions apart: how a layer gets its bits (with the deepest layers first), and which layers get
them (with output descent). Everything else is the same: float network, data, distillation, moving
average, statistics and ranges. Each way has the learning rate that suits it, chosen on pictures
that are neither trained nor reported on. Runs that are complete are not repeated, so a grid can be
stopped, gone on with, and made larger.

With ``--cluster`` the runs are tasks of a Ray cluster, a core each; every machine must have pedcam
and see the configuration's files, and the output, under the same paths.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from pedcam import cluster
from pedcam.measure.options import positive_option
from training.config import TrainConfig, load_config
from training.report.figures import REPORT, write_report
from training.report.log import Point, read_run
from training.report.ways import Cell, cell_config, full_ratio, grid
from training.run import command
from training.run.run import CHECKPOINT, FLOAT, LATENT
from training.tools.exit_code import exit_code

RATES = (4e-4, 8e-4, 1.6e-3, 3.2e-3)
# The rendered scenes that rates are chosen on come from other numbers.
OTHER_SCENES = 1000


class Comparison:
    """A grid of runs in one folder, several of which may be asked for at once."""

    def __init__(
        self,
        config: TrainConfig,
        output: Path,
        say: Callable[[str], None],
        train: Callable[[TrainConfig, Path], object] | None = None,
    ) -> None:
        """Prepare it.

        Args:
            config: What all runs have in common, and how the float network is trained.
            output: Where the runs are kept.
            say: Told about every run.
            train: What trains, by default this process.
        """
        self._config, self._output, self._say = config, output, say
        self._train = train or command.run
        self._rates: dict[str, float] = {}
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def point(self, cell: Cell, choose_at: Cell) -> Point:
        """Return what came of a run, which takes place unless it has before.

        Args:
            cell: The run.
            choose_at: What the learning rate is chosen by, whatever its way.
        """
        rate = RATES[0] if cell.steps == 0 else self._rate(choose_at._replace(way=cell.way))
        return self._run(cell, rate)

    def _rate(self, cell: Cell) -> float:
        with self._locks[cell.way]:
            if cell.way not in self._rates:
                found = {rate: self._run(cell, rate, choosing=True).miss_rate for rate in RATES}
                self._rates[cell.way] = min(found, key=lambda rate: found[rate])
                self._say(f"{cell.way}: learning rate {self._rates[cell.way]:g}")
            return self._rates[cell.way]

    def _run(self, cell: Cell, rate: float, *, choosing: bool = False) -> Point:
        config = cell_config(self._config, cell, rate)
        if choosing:
            # Without photographs to validate on, a part of those to train on is held out.
            seed = config.data.walkers_seed + OTHER_SCENES
            config = replace(config, data=replace(config.data, validate=(), walkers_seed=seed))
        folder = self._output / (f"{cell.folder}-{rate:g}" if choosing else cell.folder)
        point = self._found(folder)
        if point is None:
            start = replace(config.pretrain, start=str(self._float(config)), initial="", teacher="")
            self._train(replace(config, pretrain=start), folder)
            for left in (CHECKPOINT, FLOAT, LATENT):
                (folder / left).unlink(missing_ok=True)
            point = self._found(folder)
            assert point is not None, "a run that ends has exported what it was asked for"
            self._say(f"{folder.name}: miss rate {100 * point.miss_rate:.1f}")
        return point

    def _found(self, folder: Path) -> Point | None:
        if not (folder / "log.jsonl").exists():
            return None
        points = [point for point in read_run(folder).points if not point.is_float]
        return points[-1] if points else None

    def _float(self, config: TrainConfig) -> Path:
        """Return the float network that a run begins with, which is trained if it is not there."""
        if config.pretrain.start and config.network == self._config.network:
            return Path(config.pretrain.start)
        widest = config.network.widths[-1]
        folder = self._output / f"float-{widest}"
        with self._locks[folder.name]:
            if not (folder / FLOAT).exists():
                self._say(f"training the float network ({widest} filters at its deepest)")
                alone = replace(self._config, network=config.network, depths=(0,), ratios=())
                self._train(alone, folder)
        return folder / FLOAT


class Trainers:
    """What trains: this process, or with an address the cores of a Ray cluster."""

    def __init__(self, address: str | None) -> None:
        """See :func:`pedcam.cluster.connect`; ``None`` is this process alone."""
        self._ray = None if address is None else cluster.connect(address or None)
        self._under_way: set[Any] = set()
        self._stopped = False

    def __enter__(self) -> Trainers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ray is not None:
            self._ray.shutdown()

    def train(self, config: TrainConfig, folder: Path) -> None:
        """Train one network; return when it is done."""
        if self._ray is None:
            command.run(config, folder)
            return
        if self._stopped:
            raise KeyboardInterrupt
        # What dies with its machine begins anew on another; what is wrong would stay wrong.
        task = self._ray.remote(num_cpus=1, max_retries=cluster.RETRIES)(command.run)
        reference = task.remote(replace(config, threads=1), folder)
        self._under_way.add(reference)
        self._ray.get(reference)
        self._under_way.discard(reference)

    def each(
        self, work: Callable[[Cell], Point], cells: Sequence[Cell]
    ) -> Iterator[tuple[Cell, Point]]:
        """Yield what ``work`` makes of cells, as many at a time as the cluster has cores."""
        if self._ray is None:
            yield from ((cell, work(cell)) for cell in cells)
            return
        # A thread for each cell costs little; those of one way wait until its rate is chosen.
        with ThreadPoolExecutor(len(cells)) as pool:
            futures = {pool.submit(work, cell): cell for cell in cells}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            finally:
                self._stopped = True
                # Not by force: Ray ends this process where a task is done at that moment.
                for reference in list(self._under_way):
                    self._ray.cancel(reference)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.report.compare", description=(__doc__ or "").split("\n", 1)[0]
    )
    add = parser.add_argument
    add("--config", type=Path, required=True, help="what all runs have in common")
    add("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="override one setting of it")  # fmt: skip
    add("--output", type=Path, required=True, help="folder of the runs and the report")
    add("--ratios", type=float, nargs="+", default=[8, 16, 0],
        help="compression of the weights, 0 for all layers; default %(default)s")  # fmt: skip
    add("--steps", type=int, nargs="+", default=[0, 150, 600], help="default %(default)s")
    add("--seeds", type=int, default=3, help="default %(default)s")
    add("--at", type=positive_option, default=600, metavar="STEPS",
        help="steps after which all ratios are compared, and by which learning rates are chosen; "
        "default %(default)s")  # fmt: skip
    add("--cluster", nargs="?", const="", metavar="ADDRESS",
        help="train several at a time, by Ray on this machine or on a cluster")  # fmt: skip
    parsed = parser.parse_args(arguments)

    def work() -> None:
        config = load_config(parsed.config, parsed.overrides)
        full = full_ratio(config)
        ratios = sorted({ratio or full for ratio in parsed.ratios})
        choose_at = Cell("", ratios[len(ratios) // 2], parsed.at, 0)
        budgets = sorted({*parsed.steps, parsed.at})
        cells = grid(config, ratios, budgets, parsed.seeds, parsed.at)
        points: dict[Cell, Point] = {}
        output = parsed.output.absolute()
        with Trainers(parsed.cluster) as trainers:
            comparison = Comparison(config, output, command.say, trainers.train)
            for cell, point in trainers.each(lambda it: comparison.point(it, choose_at), cells):
                points[cell] = point
                write_report(points, output, parsed.at)
        command.say(str(parsed.output / REPORT))

    return exit_code("compare", work, "stopped; the same command goes on")


if __name__ == "__main__":
    sys.exit(main())
