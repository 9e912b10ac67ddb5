import pytest
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.settings.settings import SettingsState
from pedcam.ui.settings.settings_dialog import DeviceNote


@pytest.fixture
def choice(presets: tuple[Preset, ...]) -> PresetSelection:
    return PresetSelection(presets, "half")


def test_it_says_what_computes_whatever_was_asked_for(
    qtbot: QtBot, choice: PresetSelection
) -> None:
    settings = SettingsState()
    note = DeviceNote(choice, settings)
    qtbot.addWidget(note)
    assert "Once a preset is loaded" in note.text()
    choice.mark_ready("half", "cpu")
    assert "In use now: Processor." in note.text()
    settings.set("provider", "cuda")
    assert "In use now: Processor, although NVIDIA GPU (CUDA) is asked for." in note.text()
    choice.mark_ready("half", "cuda")
    assert "In use now: NVIDIA GPU (CUDA)." in note.text()
    # What runs counts, not what is chosen.
    choice.mark_ready("full", "cpu")
    choice.mark_running("full")
    assert "In use now: Processor" in note.text()


def test_it_says_what_else_there_could_be(
    qtbot: QtBot, choice: PresetSelection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    note = DeviceNote(choice, SettingsState())
    qtbot.addWidget(note)
    assert "not found" not in note.text()
    note.set_found(["cpu", "openvino"])
    assert "NVIDIA GPU (CUDA): not found here; it takes an NVIDIA driver" in note.text()
    assert "OpenVINO" not in note.text()
