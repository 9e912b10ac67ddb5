"""The report says what follows from the logs, and no more."""

from pathlib import Path

import pytest

from tests.run_logs import NODES, layer_row, preset_row, write_run
from training.layout import binarizable, convolutions
from training.logreader import ReportError
from training.report import main, write_report

OURS = "layer-wise, deepest first (ours)"


def comparison(folder: Path) -> list[Path]:
    """Ours and BWN with three seeds, forward with one; the numbers are worked out in the tests."""
    ours = [(0.40, 0.60), (0.43, 0.60), (0.40, 0.60)]
    bwn = [(0.42, 0.64), (0.42, 0.65), (0.42, 0.66)]
    runs = []
    for seed in range(3):
        start = preset_row(0, 1.0, 0.30 + 0.01 * seed, 0.8, file_bytes=20_000)
        for method, figures in (("layer-wise", ours), ("bwn", bwn)):
            at_eight = preset_row(19, 8.2, *figures[seed], steps=570, file_bytes=2_500)
            deep = preset_row(27, 29.0, 0.5, 0.5, steps=800)
            layer = layer_row("p8", 3, 1.2, reconstruction_error=0.3, flip_ratio=0.01 * seed)
            rows = [start, layer, at_eight, deep]
            runs.append(write_run(folder / f"{method}-{seed}", rows, method=method, seed=seed))
    forward = [preset_row(0, 1.0, 0.3, 0.8), preset_row(21, 8.4, 0.45, 0.55, steps=600)]
    runs.append(write_run(folder / "forward-0", forward, method="forward", order="forward"))
    return runs


def report(runs: list[Path], output: Path, *more: str) -> str:
    assert main([*map(str, runs), "--output", str(output), *more]) == 0
    return (output / "REPORT.md").read_text(encoding="utf-8")


def test_tables_hold_means_and_deviations(tmp_path: Path) -> None:
    text = report(comparison(tmp_path), tmp_path / "out")
    # Ours 40, 43, 40: mean 41, deviations -1, 2, -1: std sqrt(6 / 2) = 1.7. BWN 64, 65, 66: 65, 1.
    assert f"| {OURS} | 8.2x | 19 | 41.0 ± 1.7 | 60.0 ± 0.0 | 570 | 2 | 3 |" in text
    assert "| BWN | 8.2x | 19 | 42.0 ± 0.0 | 65.0 ± 1.0 | 570 | 2 | 3 |" in text
    assert "| layer-wise, first layer first | 8.4x | 21 | 45.0 | 55.0 | 600 | 1 | 1 |" in text
    assert "| float | 1.0x | 0 | 31.0 ± 1.0 | 80.0 ± 0.0 | 0 | 20 | 3 |" in text
    assert text.index(f"| {OURS} | 8.2x") < text.index("| BWN | 8.2x")  # by miss rate
    # At 16x there is only 29x, which is too far to be compared.
    assert "| BWN\\* | 29.0x | 27 |" in text


def test_findings_follow_from_the_numbers(tmp_path: Path) -> None:
    text = report(comparison(tmp_path), tmp_path / "out", "--at", "8")
    assert (
        f"- 8x, log-average miss rate: **no clear winner**; {OURS} has the lowest mean, 41.0 %, "
        "1.0 ± 1.7 points ahead of BWN, better in 2 of 3 seeds." in text
    )
    assert (
        f"- 8x, AP50: **BWN wins** with 65.0 %, 5.0 ± 1.0 points ahead of {OURS}, better in 3 of "
        "3 seeds." in text
    )
    assert (
        f"- 8x, log-average miss rate: **no clear winner**; {OURS} has the lowest mean, 41.0 %, "
        "5.0 points ahead of layer-wise, first layer first, but only one seed is common to both."
        in text
    )
    assert (
        "| 8x | BWN | +1.0 ± 1.7 (better in 2 of 3, not clear) | -5.0 ± 1.0 (better in 0 of 3) |"
        in text
    )
    assert f"Here: 8x no clear winner (best mean: {OURS})" in text
    assert "Only the abstract" in text
    assert "| `p8` | 7 |  |  | 0.300 | 0.010 | +0.250 |" in text  # six heads are deeper


def test_a_contradiction_is_called_one(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / f"{method}{seed}", [preset_row(5, 8.0, miss + seed / 1000, 0.5)],
                  method=method, seed=seed)
        for method, miss in (("layer-wise", 0.5), ("bwn", 0.4))
        for seed in (0, 1)
    ]  # fmt: skip
    text = report(runs, tmp_path / "out", "--at", "8")
    assert "**BWN wins** with 40.1 %, 10.0 ± 0.0 points ahead" in text
    assert "8x contradicts (BWN wins)" in text


