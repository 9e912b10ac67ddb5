"""The log survives kills, resumptions and odd numbers; TensorBoard is there only if asked for."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from training.run.runlog import RunLog

CHECKOUT = Path(__file__).parents[3]


def rows(folder: Path) -> list[dict[str, Any]]:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    lines = (folder / "log.jsonl").read_text().splitlines()
    return [json.loads(line, parse_constant=refuse) for line in lines]


def test_rows_are_on_disk_at_once(tmp_path: Path) -> None:
    with RunLog(tmp_path / "run", tensorboard=False) as log:
        log.write("train", step=1, loss=0.5, layer="p8")
        assert rows(tmp_path / "run") == [{"event": "train", "step": 1, "loss": 0.5, "layer": "p8"}]
        log.write("note", text="a\nb")
        assert rows(tmp_path / "run")[1] == {"event": "note", "text": "a\nb"}


def test_numbers_of_all_kinds(tmp_path: Path) -> None:
    with RunLog(tmp_path, tensorboard=False) as log:
        log.write(
            "odd",
            nan=float("nan"),
            infinite=-np.inf,
            tensor=torch.tensor(2.5),
            array=np.array([1.0, np.nan]),
            number=np.float32(0.25),
            nested={"a": [float("inf"), 1, True, None]},
            path=Path("a") / "b",
        )
    assert rows(tmp_path) == [
        {
            "event": "odd", "nan": None, "infinite": None, "tensor": 2.5, "array": [1.0, None],
            "number": 0.25, "nested": {"a": [None, 1, True, None]}, "path": str(Path("a") / "b"),
        }
    ]  # fmt: skip


def test_a_log_without_rows_leaves_nothing(tmp_path: Path) -> None:
    with RunLog(tmp_path, tensorboard=True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_goes_on_after_the_checkpoint(tmp_path: Path) -> None:
    with RunLog(tmp_path, tensorboard=False) as log:
        log.write("start", seed=3)
        for step in (20, 40, 60):
            log.write("train", step=step)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"event": "train", "st')  # killed while it wrote
    with RunLog(tmp_path, tensorboard=False, step=40) as log:
        log.write("train", step=60, again=True)
    assert [row.get("step") for row in rows(tmp_path)] == [None, 20, 40, 60]
    assert rows(tmp_path)[3]["again"]
    with RunLog(tmp_path, tensorboard=False) as log:
        log.write("train", step=80)
    assert [row.get("step") for row in rows(tmp_path)] == [None, 20, 40, 60, 80]


def test_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "tensorboard").mkdir()
    (tmp_path / "tensorboard" / "events").touch()
    (tmp_path / "log.jsonl").write_text('{"event": "old"}\n')
    (tmp_path / "checkpoint.pt").touch()
    with RunLog(tmp_path, tensorboard=False, fresh=True) as log:
        log.write("new")
    assert rows(tmp_path) == [{"event": "new"}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "log.jsonl"]


def test_inactive_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("kept")
    with RunLog(tmp_path, tensorboard=True, active=False, fresh=True, step=3) as log:
        log.write("train", step=1, loss=1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]
    assert (tmp_path / "log.jsonl").read_text() == "kept"


def test_says_once_that_tensorboard_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.run.runlog.importlib.util.find_spec", lambda name: None)
    said: list[str] = []
    with RunLog(tmp_path, tensorboard=True, say=said.append) as log:
        log.write("train", step=1, loss=0.5)
        log.write("train", step=2, loss=0.5)
    assert len(said) == 1
    assert "TensorBoard is not installed" in said[0]
    assert len(rows(tmp_path)) == 2
    assert not (tmp_path / "tensorboard").exists()


def test_scalars_go_to_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def read() -> dict[str, list[tuple[int, float]]]:
        events = EventAccumulator(str(tmp_path / "tensorboard"))
        events.Reload()
        return {
            tag: [(event.step, event.value) for event in events.Scalars(tag)]
            for tag in events.Tags()["scalars"]
        }

    with RunLog(tmp_path, tensorboard=True) as log:
        log.write("train", step=20, loss=0.5, layer="p8", done=True, bad=float("nan"))
        log.write("layer", step=30, flip_ratio=0.125)
        log.write("train", step=40, loss=0.25)
        log.write("note", loss=7.0)  # at no step
    assert read() == {
        "train/loss": [(20, 0.5), (40, 0.25)],
        "layer/flip_ratio": [(30, 0.125)],
    }
    with RunLog(tmp_path, tensorboard=True, step=30) as log:
        log.write("train", step=40, loss=0.75)
    assert read()["train/loss"] == [(20, 0.5), (40, 0.75)]


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="nothing to import")
def test_tensorboard_is_imported_only_if_on(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from training.run.runlog import RunLog
with RunLog(Path(sys.argv[1]), tensorboard=False) as log:
    log.write("train", step=1, loss=1.0)
assert not [name for name in sys.modules if name.startswith(("tensorboard", "torch"))]
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=CHECKOUT, check=True)
