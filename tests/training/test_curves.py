"""Logs become runs, runs become series; what cannot be read is refused by file and line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.run_logs import NODES, layer_row, preset_row, write_run
from training.binarization.compression import layer_bytes, network_bytes
from training.curves import (
    differing_settings,
    float_points,
    group_runs,
    part_bytes,
    part_of,
)
from training.findings import compare, judge, spread
from training.layout import convolutions
from training.logreader import Point, ReportError, read_run

CHECKOUT = Path(__file__).parents[2]


def append(folder: Path, *lines: dict[str, Any] | str) -> None:
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        for line in lines:
            file.write(line if isinstance(line, str) else json.dumps(line) + "\n")


def test_reads_a_run(tmp_path: Path) -> None:
    rows = [
        {"event": "train", "step": 20, "loss": 2.0},
        preset_row(0, 1.0, 0.3, 0.8),
        {"event": "sensitivity", "layer": "p8", "loss": 1.5, "loss_increase": 0.5},
        layer_row("h8.box", 1, 1.1, miss_rate=0.35, ap50=0.75, reconstruction_error=0.4),
        preset_row(1, 1.1, 0.34, 0.76, steps=12, file_bytes=777),
        {"event": "something new"},
    ]
    run = read_run(write_run(tmp_path / "a", rows, seed=3))
    assert (run.method, run.order, run.seed, run.input_size) == (
        "layer-wise",
        "inverse",
        3,
        (96, 64),
    )
    assert [conv.name for conv in convolutions(NODES)] == [layer.name for layer in run.layers]
    assert run.layers[0].shape == (8, 3, 3, 3)
    assert not run.layers[0].binarizable
    first, second = run.points
    assert first.is_float
    assert not second.is_float
    assert (second.ratio, second.steps, second.file_bytes) == (1.1, 12, 777)
    assert second.bits["h8.box"] == 1
    assert run.sensitivity == {"p8": 0.5}
    assert (run.layer_steps[0].miss_rate, run.layer_steps[0].flip_ratio) == (0.35, 0.1)
    assert run.key == ("layer-wise", "inverse")


def test_steps_taken_again_count_once(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", [
        preset_row(0, 1.0, 0.3, 0.8, at=100),
        preset_row(1, 2.0, 0.9, 0.1, steps=40, at=100),  # undone: step 140
        layer_row("p8", 2, 3.0, step=150, flip_ratio=0.9),  # undone
    ])  # fmt: skip
    append(folder, {"event": "resume", "step": 120}, preset_row(1, 2.0, 0.4, 0.7, steps=40))
    run = read_run(folder)
    assert [point.miss_rate for point in run.points] == [0.3, 0.4]
    assert run.layer_steps == ()


def test_rows_of_the_very_step_count_once(tmp_path: Path) -> None:
    # A row may be written just before the checkpoint of its step or just after it.
    folder = write_run(tmp_path / "a", [preset_row(1, 2.0, 0.9, 0.1, steps=40)])
    append(folder, {"event": "resume", "step": 140})
    assert [point.miss_rate for point in read_run(folder).points] == [0.9]
    append(folder, preset_row(1, 2.0, 0.4, 0.7, steps=40))
    assert [point.miss_rate for point in read_run(folder).points] == [0.4]


def test_half_a_last_line_is_what_a_kill_leaves(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", [preset_row(0, 1.0, 0.3, 0.8)])
    append(folder, '{"event": "preset", "st')
    assert len(read_run(folder).points) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{nonsense}\n", "line 2: not JSON"),
        ("[1]\n", "line 2: not a JSON object with an 'event'"),
        (json.dumps(preset_row(1, 2.0, 0.4, 0.7) | {"ap50": "high"}) + "\n",
         "line 2: 'ap50' must be a number, not 'high'"),
        (json.dumps(preset_row(1, 2.0, 0.4, 0.7) | {"miss_rate": None}) + "\n",
         "'miss_rate' must be a number, not None"),
        (json.dumps(preset_row(1, 0.0, 0.4, 0.7)) + "\n", "'ratio_codes' must be above 0"),
        ('{"event": "preset"}\n', "'depth' must be a whole number, and is missing"),
        ('{"event": "resume"}\n', "'step' must be a whole number"),
        ('{"event": "run"}\n', "line 2: 'input_size' must be 2 whole numbers"),
    ],
)  # fmt: skip
def test_names_file_and_line_of_nonsense(tmp_path: Path, line: str, words: str) -> None:
    folder = write_run(tmp_path / "a", [])
    append(folder, line)
    with pytest.raises(ReportError, match=r"log\.jsonl") as caught:
        read_run(folder)
    assert words in str(caught.value)


def test_names_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        read_run(tmp_path)
    (tmp_path / "log.jsonl").write_text('{"event": "train", "step": 1}\n')
    with pytest.raises(ReportError, match="no 'run' line"):
        read_run(tmp_path)
    (tmp_path / "log.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="UTF-8"):
        read_run(tmp_path)


def test_seeds_are_replicates_and_settings_are_not(tmp_path: Path) -> None:
    preset = [preset_row(5, 8.0, 0.4, 0.7)]
    folders = [
        write_run(tmp_path / "1", preset, method="bwn"),
        write_run(tmp_path / "2", preset, seed=1),
        write_run(tmp_path / "3", preset, seed=0),
        write_run(tmp_path / "4", preset, binarize={"learn_alpha": False}),
        write_run(tmp_path / "5", preset, method="forward", order="forward"),
        write_run(tmp_path / "6", preset, order="forward", seed=1),
        write_run(tmp_path / "7", preset, order="list", binarize={"layers": ["p8", "h8.box"]}),
    ]
    runs = [read_run(folder) for folder in folders]
    series = group_runs(runs)
    assert [(one.title, [run.folder.name for run in one.runs]) for one in series] == [
        ("layer-wise, deepest first (ours)", ["3", "2"]),
        ("layer-wise, deepest first (ours), learn_alpha false", ["4"]),
        ("layer-wise, first layer first", ["5", "6"]),
        ("layer-wise, listed order (p8 ... h8.box)", ["7"]),
        ("BWN", ["1"]),
    ]
    assert [one.is_ours for one in series] == [True, False, False, False, False]
    assert differing_settings(runs) == {"binarize.learn_alpha": ["false", "true"]}
    with pytest.raises(ReportError, match="seed 1 at depth 5: leave one out"):
        group_runs([*runs, read_run(write_run(tmp_path / "8", preset, seed=1))])


def test_at_a_ratio_the_smallest_that_is_nearly_enough(tmp_path: Path) -> None:
    rows = [preset_row(0, 1.0, 0.3, 0.8)]
    rows += [preset_row(d, r, 0.4, 0.7) for d, r in ((9, 31.0), (3, 7.84), (2, 7.83), (5, 9.0))]
    (one,) = group_runs([read_run(write_run(tmp_path / "a", rows, seed=4))])
    assert one.at_ratio(8)[4].ratio == 7.84
    assert one.at_ratio(10)[4].ratio == 31.0
    assert one.at_ratio(40) == {}


def test_curves_join_seeds(tmp_path: Path) -> None:
    def curve(*runs: list[tuple[int, float]]) -> list[list[float]]:
        name = str(len(list(tmp_path.iterdir())))
        read = [
            read_run(write_run(tmp_path / name / str(seed),
                     [preset_row(depth, ratio, 0.4, 0.7) for depth, ratio in run], seed=seed))
            for seed, run in enumerate(runs)
        ]  # fmt: skip
        return [[point.ratio for point in group] for group in group_runs(read)[0].curve()]

    assert curve([(1, 8.0), (2, 16.0)], [(2, 16.0), (1, 8.0)]) == [[8.0, 8.0], [16.0, 16.0]]
    assert curve([(1, 8.0), (2, 16.0)], [(2, 16.0)]) == [[8.0], [16.0, 16.0]]
    # A measured order: the same ratio asked for is reached at other depths.
    assert curve([(3, 8.1), (5, 16.2)], [(4, 9.4), (5, 17.0)]) == [[8.1, 9.4], [16.2, 17.0]]
    assert curve([(3, 8.1), (5, 16.2)], [(5, 17.0)]) == [[8.1], [16.2, 17.0]]


def test_float_networks_are_told_from_those_trained_on(tmp_path: Path) -> None:
    eight = {conv.name: 8 for conv in convolutions(NODES)}
    runs = [
        read_run(write_run(tmp_path / "f", [preset_row(0, 1.0, 0.3, 0.8),
                 preset_row(0, 1.0, 0.29, 0.81, steps=90)], method="float", seed=2)),
        read_run(write_run(tmp_path / "i", [preset_row(0, 1.0, 0.3, 0.8),
                 preset_row(0, 3.9, 0.31, 0.79, bits=eight)], method="int8", seed=2)),
    ]  # fmt: skip
    assert [point.miss_rate for point in float_points(runs)[2]] == [0.3, 0.3]
    assert [point.miss_rate for point in float_points(runs, trained_on=True)[2]] == [0.29]
    int8 = group_runs(runs)[0]
    assert int8.title == "int8 after training"
    assert [point.ratio for point in int8.points()[2]] == [3.9]


def test_parts_of_the_network(tmp_path: Path) -> None:
    names = ("stem", "s4.down", "s32.0.a", "p8.lateral", "h8.box", "h8.box.out")
    parts = ["stem", "stride 4", "stride 32", "neck", "heads", "predictions"]
    assert [part_of(name) for name in names] == parts
    run = read_run(write_run(tmp_path / "a", []))
    floats = part_bytes(run.layers, {})
    assert floats["stem"] == 4 * 8 * 3 * 9
    assert sum(floats.values()) == network_bytes(NODES, ())
    assert part_bytes(run.layers, {"stem": 8})["stem"] == 8 * 3 * 9 + 4 * 8
    assert layer_bytes(72, 8, 1) == 9 + 32


def point(miss_rate: float, ap50: float = 0.5) -> Point:
    return Point(8.0, 8.0, 1, 0, 0, miss_rate, ap50, {})


def test_spreads() -> None:
    value = spread([1.0, 2.0, 6.0])
    assert (value.mean, value.low, value.high, value.count) == (3.0, 1.0, 6.0, 3)
    assert value.std == pytest.approx(7**0.5)  # ((-2)^2 + (-1)^2 + 3^2) / 2
    assert spread([4.0]).std is None


def test_differences_are_paired_by_seed() -> None:
    first = {0: point(0.40), 1: point(0.50), 2: point(0.30), 7: point(0.0)}
    second = {0: point(0.42), 1: point(0.56), 2: point(0.31), 8: point(1.0)}
    found = compare(first, second, "miss_rate")
    assert found is not None
    assert found.spread.mean == pytest.approx(0.03)  # 0.02, 0.06, 0.01
    assert found.spread.std == pytest.approx((0.0014 / 2) ** 0.5)  # .01^2 + .03^2 + .02^2
    assert (found.spread.count, found.better) == (3, 3)
    assert found.is_clear
    back = compare(second, first, "miss_rate")
    assert back is not None
    assert back.spread.mean == pytest.approx(-0.03)
    assert not back.is_clear
    assert compare({0: point(0.1)}, {1: point(0.2)}, "ap50") is None
    alone = compare({0: point(0.1)}, {0: point(0.9)}, "miss_rate")
    assert alone is not None
    assert not alone.is_clear


def test_a_lead_within_the_spread_is_no_win(tmp_path: Path) -> None:
    def runs(method: str, values: list[tuple[float, float]]) -> list[Any]:
        return [
            read_run(write_run(tmp_path / f"{method}{seed}", [preset_row(5, 8.0, miss, ap)],
                     method=method, seed=seed))
            for seed, (miss, ap) in enumerate(values)
        ]  # fmt: skip

    # Miss rate: ours ahead by 0.02, -0.01, 0.02: mean 0.01 < std 0.0173. AP50: BWN by 0.05 +- 0.01.
    series = group_runs(
        runs("layer-wise", [(0.40, 0.60), (0.43, 0.60), (0.40, 0.60)])
        + runs("bwn", [(0.42, 0.64), (0.42, 0.65), (0.42, 0.66)])
    )
    verdict = judge(series, 8, "miss_rate")
    assert verdict is not None
    assert verdict.leader == "layer-wise, deepest first (ours)"
    assert not verdict.is_clear
    verdict = judge(series, 8, "ap50")
    assert verdict is not None
    assert (verdict.leader, verdict.is_clear) == ("BWN", True)
    assert verdict.value == pytest.approx(0.65)
    assert judge(series, 5, "ap50") is None  # 8x is too far from 5x
    assert judge(series[:1], 8, "ap50") is None


def test_reading_needs_no_torch() -> None:
    code = "import sys, training.report; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)
