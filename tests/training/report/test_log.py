"""Logs become runs; what cannot be read is refused by file and line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.run_logs import layer_row, preset_row, write_run
from training.report.log import ReportError, read_run

CHECKOUT = Path(__file__).parents[3]


def append(folder: Path, *lines: dict[str, Any] | str) -> None:
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        for line in lines:
            file.write(line if isinstance(line, str) else json.dumps(line) + "\n")


def test_reads_a_run(tmp_path: Path) -> None:
    rows = [
        {"event": "train", "step": 20, "loss": 2.0},
        preset_row(0, 1.0, 0.3, 0.8),
        {"event": "other", "layer": "p8", "loss": 1.5},
        layer_row("h8.box", 1, 1.1, miss_rate=0.35, ap50=0.75, reconstruction_error=0.4),
        preset_row(1, 1.1, 0.34, 0.76, steps=12, file_bytes=777),
        {"event": "something new"},
    ]
    run = read_run(write_run(tmp_path / "a", rows, seed=3))
    assert (run.method, run.order, run.seed) == ("layer-wise", "inverse", 3)
    first, second = run.points
    assert first.is_float
    assert not second.is_float
    assert (second.ratio, second.steps, second.file_bytes) == (1.1, 12, 777)
    assert second.bits["h8.box"] == 1


def test_steps_taken_again_count_once(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", [
        preset_row(0, 1.0, 0.3, 0.8, at=100),
        preset_row(1, 2.0, 0.9, 0.1, steps=40, at=100),  # undone: step 140
        layer_row("p8", 2, 3.0, step=150, flip_ratio=0.9),  # undone
    ])  # fmt: skip
    append(folder, {"event": "resume", "step": 120}, preset_row(1, 2.0, 0.4, 0.7, steps=40))
    run = read_run(folder)
    assert [point.miss_rate for point in run.points] == [0.3, 0.4]


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
         "line 2: 'ap50' is not what a run writes: 'high'"),
        (json.dumps(preset_row(1, 2.0, 0.4, 0.7) | {"miss_rate": None}) + "\n",
         "'miss_rate' is not what a run writes: None"),
        (json.dumps(preset_row(1, 0.0, 0.4, 0.7)) + "\n", "'ratio_codes' must be above 0"),
        ('{"event": "preset"}\n', "'step' is not what a run writes: missing"),
        ('{"event": "resume"}\n', "line 2: 'step' is not what"),
        ('{"event": "run"}\n', "line 2: 'method' is not what"),
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


def test_reading_needs_no_torch() -> None:
    code = "import sys, training.report.report; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)
