"""The benchmark as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pedcam.detect.presets import PresetError
from pedcam.measure.speed import background, benchmark
from pedcam.measure.speed.background import Order
from pedcam.measure.speed.results_file import load_kept
from tests.nets import small_preset

COMMAND = [sys.executable, "-m", "pedcam.measure.speed.background"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    small_preset(folder, depth=0, name="float")
    small_preset(folder, depth=24, name="binary")
    (folder / "broken.onnx").write_bytes(b"not a model")
    return folder


@pytest.mark.parametrize(
    "order",
    [
        Order((Path("a.onnx"), Path("b c.onnx")), "cuda", 3, 5, Path("kept.json")),
        Order((Path("a.onnx"),)),
    ],
)
def test_orders_survive_the_way(order: Order) -> None:
    assert Order.from_json(order.to_json()) == order
    assert "\n" not in order.to_json()


def test_usable_presets_are_measured_and_kept(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def quick(presets: Any, **options: Any) -> list[dict[str, Any]]:
        asked.append(options)
        for part in ("loading", "the networks alone", "the whole stream", "memory of a", "of b"):
            options["on_progress"](part)
        return [
            {"name": preset.name, "file_bytes": preset.file_bytes, "inference_ms": 2.0}
            for preset in presets
        ]

    monkeypatch.setattr(benchmark, "benchmark", quick)
    path = tmp_path / "kept.json"
    told: list[dict[str, Any]] = []
    files = tuple(models / f"{name}.onnx" for name in ("float", "broken", "binary"))
    background.measure(Order(files, threads=1, runs=2, keep_in=path), told.append)
    rows, about = load_kept(path)
    assert list(rows) == ["float", "binary"]
    assert (about["threads"], about["runs"]) == (1, 2)
    assert [message["progress"] for message in told] == [0, 0.15, 0.35, 0.85, 0.925]
    assert (asked[0]["threads"], asked[0]["runs"]) == (1, 2)


def test_without_a_usable_preset_it_says_why(models: Path) -> None:
    with pytest.raises(PresetError, match=r"no preset to measure.*broken\.onnx"):
        background.measure(Order((models / "broken.onnx",)), lambda _: None)


def test_the_process_tells_errors_as_json(models: Path) -> None:
    order = Order((models / "broken.onnx",))
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order.to_json() + "\n")
        process.stdin.flush()
        message = json.loads(process.stdout.readline())
        assert "broken.onnx" in message["error"]
        assert process.wait(30) == 1


def test_it_ends_with_the_window(models: Path, tmp_path: Path) -> None:
    order = Order((models / "float.onnx",), runs=10**6, keep_in=tmp_path / "kept.json")
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order.to_json() + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"progress": 0.0}
        process.stdin.close()
        assert process.wait(30) == 1
    assert not (tmp_path / "kept.json").exists()
