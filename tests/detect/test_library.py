from dataclasses import replace
from pathlib import Path

import pytest

from pedcam import bundled
from pedcam.detect import library
from pedcam.detect.library import Origin, import_preset, origin
from pedcam.detect.presets import PresetError, read_preset

SHIPPED = min(bundled.models_folder().glob("*.onnx"), key=lambda path: path.stat().st_size)


def test_a_preset_is_copied_and_can_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "models"
    made = import_preset(SHIPPED, folder)
    assert made.path == folder / SHIPPED.name
    assert made.info == read_preset(SHIPPED).info
    assert [path.name for path in folder.iterdir()] == [SHIPPED.name]


def test_importing_twice_and_from_the_folder_itself_changes_nothing(tmp_path: Path) -> None:
    first = import_preset(SHIPPED, tmp_path)
    assert import_preset(SHIPPED, tmp_path) == first
    assert import_preset(first.path, tmp_path) == first


def test_another_file_of_that_name_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / SHIPPED.name).write_bytes(b"something else")
    with pytest.raises(PresetError, match="is there already and differs"):
        import_preset(SHIPPED, tmp_path)
    assert (tmp_path / SHIPPED.name).read_bytes() == b"something else"


def test_what_is_no_preset_is_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "notes.onnx"
    file.write_text("notes")
    folder = tmp_path / "models"
    with pytest.raises(PresetError, match="not a readable ONNX model"):
        import_preset(file, folder)
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PresetError, match="cannot be copied into"):
        import_preset(SHIPPED, tmp_path / "file" / "models")


def test_a_name_cannot_lead_out_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = read_preset(SHIPPED)
    evil = replace(preset, info=replace(preset.info, name="../../evil"))
    monkeypatch.setattr(library, "read_preset", lambda path: evil)
    import_preset(SHIPPED, tmp_path / "models")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["_.._evil.onnx"]


def test_origins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "user_models_folder", lambda: tmp_path / "own")
    assert origin(read_preset(SHIPPED)) is Origin.BUNDLED
    assert origin(import_preset(SHIPPED)) is Origin.USER
    assert origin(import_preset(SHIPPED, tmp_path / "other")) is Origin.ELSEWHERE


@pytest.mark.parametrize("own", [False, True])
def test_a_name_that_is_taken_is_refused(tmp_path: Path, own: bool) -> None:
    folder = tmp_path / "models"
    path = import_preset(SHIPPED, folder).path if own else SHIPPED
    name = read_preset(SHIPPED).name
    with pytest.raises(PresetError) as caught:
        import_preset(path, folder, taken={"another", name})
    assert str(caught.value) == (f"There is a preset named “{name}” already; {path} was not added.")
    assert folder.exists() is own
    assert import_preset(path, folder, taken={"another"}).name == name
