"""The report says what follows from the logs, and no more."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run_logs import layer_row, preset_row, write_run
from training.report.log import ReportError, read_run
from training.report.report import at_ratio, curve, group_runs, main, write_report

OURS = "layer-wise, deepest first"


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


def test_the_table_holds_means_and_deviations(tmp_path: Path) -> None:
    text = report(comparison(tmp_path), tmp_path / "out")
    # Ours 40, 43, 40: mean 41, deviations -1, 2, -1: std sqrt(6 / 2) = 1.7. BWN 64, 65, 66: 65, 1.
    assert f"| 8x | {OURS} | 8.2 | 19 | 41.0 ± 1.7 | 60.0 ± 0.0 | 570 | 2 | 3 |" in text
    assert "| 8x | BWN, all at once | 8.2 | 19 | 42.0 ± 0.0 | 65.0 ± 1.0 | 570 | 2 | 3 |" in text
    forward = "layer-wise, first layer first"
    assert f"| 8x | {forward} | 8.4 | 21 | 45.0 | 55.0 | 600 | 1 | 1 |" in text
    assert f"| float | {OURS} | 1.0 | 0 | 31.0 ± 1.0 | 80.0 ± 0.0 | 0 | 20 | 3 |" in text
    assert text.index(f"| 8x | {OURS}") < text.index("| 8x | BWN")  # by miss rate
    assert "| 16x | BWN, all at once | 29.0 | 27 |" in text
    assert (tmp_path / "out" / "tradeoff.png").stat().st_size > 10_000


def test_settings_that_differ_are_named(tmp_path: Path) -> None:
    preset = [preset_row(5, 8.0, 0.4, 0.7)]
    runs = [
        write_run(tmp_path / "0", preset, seed=0),
        write_run(tmp_path / "1", preset, seed=1),
        write_run(tmp_path / "2", preset, seed=0, binarize={"ema": 0.5}),
    ]
    groups = group_runs([read_run(run) for run in runs])
    assert {title: len(members) for title, members in groups.items()} == {
        f"{OURS}": 2,
        f"{OURS}, ema 0.5": 1,
    }
    with pytest.raises(ReportError, match="with the same seed: leave one out"):
        group_runs([read_run(runs[0]), replace(read_run(runs[1]), seed=0)])


def test_presets_of_replicates_belong_together(tmp_path: Path) -> None:
    first = [preset_row(5, 8.0, 0.4, 0.7), preset_row(9, 16.5, 0.5, 0.6)]
    second = [preset_row(9, 17.0, 0.5, 0.6), preset_row(6, 8.5, 0.4, 0.7)]
    runs = [
        read_run(write_run(tmp_path / str(seed), rows, seed=seed))
        for seed, rows in enumerate((first, second))
    ]
    assert [[point.ratio for point in points] for points in curve(runs)] == [[8, 8.5], [16.5, 17]]
    assert [point.ratio for point in at_ratio(runs, 8.4)] == [16.5, 8.5]
    # 0.98 of it is enough.
    assert [point.ratio for point in at_ratio(runs, 8.16)] == [8, 8.5]
    assert at_ratio(runs, 20) == []


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
