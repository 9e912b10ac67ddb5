"""``pedcam bench``: every number is there, belongs together, and lands where it is asked for."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pedcam.cli import main
from pedcam.detect.detector import STAGES, Detector
from pedcam.detect.pool import load_pool
from pedcam.detect.presets import CalibratedSize
from pedcam.errors import UserError
from pedcam.measure.speed import benchmark as module
from pedcam.measure.speed.bench import read_accuracy
from pedcam.measure.speed.benchmark import benchmark, is_int8
from pedcam.measure.speed.memory import peak_memory
from pedcam.measure.speed.results_file import (
    MeasurementsError,
    load_measurements,
    save_measurements,
)
from pedcam.measure.speed.streaming import ROUNDS, time_in_stream
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import parse_source
from tests.factories import write_video
from tests.nets import SMALL, pictures, small_info, small_net, small_preset
from training.export.int8 import export_int8
from training.export.onnx_graph import describe_preset, export_preset

STREAM_STAGES = ["read_ms", *STAGES, "draw_ms"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    small_preset(folder, depth=0, name="float")
    small_preset(folder, depth=24, name="binary")
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine frames: fewer than a turn needs, so that it starts again and again."""
    images = [np.full((96, 128, 3), 20 * number, np.uint8) for number in range(9)]
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", images, codec="mpeg4")


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "peak_memory", lambda *args, **kwargs: 12_345_678)


def words(models: Path, clip: Path, *more: object) -> list[str]:
    return ["bench", "--models", str(models), "--source", str(clip), "--runs", "10",
            "--threads", "1", *map(str, more)]  # fmt: skip


def test_every_number_is_there(
    models: Path, clip: Path, no_children: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(models, clip, "--json")) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["float", "binary"]
    assert rows[0]["speedup"] == 1
    assert rows[1]["speedup"] == rows[0]["inference_ms"] / rows[1]["inference_ms"]
    for row in rows:
        assert row["file_bytes"] == (models / f"{row['name']}.onnx").stat().st_size
        assert row["input_size"] == [96, 64]
        assert min(row["inference_ms"], row["load_ms"], row["frames_per_second"]) > 0
        assert row["inference_p95_ms"] >= row["inference_ms"]
        assert row["end_to_end_p95_ms"] >= row["end_to_end_ms"]
        assert list(row["stages"]) == STREAM_STAGES
        assert 0 < row["cpu_share"] <= 1.05
        alone = max(
            row["stages"]["read_ms"],
            sum(row["stages"][stage] for stage in STAGES),
            row["stages"]["draw_ms"],
        )
        assert row["of_slowest"] == pytest.approx(row["frames_per_second"] * alone / 1000)
        assert row["memory_bytes"] == 12_345_678
        assert row["speedup_over_int8"] is None
        assert row["miss_rate"] is None


def test_table(
    models: Path, clip: Path, no_children: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(models, clip, "--size", "128x96", "--preset", "binary")) == 0
    output = capsys.readouterr().out
    for text in ("binary", "12 MiB", "whole ms", "letterbox", "postprocess", "1 threads", "clip"):
        assert text in output
    for size in ("100x100", "64", "0x64"):
        with pytest.raises(SystemExit):
            main(words(models, clip, "--size", size))


def test_stages_are_parts_of_the_whole(models: Path, clip: Path) -> None:
    pool, _ = load_pool([models], threads=1)
    times = time_in_stream(pool, ["float", "binary"], parse_source(str(clip)), 12)
    assert list(times) == ["float", "binary"]
    for taken in times.values():
        assert len(taken.rates) == len(taken.cpu_shares) == ROUNDS
        assert len(taken.end_to_end) == ROUNDS * 2
        for index, whole in enumerate(taken.end_to_end):
            parts = [taken.stages[stage][index] for stage in STREAM_STAGES]
            assert all(part >= 0 for part in parts)
            assert sum(parts) <= whole