def test_says_how_it_was_made(tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = report(comparison(tmp_path), out, "--title", "My methods")
    assert text.startswith("# My methods\n")
    assert f"python -m training.report {tmp_path / 'layer-wise-0'}" in text
    weights = sum(conv.parameters for conv in convolutions(NODES))
    assert f"{len(binarizable(NODES))} of which can be binarized, {weights:,} weights" in text
    assert "400 training images, 50 validation images" in text
    assert "100 steps of 8 views" in text
    assert f"| {OURS} | 0, 1, 2 | 9 | 800 | `layer-wise-0`" in text
    assert sorted(path.name for path in out.iterdir()) == ["REPORT.md", "bits.png", "tradeoff.png"]


def test_sensitivity_has_a_table_and_a_figure(tmp_path: Path) -> None:
    names = binarizable(NODES)
    runs = []
    for seed, shift in ((0, 0.0), (1, 0.2)):
        rows = [
            {"event": "sensitivity", "layer": name, "loss_increase": shift + (name == "p8")}
            for name in names
        ]
        rows.append(preset_row(3, 8.0, 0.4, 0.6))
        runs.append(write_run(tmp_path / str(seed), rows, method="sensitivity",
                              order="sensitivity", seed=seed))  # fmt: skip
    text = report(runs, tmp_path / "out")
    # 1.0 and 1.2: mean 1.1, std sqrt(2 * 0.01) = 0.141.
    assert f"| `p8` | 7 | {len(names)} | 1.100 ± 0.141 |" in text
    assert "0.100 (`s4.down`) to 1.100 (`p8`)" in text
    assert (tmp_path / "out" / "sensitivity.png").exists()
    # A later report on runs without it must not keep the old figure.
    report([write_run(tmp_path / "x", [preset_row(3, 8.0, 0.4, 0.6)], method="bwn")],
           tmp_path / "out")  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "REPORT.md", "tradeoff.png",
    ]  # fmt: skip


def test_one_run_alone_is_reported(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", [preset_row(0, 1.0, 0.3, 0.8), preset_row(9, 9.0, 0.4, 0.7)])
    text = report([run, run], tmp_path / "out")
    assert f"| {OURS} | 9.0x | 9 | 40.0 | 70.0 | 0 | 1 | 1 |" in text
    assert "Nothing to compare" in text
    assert "No run reaches this ratio." in text  # 16x, which its settings ask for
    assert "Here: not measured." in text


def test_int8_is_a_reference(tmp_path: Path) -> None:
    eight = {conv.name: 8 for conv in convolutions(NODES)}
    rows = [preset_row(0, 1.0, 0.3, 0.8), preset_row(0, 3.9, 0.31, 0.79, bits=eight)]
    text = report([write_run(tmp_path / "a", rows, method="int8")], tmp_path / "out")
    assert "| int8 after training | 3.9x | 0 | 31.0 | 79.0 |" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ('{"event": "train"}\n', "no 'run' line"),
        ("no json\n", "line 1: not JSON"),
    ],
)
def test_errors_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "log.jsonl").write_text(content)
    assert main([str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("report: error: ")
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_runs_without_presets_are_too_early(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="exported a preset yet"):
        write_report([write_run(tmp_path / "a", [])], tmp_path / "out")


def test_an_unwritable_folder_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("a file")
    assert main([*map(str, comparison(tmp_path)), "--output", str(tmp_path / "out")]) == 1
    assert "report: error: " in capsys.readouterr().err


def test_a_ratio_is_a_number_above_zero(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--output", str(tmp_path), "--at", "-8"])


@pytest.mark.parametrize(("measured", "said"), [(3, True), (19, False)])
def test_thin_lines_are_explained_where_there_are_any(
    tmp_path: Path, measured: int, said: bool
) -> None:
    """Depth 19 is exported: the layer that completes it was measured as its preset was."""
    rows = [
        preset_row(0, 1.0, 0.3, 0.8),
        layer_row("p8", measured, 1.2, miss_rate=0.4, ap50=0.6),
        preset_row(19, 8.2, 0.4, 0.6),
    ]
    text = report([write_run(tmp_path / "run", rows)], tmp_path / "out")
    assert ("Thin lines" in text) is said


def test_report_says_where_the_float_network_comes_from(tmp_path: Path) -> None:
    rows = [preset_row(0, 1.0, 0.3, 0.8), preset_row(19, 8.2, 0.4, 0.6)]
    later = write_run(tmp_path / "later", rows, method="bwn", start_from="runs/a/float.pt")
    text = report([later], tmp_path / "out")
    assert "- Float network: `float.pt` of earlier training; every method begins with it." in text
    first = write_run(tmp_path / "first", rows)
    text = report([first, later], tmp_path / "out")
    assert "- Float network: 100 steps of 8 views; every method begins with it." in text


def test_orders_are_compared_among_equal_settings(tmp_path: Path) -> None:
    """Other settings, with the same order, that are better say nothing against that order."""
    runs = [
        write_run(
            tmp_path / f"{order}{free}{seed}",
            [preset_row(19, 8.2, miss + seed / 1000, 0.6)],
            method=method, order=order, seed=seed, binarize={"free_codes": free},
        )
        for method, order, free, miss in (
            ("layer-wise", "inverse", False, 0.4),
            ("layer-wise", "inverse", True, 0.3),
            ("forward", "forward", False, 0.5),
        )
        for seed in (0, 1)
    ]  # fmt: skip
    text = report(runs, tmp_path / "out", "--at", "8")
    assert "by miss rate. Here: 8x agrees" in text
    orders = text[text.index("### Orders of the layers") : text.index("### Leads of")]
    assert "free_codes" not in orders
