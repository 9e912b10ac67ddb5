import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pedcam.detect import presets
from pedcam.detect.presets import (
    METADATA_KEY,
    CalibratedSize,
    LayerInfo,
    PresetError,
    PresetInfo,
    at_all_sizes,
    find_preset,
    find_presets,
    read_preset,
)
from tests.factories import fake_preset
from tests.nets import SMALL, small_info, small_net, small_preset
from training.export.onnx_graph import describe_preset, export_preset

LAYER = LayerInfo("s8.down", 1, (12, 8, 3, 3), 1000, 156)
INFO = replace(small_info(), layers=(LAYER,), depth=1, depth_limit=24)


def document(**changes: object) -> str:
    return json.dumps(json.loads(INFO.to_json()) | changes)


def test_description_survives_a_round_trip() -> None:
    assert PresetInfo.from_json(INFO.to_json()) == INFO


def test_sizes_survive_a_round_trip_and_may_be_absent() -> None:
    sizes = (CalibratedSize((192, 96), 0.3, ({"data": "x"},)), CalibratedSize((64, 64), 0.4))
    info = replace(INFO, sizes=sizes)
    assert PresetInfo.from_json(info.to_json()) == info
    older = json.loads(INFO.to_json())
    del older["sizes"]
    assert PresetInfo.from_json(json.dumps(older)) == INFO


def test_at_another_size_it_is_a_preset_of_its_own() -> None:
    # The input is 96x64; both sides twice as long are four times the work.
    size = CalibratedSize((192, 128), 0.3, ({"data": "x"},))
    base = replace(fake_preset("net-19"), info=replace(INFO, name="net-19", sizes=(size,)))
    larger = base.at((192, 128))
    assert (larger.name, larger.base_name) == ("net-19@192x128", "net-19")
    assert (base.default_size, larger.default_size) == (True, False)
    assert larger.info.title == f"{INFO.title}, 192 × 128"  # noqa: RUF001
    assert larger.info.input_size == (192, 128)
    assert (larger.info.score_threshold, larger.info.evaluation) == (0.3, ({"data": "x"},))
    assert [layer.macs for layer in larger.info.layers] == [4 * LAYER.macs]
    assert larger.info.sizes == ()
    assert (larger.path, larger.file_bytes) == (base.path, base.file_bytes)
    assert base.at((96, 64)) is base
    with pytest.raises(ValueError, match="not calibrated for 640x384"):
        base.at((640, 384))


def test_presets_by_name_and_size() -> None:
    presets = [fake_preset("a", sizes={(128, 128): None, (96, 96): None}), fake_preset("b")]
    names = [preset.name for preset in at_all_sizes(presets)]
    assert names == ["a", "b", "a@96x96", "a@128x128"]
    assert [find_preset(presets, name).name for name in names] == names
    assert find_preset(presets, "a@64x64") is presets[0]
    for name in ("a@32x32", "a@"):
        with pytest.raises(PresetError, match=r"'a' has no .* Sizes: 64x64, 96x96, 128x128\."):
            find_preset(presets, name)
    with pytest.raises(PresetError, match=r"no preset 'c@96x96'\. Presets: a, b\."):
        find_preset(presets, "c@96x96")