def test_each_turn_is_timed_with_its_own_preset(models: Path, clip: Path) -> None:
    used: list[tuple[str, str]] = []

    class Noted(Detector):
        def detect(self, frame, score_threshold=None):  # type: ignore[no-untyped-def]
            found = super().detect(frame, score_threshold)
            for stage in STAGES:
                found.metadata[stage] = {"float": 1.0, "binary": 2.0}[self.preset.name]
            used.append((self.preset.name, stage))
            return found

    pool, _ = load_pool([models], threads=1, make=Noted)
    times = time_in_stream(pool, ["float", "binary"], parse_source(str(clip)), 10)
    for name, value in (("float", 1.0), ("binary", 2.0)):
        assert {stage: set(times[name].stages[stage]) for stage in STAGES} == {
            stage: {value} for stage in STAGES
        }
    assert {name for name, _ in used} == {"float", "binary"}


def test_detector_says_what_its_stages_took(models: Path) -> None:
    pool, _ = load_pool([models])
    found = pool.get("float").detect(np.zeros((48, 64, 3), np.uint8))
    assert list(found.metadata) == list(STAGES)
    assert all(0 < value < 60_000 for value in found.metadata.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "none.mp4"], "none.mp4"),
        (["--preset", "none"], "There is no preset 'none'. Presets: float, binary."),
        (["--accuracy", "none.json"], "none.json cannot be read"),
        (["--sizes", "--preset", "float"], "--sizes is for all presets"),
    ],
)
def test_bad_input_gives_one_message(
    models: Path, clip: Path, no_children: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(words(models, clip, *arguments)) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


def test_no_preset_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--models", str(tmp_path)]) == 1
    assert "no usable preset" in capsys.readouterr().err


def test_a_preset_of_a_newer_format(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (models / "float.onnx").read_bytes()
    new = content.replace(b'"format_version":1', b'"format_version":9')
    assert new != content
    (tmp_path / "new.onnx").write_bytes(new)
    for command in ("bench", "evaluate labels.json"):
        assert main([*command.split(), "--models", str(tmp_path)]) == 1
        error = capsys.readouterr().err
        assert "new.onnx" in error
        assert "uses preset format 9, this pedcam reads up to 1: update pedcam" in error
        assert "Traceback" not in error


def test_kept_measurements(
    models: Path, clip: Path, no_children: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    kept = tmp_path / "data" / "measurements.json"
    monkeypatch.setattr("pedcam.measure.speed.results_file.measurements_file", lambda: kept)
    accuracy = tmp_path / "accuracy.json"
    accuracy.write_text(
        '[{"name": "float", "miss_rate": 0.2}, {"name": "binary", "miss_rate": 0.25}, '
        '{"name": "other", "miss_rate": null}]'
    )
    assert main(words(models, clip, "--accuracy", accuracy, "--save")) == 0
    assert f"kept in {kept}" in capsys.readouterr().err
    rows, _ = load_measurements(kept)
    assert {name: row["miss_rate"] for name, row in rows.items()} == {"float": 0.2, "binary": 0.25}
    assert rows["float"]["inference_ms"] > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["accuracy.json", "data"]


def test_presets_are_named_one_by_one_whatever_they_are_called(
    clip: Path, tmp_path: Path, no_children: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b", "--save"):
        small_preset(tmp_path, depth=24, name=name)
    assert main(words(tmp_path, clip, "--json", "--preset=--save", "--preset=a")) == 0
    out, err = capsys.readouterr()
    assert [row["name"] for row in json.loads(out)] == ["--save", "a"]
    assert "measuring memory of --save ...\n" in err
    assert "kept in" not in err


@pytest.mark.parametrize("text", ["", "[1]", "{}", '[{"name": "a"}]', '[{"miss_rate": "x"}]'])
def test_what_is_no_accuracy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accuracy.json"
    path.write_text(text)
    if text == "{}":
        assert read_accuracy(path) == {}
        return
    with pytest.raises(UserError, match="is not what 'pedcam evaluate --json' prints"):
        read_accuracy(path)


def test_measurements_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "m.json"
    assert load_measurements(path) == ({}, {})
    save_measurements([{"name": "a", "inference_ms": 2.5}], {"machine": "m"}, path)
    assert load_measurements(path) == (
        {"a": {"name": "a", "inference_ms": 2.5}}, {"machine": "m"}
    )  # fmt: skip
    with pytest.raises(MeasurementsError, match="cannot be kept"):
        save_measurements([], {}, path / "below")
    assert [one.name for one in path.parent.iterdir()] == ["m.json"]
    for damaged in (b"", b"{", b"[]", b'{"presets": [{}]}', b'{"presets": 3}', b"\xff"):
        path.write_bytes(damaged)
        with pytest.raises(MeasurementsError, match="is damaged"):
            load_measurements(path)
    with pytest.raises(MeasurementsError, match="cannot be read"):
        load_measurements(tmp_path)


def test_int8_is_what_others_are_compared_with(
    models: Path, clip: Path, no_children: None, tmp_path: Path
) -> None:
    pool, _ = load_pool([models])
    assert not any(is_int8(preset) for preset in pool.presets)
    frames = (255 * pictures(2)).round().byte().permute(0, 2, 3, 1).numpy()
    made = export_int8(small_net(0), tmp_path / "int8.onnx", small_info("int8"), [frames[:1]])
    assert is_int8(made)
    rows = benchmark([made, *pool.presets], parse_source(str(clip)), runs=5, threads=1)
    assert rows[0]["speedup_over_int8"] == 1
    assert rows[1]["speedup_over_int8"] == rows[0]["inference_ms"] / rows[1]["inference_ms"]


def test_a_network_is_compared_with_itself_in_float(
    models: Path, clip: Path, no_children: None, tmp_path: Path
) -> None:
    wider = replace(SMALL, neck=16)
    others = [
        export_preset(small_net(depth, config=wider), tmp_path / f"{depth}.onnx", small_info(name))
        for depth, name in ((0, "wider-float"), (24, "wider"))
    ]
    single = export_preset(
        small_net(24, config=replace(SMALL, head=12)), tmp_path / "single.onnx", small_info("alone")
    )
    pool, _ = load_pool([models])
    rows = benchmark([*pool.presets, *others, single], parse_source(str(clip)), runs=3, threads=1)
    times = {row["name"]: row["inference_ms"] for row in rows}
    assert {row["name"]: row["speedup"] for row in rows} == {
        "float": 1,
        "binary": times["float"] / times["binary"],
        "wider-float": 1,
        "wider": times["wider-float"] / times["wider"],
        "alone": None,
    }


def test_further_sizes_are_measured_when_they_are_asked_for(
    models: Path,
    clip: Path,
    no_children: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("float", "binary"):
        (tmp_path / f"{name}.onnx").write_bytes((models / f"{name}.onnx").read_bytes())
    sizes = (CalibratedSize((192, 128), 0.3, ({"miss_rate": 0.25},)),)
    describe_preset(tmp_path / "binary.onnx", sizes=sizes)
    assert main(words(tmp_path, clip, "--json")) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["float", "binary"]
    assert main(words(tmp_path, clip, "--json", "--sizes")) == 0
    *_, larger = json.loads(capsys.readouterr().out)
    assert (larger["name"], larger["input_size"]) == ("binary@192x128", [192, 128])
    assert larger["miss_rate"] == 0.25
    # There is no float preset at that size to compare it with.
    assert larger["speedup"] is None


def test_a_camera_has_a_pace_of_its_own(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Camera:
        title, live, size, rate, duration = "Camera 0", True, (64, 48), 25.0, None

        def close(self) -> None:
            pass

    monkeypatch.setattr("pedcam.measure.speed.streaming.open_source", lambda spec: Camera())
    pool, _ = load_pool([models])
    with pytest.raises(SourceError, match="is live: time presets on a video file"):
        time_in_stream(pool, ["float"], parse_source("0"), 5)


def test_memory_of_a_preset_alone(models: Path, tmp_path: Path) -> None:
    peak = peak_memory(models / "float.onnx", threads=1)
    assert peak is not None
    assert 30 * 2**20 < peak < 2 * 2**30
    assert peak_memory(tmp_path / "none.onnx") is None
