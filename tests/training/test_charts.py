"""Figures are written whole, in the right size, and show what the logs say."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from tests.run_logs import NODES, layer_row, preset_row, write_run
from training import charts
from training.binarization.compression import network_bytes
from training.curves import Series, group_runs
from training.layout import binarizable
from training.logreader import Run, read_run


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures, as matplotlib objects."""
    figures: list[Figure] = []
    save = charts._save

    def keep(figure: Figure, path: Path) -> None:
        figures.append(figure)
        save(figure, path)

    monkeypatch.setattr(charts, "_save", keep)
    return figures


def runs_of(folder: Path, seeds: int = 2) -> tuple[list[Run], list[Series]]:
    runs = []
    for method in ("layer-wise", "bwn"):
        for seed in range(seeds):
            start = preset_row(0, 1.0, 0.3, 0.8)
            layers = [
                layer_row("a", d, r, miss_rate=0.3, ap50=0.7) for d, r in ((1, 2.0), (2, 4.0))
            ]
            presets = [preset_row(4, 8.0, 0.4 + 0.1 * seed, 0.7), preset_row(9, 16.0, 0.6, 0.5)]
            where = folder / f"{method}{seed}"
            rows = [start, *layers, *presets]
            runs.append(read_run(write_run(where, rows, method=method, seed=seed)))
    return runs, group_runs(runs)


def check_picture(path: Path, width: int, height: int) -> None:
    picture = imread(path)
    assert picture.shape[:2] == (height, width)
    assert np.all(picture[0, 0, :3] == 1.0)  # a light background
    assert 0.01 < np.mean(picture[..., :3].min(axis=2) < 0.9) < 0.5
    assert [other.name for other in path.parent.glob(".*")] == []


def test_tradeoff_shows_means_and_bands(tmp_path: Path, drawn: list[Figure]) -> None:
    runs, series = runs_of(tmp_path)
    charts.draw_tradeoff(series, runs, tmp_path / "tradeoff.png")
    check_picture(tmp_path / "tradeoff.png", 1760, 896)
    miss_rate, ap50 = drawn[0].axes
    assert miss_rate.get_xscale() == "log"
    lines = [line for line in miss_rate.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in lines] == [[8.0, 16.0]]
    assert lines[0].get_ydata() == pytest.approx([45.0, 60.0])
    band = miss_rate.collections[0].get_datalim(miss_rate.transData)
    assert (band.y0, band.y1) == pytest.approx((40.0, 60.0))
    assert "AP50" in ap50.get_ylabel()
    names = [text.get_text() for text in drawn[0].legends[0].get_texts()]
    assert names == ["float", "layer-wise, deepest first (ours)", "BWN"]
    thin = [line for line in miss_rate.lines if line.get_linewidth() == 0.8]
    assert [list(line.get_xdata()) for line in thin] == [[2.0, 4.0]] * 2  # of ours, not of BWN


def test_tradeoff_of_one_seed_has_no_band(tmp_path: Path, drawn: list[Figure]) -> None:
    runs, series = runs_of(tmp_path, seeds=1)
    charts.draw_tradeoff(series, runs, tmp_path / "tradeoff.png")
    assert len(drawn[0].axes[0].collections) == 0


def test_every_method_looks_different(tmp_path: Path) -> None:
    methods = [("layer-wise", "inverse"), ("forward", "forward"), ("layer-wise", "list")]
    methods += [(m, "inverse") for m in ("bwn", "binaryconnect", "dorefa", "inq", "new-one")]
    runs = [
        read_run(write_run(tmp_path / f"{method}{order}{alpha}", [preset_row(4, 8.0, 0.4, 0.7)],
                 method=method, order=order, binarize={"learn_alpha": alpha}))
        for method, order in methods
        for alpha in ((True, False) if (method, order) in methods[::3] else (True,))
    ]  # fmt: skip
    styles = charts._styles(group_runs(runs))
    assert len(styles) == len(runs)
    assert len({style.color for style in styles.values()}) == len(runs)
    assert len({style.marker for style in styles.values()}) == len(runs)
    assert max(styles.values(), key=lambda style: style.width).color == "#D55E00"


def test_sensitivity_shows_both_orders(tmp_path: Path, drawn: list[Figure]) -> None:
    names = binarizable(NODES)
    runs = []
    for seed in (0, 1):
        rows = [
            {"event": "sensitivity", "layer": name, "loss_increase": place + seed}
            for place, name in enumerate(names)
        ]
        runs.append(read_run(write_run(tmp_path / str(seed), rows, seed=seed)))
    charts.draw_sensitivity(runs, tmp_path / "sensitivity.png")
    check_picture(tmp_path / "sensitivity.png", 1760, 832)
    axes = drawn[0].axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    assert [bar.get_height() for bar in axes.patches] == [
        place + 0.5 for place in range(len(names))
    ]
    texts = [text.get_text() for text in axes.texts]
    count = len(names)
    assert texts[1 : count + 1] == [str(turn) for turn in range(count, 0, -1)]
    assert texts[count + 2 :] == [str(turn) for turn in range(1, count + 1)]


def test_bits_show_bytes_and_bits(tmp_path: Path, drawn: list[Figure]) -> None:
    depth = len(binarizable(NODES))
    run = read_run(write_run(tmp_path / "a", [preset_row(0, 1, 0.3, 0.8),
                                              preset_row(depth, 9, 0.4, 0.7)]))  # fmt: skip
    charts.draw_bits(run.layers, run.points, tmp_path / "bits.png")
    check_picture(tmp_path / "bits.png", 1760, round(160 * (4.2 + 2 * 0.52)))
    parts, shares, cells = drawn[0].axes
    widths = [bar.get_width() for bar in parts.patches if bar.get_y() < 0.5]
    assert sum(widths) == pytest.approx(network_bytes(NODES, ()) / 1000)
    deep = [bar.get_width() for bar in parts.patches if bar.get_y() > 0.5]
    assert sum(deep) == pytest.approx(network_bytes(NODES, binarizable(NODES)) / 1000)
    assert sum(bar.get_width() for bar in shares.patches) == pytest.approx(200)
    assert len(cells.patches) == 2 * len(run.layers)


def test_a_failed_figure_leaves_nothing(tmp_path: Path) -> None:
    runs, series = runs_of(tmp_path / "runs")
    with pytest.raises(OSError, match="missing"):
        charts.draw_tradeoff(series, runs, tmp_path / "missing" / "tradeoff.png")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