def test_parameters_of_a_layer() -> None:
    assert LAYER.parameters == 12 * 8 * 3 * 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        (document(format_version=None), "format_version"),
        (document(format_version=True), "format_version"),
        (document(format_version=99), "update pedcam"),
        (document(name=""), "'name'"),
        (document(name="x" * 65), "'name'"),
        (document(name="a\x1b[31m"), "control characters"),
        (document(name="a@64x64"), "'name' holds '@'"),
        (document(title=3), "'title'"),
        (document(depth=-1), "'depth'"),
        (document(depth=1.5), "'depth'"),
        (document(depth_limit="many"), "'depth_limit'"),
        (document(input_size=[640, 380]), "'input_size'"),
        (document(input_size=[640]), "'input_size'"),
        (document(input_size=[2**20, 2**20]), "'input_size'"),
        (document(input_size=[2048, 2080]), "more than 4194304 pixels"),
        (document(score_threshold=1.5), "'score_threshold'"),
        (document(score_threshold=float("nan")), "'score_threshold'"),
        (document(ratio_file=-1), "'ratio_file'"),
        (document(layers="none"), "'layers'"),
        (document(layers=[{"name": "a", "shape": [1, 2], "bits": 1}]), "'shape'"),
        (document(evaluation=[1]), "'evaluation'"),
        (document(training=[]), "'training'"),
        (document(sizes={}), "'sizes'"),
        (document(sizes=[1]), "'sizes'"),
        (document(sizes=[{"input_size": [70, 64], "score_threshold": 0.5}]), "'input_size'"),
        (document(sizes=[{"input_size": [64, 64]}]), "'score_threshold'"),
        (document(sizes=[{"input_size": [96, 64], "score_threshold": 0.5}]), "default one"),
        (document(sizes=[{"input_size": [64, 64], "score_threshold": 0.5}] * 2), "twice"),
        (
            document(
                sizes=[{"input_size": [32 * n, 32], "score_threshold": 0.5} for n in range(1, 10)]
            ),
            "more than 8",
        ),
        (
            document(sizes=[{"input_size": [64, 64], "score_threshold": 0.5, "evaluation": 1}]),
            "'evaluation'",
        ),
    ],
)
def test_bad_description_names_the_field(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        PresetInfo.from_json(text)


def test_reads_what_was_exported(tmp_path: Path) -> None:
    preset = small_preset(tmp_path, depth=10)
    again = read_preset(preset.path)
    assert again == preset
    assert again.file_bytes == preset.path.stat().st_size
    summary = again.summary()
    assert summary["name"] == "small"
    assert (summary["depth"], summary["depth_limit"]) == (10, 24)
    assert sum(layer["bits"] == 1 for layer in summary["layers"]) == 10
    assert summary["file_bytes"] == again.file_bytes
    json.dumps(summary)


def test_describing_keeps_the_graph(tmp_path: Path) -> None:
    preset = small_preset(tmp_path, depth=3)
    before = onnx.load(preset.path).graph
    changed = describe_preset(preset.path, evaluation=({"data": "x", "ap50": 0.5},))
    assert changed.info.evaluation == ({"data": "x", "ap50": 0.5},)
    assert changed.info.layers == preset.info.layers
    assert onnx.load(preset.path).graph == before


def stray_model(path: Path, **metadata: str) -> Path:
    """A valid ONNX model that is no preset."""
    value = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["image"], ["out"])], "g", [value], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def corrupted(path: Path) -> Path:
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    return path


def test_unusable_files_each_give_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = small_preset(tmp_path, depth=0)
    truncated = tmp_path / "truncated.onnx"
    truncated.write_bytes(good.path.read_bytes()[: good.file_bytes // 2])
    (tmp_path / "empty.onnx").touch()
    (tmp_path / "folder.onnx").mkdir()
    cases = {
        tmp_path / "missing.onnx": "cannot be read",
        tmp_path / "folder.onnx": "not a readable ONNX model",
        tmp_path / "empty.onnx": "not a",
        truncated: "not a readable ONNX model",
        corrupted(tmp_path / "corrupt.onnx"): "not a readable ONNX model",
        stray_model(tmp_path / "stray.onnx"): "not a pedcam preset",
        stray_model(tmp_path / "wrong.onnx", pedcam=INFO.to_json()): "its input is not 'image'",
        stray_model(tmp_path / "bad.onnx", pedcam="{}"): "format_version",
    }
    for path, message in cases.items():
        with pytest.raises(PresetError, match=message) as caught:
            read_preset(path)
        assert path.name in str(caught.value)
    found, errors = find_presets([tmp_path])
    assert [preset.name for preset in found] == ["small"]
    assert len(errors) == len(cases) - 1  # the missing one is not in the folder

    monkeypatch.setattr(presets, "MAX_FILE_BYTES", good.file_bytes - 1)
    with pytest.raises(PresetError, match="reads presets of up to"):
        read_preset(good.path)


def test_order_and_duplicates(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    small_preset(first, depth=4, name="deep")
    small_preset(first, depth=0, name="float")
    small_preset(second, depth=2, name="deep")
    wider = small_net(1, config=replace(SMALL, neck=16))
    export_preset(wider, second / "wider.onnx", small_info("wider"))
    found, errors = find_presets([first, second, tmp_path / "none"])
    assert [preset.name for preset in found] == ["wider", "float", "deep"]
    assert found[2].path.parent == first
    assert len(errors) == 1
    assert "already taken" in str(errors[0])


def test_names_in_capitals_and_what_macos_leaves_beside_files(tmp_path: Path) -> None:
    small_preset(tmp_path, depth=0, name="float").path.rename(tmp_path / "FLOAT.ONNX")
    (tmp_path / "._float.onnx").write_bytes(b"Mac OS X")
    found, errors = find_presets([tmp_path])
    assert [preset.path.name for preset in found] == ["FLOAT.ONNX"]
    assert errors == []


def test_metadata_is_one_key(tmp_path: Path) -> None:
    model = onnx.load(small_preset(tmp_path, depth=1).path)
    assert [prop.key for prop in model.metadata_props] == [METADATA_KEY]
