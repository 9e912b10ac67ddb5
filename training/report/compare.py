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
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pedcam import cluster
from pedcam.files import replacing, write_atomically
from pedcam.measure.options import positive_option
from training.binarization.compression import depths_for_ratios, network_bytes, ratio_at
from training.config import NetworkConfig, TrainConfig, load_config
from training.network.architecture import binarizable, network_nodes
from training.report.log import Point, read_run
from training.run import command
from training.run.run import CHECKPOINT, FLOAT, LATENT
from training.tools.exit_code import exit_code

REPORT, BY_RATIO, BY_STEPS = "REPORT.md", "compression.png", "steps.png"
RATES = (4e-4, 8e-4, 1.6e-3, 3.2e-3)
MOST_STEPS_WITH_SEEDS = 600
# The rendered scenes that rates are chosen on come from other numbers.
OTHER_SCENES = 1000
# Okabe and Ito's and Paul Tol's colours, which colour-blind people can tell apart; markers say the
# same again.
COLORS = (
    "#D55E00",
    "#0072B2",
    "#009E73",
    "#882255",
    "#CC79A7",
    "#B8860B",
    "#332288",
    "#56B4E9",
    "#000000",
)
MARKERS = "osD^v<PX*"


@dataclass(frozen=True)
class Way:
    """A way to binarize.

    Attributes:
        method: As in ``TrainConfig``.
        binarize: Settings of ``BinarizeConfig``.
        in_turn: Share of the steps that are taken layer by layer, before the rest with all.
    """

    method: str
    binarize: Mapping[str, Any]
    in_turn: float = 0.0


DESCENT: dict[str, Any] = {"discrepancy": "output", "free_codes": True}
OURS = "output descent, late freezing"
HOW = {
    OURS: Way("layer-wise", DESCENT),
    "the same, layer by layer": Way("layer-wise", DESCENT, in_turn=0.5),
    "output descent, codes frozen": Way("layer-wise", {**DESCENT, "free_codes": False}),
    "output descent, then normalization alone": Way(
        "layer-wise",
        {
            **DESCENT,
            "free_codes": False,
            "fixed_norm": True,
            "norm_rate": 10.0,
            "learn_weights": False,
        },
    ),
    "BWN from these codes": Way("bwn", {"discrepancy": "output"}),
    "BWN": Way("bwn", {"discrepancy": "weight"}),
    "DoReFa": Way("dorefa", {"discrepancy": "weight"}),
    "BinaryConnect": Way("binaryconnect", {"discrepancy": "weight"}),
    "weight descent, layer by layer": Way(
        "layer-wise", {"discrepancy": "weight", "free_codes": False}, in_turn=0.9
    ),
}
"""How a layer gets its bits. BWN without a step is the sign and mean of the float weights."""
WIDER = "all layers of a wider network"
WHICH = {
    "first layers first": Way("forward", DESCENT),
    "least error per byte first": Way("bytes", DESCENT),
    WIDER: Way("layer-wise", DESCENT),
}
"""Which layers get bits, where it isn't the deepest ones."""
WAYS = HOW | WHICH
ALIKE_WITHOUT_STEPS = {
    way for way, it in HOW.items() if way != OURS and it.binarize["discrepancy"] == "output"
}
"""What begins with the same codes as :data:`OURS`, and differs only in how it goes on."""


class Cell(NamedTuple):
    """One run of the grid; the ratio is of bytes of weights, of all runs the same network's."""

    way: str
    ratio: float
    steps: int
    seed: int

    @property
    def folder(self) -> str:
        """Where it is, below the grid's folder."""
        name = "".join(letter if letter.isalnum() else "-" for letter in self.way)
        return f"{name}-{self.ratio:g}x-{self.steps}-{self.seed}"


