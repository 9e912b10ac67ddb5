"""Which presets are measured, and what is said of those that cannot be."""

import json
from pathlib import Path

import onnx
import pytest

from pedcam.cli import main
from pedcam.detect.presets import CalibratedSize, PresetError
from pedcam.measure.options import choose_presets
from tests.nets import small_preset
from training.export.onnx_graph import describe_preset


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    small_preset(folder, depth=0, name="float")
    small_preset(folder, depth=24, name="binary")
    return folder


@pytest.fixture
def newer(models: Path, tmp_path: Path) -> Path:
    """A folder with a good preset, and one of a format of the future."""
    (tmp_path / "float.onnx").write_bytes((models / "float.onnx").read_bytes())
    model = onnx.load(models / "binary.onnx")
    (entry,) = model.metadata_props
    entry.value = json.dumps(json.loads(entry.value) | {"format_version": 99})
    onnx.save(model, tmp_path / "newer.onnx")
    return tmp_path


def test_all_and_some_in_the_order_wanted(models: Path) -> None:
    assert [preset.name for preset in choose_presets(models, ["all"])] == ["float", "binary"]
    names = ["binary", "float"]
    assert [preset.name for preset in choose_presets(models, names)] == names


def test_none_of_that_name(models: Path) -> None:
    with pytest.raises(PresetError) as error:
        choose_presets(models, ["none"])
    assert str(error.value) == "There is no preset 'none'. Presets: float, binary."


def test_further_sizes(models: Path, tmp_path: Path) -> None:
    copy = tmp_path / "binary.onnx"
    copy.write_bytes((models / "binary.onnx").read_bytes())
    describe_preset(copy, sizes=(CalibratedSize((192, 128), 0.3),))
    both = ["binary", "binary@192x128"]
    assert [one.name for one in choose_presets(tmp_path, ["all"])] == ["binary"]
    assert [one.name for one in choose_presets(tmp_path, ["all"], sizes=True)] == both
    assert [one.name for one in choose_presets(tmp_path, both)] == both
    with pytest.raises(PresetError, match=r"no input size '64x64'\. Sizes: 96x64, 192x128\."):
        choose_presets(tmp_path, ["binary@64x64"])
    with pytest.raises(PresetError, match="--size"):
        choose_presets(tmp_path, both, size=(64, 64))


def test_one_of_a_newer_format_is_not_left_out_in_silence(
    newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    what = "it uses preset format 99, this pedcam reads up to 1: update pedcam."
    for names in (["all"], ["newer"]):
        with pytest.raises(PresetError, match="newer.onnx cannot be used: " + what):
            choose_presets(newer, names)
    assert main(["bench", "--models", str(newer)]) == 1
    assert what in capsys.readouterr().err
    # Whoever asks for another one is not kept from it.
    assert [preset.name for preset in choose_presets(newer, ["float"])] == ["float"]
