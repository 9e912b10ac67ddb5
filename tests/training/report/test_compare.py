"""A grid of runs: what is run, what it comes to, and that nothing is run twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from pedcam.errors import UserError
from training.binarization.compression import network_bytes
from training.config import PretrainConfig, TrainConfig, check
from training.network.architecture import binarizable, network_nodes
from training.report import compare
from training.report.compare import Comparison
from training.report.figures import write_report
from training.report.log import Point
from training.report.ways import HOW, OURS, WAYS, WIDER, Cell, cell_config, grid, wider
from training.run import command


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("steps", [0, 600])
def test_every_way_takes_as_many_steps_with_the_same_settings(
    config: TrainConfig, way: str, steps: int
) -> None:
    made = cell_config(config, Cell(way, 4.0, steps, 2), 8e-4)
    check(made)
    binarize = made.binarize
    assert (made.seed, binarize.learning_rate) == (2, 8e-4)
    plan_depth = len(binarizable(network_nodes(made.network)))
    each = binarize.descent_steps + binarize.finetune_steps
    depths = [d for d in range(1, plan_depth + 1) if d * each + binarize.final_steps == steps]
    # The weights' own descent takes a step per layer at least.
    assert depths or (not steps and way == "weight descent, layer by layer")


def test_the_middle_ratio_has_all_budgets_and_the_others_a_common_one() -> None:
    cells = grid(TrainConfig(), [8.0, 16.0, 99.0], [0, 150, 600, 2400], seeds=2, enough=600)
    at = {(it.ratio, it.steps) for it in cells}
    assert at == {
        (8, 0), (16, 0), (99, 0), (16, 150), (8, 600), (16, 600), (99, 600), (16, 2400)
    }  # fmt: skip
    assert {it.seed for it in cells if it.steps == 2400} == {0}
    assert cells[0].seed == 0
    assert cells[-1].seed == 1
    # With all layers there is no choice of layers.
    assert {it.way for it in cells if it.ratio == 99} == set(HOW)
    # Without a step, ways that begin with the same codes are one.
    begun = [it.way for it in cells if (it.ratio, it.steps, it.seed) == (99, 0, 0)]
    assert begun == [
        OURS, "BWN", "DoReFa", "BinaryConnect", "weight descent, layer by layer"
    ]  # fmt: skip


def test_a_wider_network_takes_as_many_bytes() -> None:
    config = TrainConfig()
    network = wider(config, 16.0)
    nodes, base = network_nodes(network), network_nodes(config.network)
    assert network.widths[-1] > config.network.widths[-1]
    wanted = network_bytes(base, ()) / 16
    assert network_bytes(nodes, binarizable(nodes)) == pytest.approx(wanted, rel=0.03)


def test_a_grid_is_gone_on_with(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(config, depths=(), network=replace(config.network, stem=8))
    ran: list[Path] = []
    run = command.run

    def counted(settings: TrainConfig, output: Path) -> list[Path]:
        ran.append(output)
        return run(settings, output)

    monkeypatch.setattr(command, "run", counted)
    monkeypatch.setattr(compare, "RATES", (1e-3, 2e-3))
    cell = Cell(OURS, 4.0, 4, 0)
    comparison = Comparison(small, tmp_path, lambda text: None)
    point = comparison.point(cell, cell)
    # The float network, one run for each rate, and the run.
    assert len(ran) == 4
    assert point.ratio >= 3.9
    assert point.steps == 4
    again = Comparison(small, tmp_path, lambda text: None)
    assert again.point(cell, cell) == point
    assert len(ran) == 4
    other = again.point(Cell("BWN", 4.0, 0, 0), cell)
    assert len(ran) == 5
    assert other.steps == 0
    wide = again.point(Cell(WIDER, 4.0, 0, 0), cell)
    assert len(ran) == 7
    assert wide.depth == len(binarizable(network_nodes(small.network)))


def point(miss_rate: float) -> Point:
    return Point(16.1, 20, 600, 250_000, miss_rate, 0.5, {"p8": 1})


def test_table_and_figures(tmp_path: Path) -> None:
    points = {Cell("BWN", 16.0, 600, seed): point(rate) for seed, rate in enumerate((0.4, 0.43))}
    points[Cell(OURS, 16.0, 600, 0)] = point(0.38)
    points[Cell(OURS, 8.0, 0, 0)] = point(0.35)
    write_report(points, tmp_path, 600)
    text = (tmp_path / "REPORT.md").read_text()
    # 40 and 43: mean 41.5, deviation sqrt(2 * 1.5^2).
    assert "| 16x | 600 | BWN | 41.5 ± 2.1 | 50.0 ± 0.0 | 20 | 250 | 2 |" in text
    assert text.index(f"| 8x | 0 | {OURS} ") < text.index(f"| 16x | 600 | {OURS} ")
    assert text.index(f"| 16x | 600 | {OURS} ") < text.index("| 16x | 600 | BWN ")
    assert (tmp_path / "compression.png").stat().st_size > 10_000
    assert (tmp_path / "steps.png").stat().st_size > 10_000


def test_a_missing_configuration_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = str(tmp_path / "none.yaml")
    assert compare.main(["--config", none, "--output", str(tmp_path / "out")]) == 1
    assert "none.yaml cannot be read" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_runs_on_a_cluster_come_to_the_same(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setattr(compare, "RATES", (1e-3, 2e-3))
    small = replace(config, depths=(), seed=1)
    cells = [Cell(way, 4.0, steps, 0) for way in ("BWN", OURS) for steps in (0, 2)]
    found = []
    for address, folder in ((None, tmp_path / "here"), ("", tmp_path / "cluster")):
        with compare.Trainers(address) as trainers:
            comparison = Comparison(small, folder, lambda text: None, trainers.train)
            point = lambda it, made=comparison: made.point(it, cells[-1])  # noqa: E731
            found.append(dict(trainers.each(point, cells)))
    assert found[0].keys() == set(cells)
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_goes_wrong_on_a_cluster_is_said(config: TrainConfig, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    gone = replace(config, depths=(), pretrain=PretrainConfig(start=str(tmp_path / "gone.pt")))
    cells = [Cell(way, 4.0, 0, 0) for way in WAYS]
    with compare.Trainers("") as trainers:
        comparison = Comparison(gone, tmp_path, lambda text: None, trainers.train)
        with pytest.raises(UserError, match=r"gone\.pt"):
            dict(trainers.each(lambda it: comparison.point(it, cells[0]), cells))