def grid(
    config: TrainConfig, ratios: Sequence[float], budgets: Sequence[int], seeds: int, enough: int
) -> list[Cell]:
    """Return the runs of a comparison, the most telling ones first.

    All ways are compared at the middle ratio after any number of steps, and at every ratio without
    a step and after ``enough``. What takes longer than :data:`MOST_STEPS_WITH_SEEDS` is done with
    one seed.
    """
    middle = ratios[len(ratios) // 2]
    cells = []
    for seed in range(seeds):
        for steps in budgets:
            if seed and steps > max(enough, MOST_STEPS_WITH_SEEDS):
                continue
            for ratio in ratios:
                if ratio == middle or steps in (0, enough):
                    ways = WAYS if steps else WAYS.keys() - ALIKE_WITHOUT_STEPS
                    cells += [Cell(way, ratio, steps, seed) for way in WAYS if way in ways]
    full = _full_ratio(config)
    same_at_full_depth = set(WHICH)
    return [it for it in cells if it.ratio < full or it.way not in same_at_full_depth]


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
                for reference in list(self._under_way):
                    self._ray.cancel(reference, force=True)


def cell_config(base: TrainConfig, cell: Cell, rate: float) -> TrainConfig:
    """Return the settings of a run."""
    way, network, ratio = WAYS[cell.way], base.network, cell.ratio
    if cell.way == WIDER:
        network = wider(base, ratio)
        ratio = ratio_at(
            network_nodes(network), binarizable(network_nodes(network)), base.binarize.rest
        )
    nodes = network_nodes(network)
    deepest_first = binarizable(nodes)[::-1]
    [depth] = depths_for_ratios(nodes, deepest_first, [ratio], base.binarize.rest)
    each = int(way.in_turn * cell.steps) // depth
    # The weights' own descent needs a step at least to be one.
    descending = way.binarize["discrepancy"] == "weight" and way.method == "layer-wise"
    descent = max(1, each // 2) if descending else 0
    binarize = replace(
        base.binarize,
        **way.binarize,
        learning_rate=rate,
        descent_steps=descent,
        finetune_steps=max(0, each - descent),
        final_steps=max(0, cell.steps - depth * max(each, descent)),
        validate_every=0,
    )
    return replace(
        base,
        title=cell.way,
        seed=cell.seed,
        method=way.method,
        depths=(),
        ratios=(ratio,),
        network=network,
        binarize=binarize,
        tensorboard=False,
    )


def wider(base: TrainConfig, ratio: float) -> NetworkConfig:
    """Return a network that takes, all binary, as many bytes as another at a ratio.

    Its layers are all wider by one factor, to the next multiple of 4.
    """
    network, rest = base.network, base.binarize.rest
    wanted = network_bytes(network_nodes(network), ()) / ratio

    def scaled(factor: float) -> NetworkConfig:
        def width(filters: int) -> int:
            return max(4, 4 * round(factor * filters / 4))

        first, second, third, fourth = map(width, network.widths)
        return replace(
            network,
            stem=width(network.stem),
            widths=(first, second, third, fourth),
            neck=width(network.neck),
            head=width(network.head),
        )

    def distance(candidate: NetworkConfig) -> float:
        nodes = network_nodes(candidate)
        return abs(network_bytes(nodes, binarizable(nodes), rest) - wanted)

    return min((scaled(1 + step / 100) for step in range(300)), key=distance)


def table(points: Mapping[Cell, Point]) -> list[str]:
    """Return the table, in Markdown: mean and sample standard deviation over the seeds."""
    lines = [
        "| ratio | steps | way | miss rate | AP50 | layers | file, kB | seeds |",
        "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rows: dict[tuple[float, int, str], list[Point]] = {}
    for cell, point in points.items():
        rows.setdefault((cell.ratio, cell.steps, cell.way), []).append(point)
    in_order = sorted(rows.items(), key=lambda row: (*row[0][:2], _miss_rate(row[1])))
    for (ratio, steps, way), found in in_order:
        cells = [
            f"{ratio:g}x",
            str(steps),
            way,
            _spread([100 * point.miss_rate for point in found]),
            _spread([100 * point.ap50 for point in found]),
            str(found[0].depth),
            f"{found[0].file_bytes / 1000:.0f}",
            str(len(found)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def draw(points: Mapping[Cell, Point], axis: str, path: Path) -> None:
    """Draw miss rates: means over seeds, bars from best to worst.

    Args:
        points: The runs to draw.
        axis: What is drawn to the right, ``ratio`` or ``steps``.
        path: Where, as PNG.

    Raises:
        OSError: The file cannot be written.
    """
    figure = Figure(figsize=(11, 5.2), dpi=160, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    places = sorted({getattr(cell, axis) for cell in points})
    for axes, ways in zip(figure.subplots(1, 2, sharey=True), (HOW, (OURS, *WHICH)), strict=True):
        for number, way in enumerate(ways):
            _curve(axes, _of(points, way), way, axis, number)
        axes.set_xscale("log") if axis == "ratio" else axes.set_xscale("symlog", linthresh=100)
        axes.set_xticks(places, [f"{place:.3g}" for place in places])
        axes.minorticks_off()
        axes.set_xlabel("times smaller weights" if axis == "ratio" else "training steps")
        axes.set_ylabel("log-average miss rate (%), lower is better")
        axes.grid(color="#e6e6e6", linewidth=0.8)
        if axes.lines:
            axes.legend(frameon=False, fontsize="small")
    with replacing(path) as unfinished:
        figure.savefig(unfinished, format="png")


def _of(points: Mapping[Cell, Point], way: str) -> dict[Cell, Point]:
    def belongs(cell: Cell) -> bool:
        begins = cell.way == OURS and cell.steps == 0 and way in ALIKE_WITHOUT_STEPS
        return cell.way == way or begins

    return {cell: point for cell, point in points.items() if belongs(cell)}


def _curve(axes: Axes, points: Mapping[Cell, Point], way: str, axis: str, number: int) -> None:
    columns: dict[float, list[float]] = {}
    for cell, point in sorted(points.items()):
        columns.setdefault(getattr(cell, axis), []).append(100 * point.miss_rate)
    if not columns:
        return
    places, values = zip(*sorted(columns.items()), strict=True)
    color = COLORS[number % len(COLORS)]
    axes.vlines(places, list(map(min, values)), list(map(max, values)), color=color)
    means = list(map(statistics.fmean, values))
    marker = MARKERS[number % len(MARKERS)]
    axes.plot(places, means, color=color, marker=marker, label=way)


def write_report(points: Mapping[Cell, Point], output: Path, enough: int) -> None:
    """Write the table and the figures; what they mean is for a person to write.

    Args:
        points: What came of the runs.
        output: The folder.
        enough: Steps after which ratios are compared.

    Raises:
        OSError: A file cannot be written.
    """
    ratios = sorted({cell.ratio for cell in points})
    middle = ratios[len(ratios) // 2]
    output.mkdir(parents=True, exist_ok=True)
    draw({c: p for c, p in points.items() if c.steps == enough}, "ratio", output / BY_RATIO)
    draw({c: p for c, p in points.items() if c.ratio == middle}, "steps", output / BY_STEPS)
    lines = [
        f"![Miss rate against compression after {enough} steps]({BY_RATIO})", "",
        f"![Miss rate against steps at {middle:g}x]({BY_STEPS})", "",
        "Percent, mean ± standard deviation over seeds.", "", *table(points),
    ]  # fmt: skip
    write_atomically(output / REPORT, ("\n".join(lines) + "\n").encode())


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
        full = _full_ratio(config)
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


def _full_ratio(config: TrainConfig) -> float:
    nodes = network_nodes(config.network)
    return round(ratio_at(nodes, binarizable(nodes), config.binarize.rest), 2)


def _miss_rate(points: Sequence[Point]) -> float:
    return statistics.fmean(point.miss_rate for point in points)


def _spread(values: Sequence[float]) -> str:
    text = f"{statistics.fmean(values):.1f}"
    return text if len(values) < 2 else f"{text} ± {statistics.stdev(values):.1f}"


if __name__ == "__main__":
    sys.exit(main())
