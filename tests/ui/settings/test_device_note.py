import pytest
from pytestqt.qtbot import QtBot

from pedcam.detect.detector import Provider
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
    note = DeviceNote(choice, settings, ["cpu", "cuda"])
    qtbot.addWidget(note)
    assert "Once a preset is loaded" in note.text()
    choice.mark_ready("half", "cpu")
    assert "In use now: CPU." in note.text()
    settings.set("provider", "cuda")
    assert "In use now: CPU, although CUDA is asked for." in note.text()
    choice.mark_ready("half", "cuda")
    assert "In use now: CUDA." in note.text()
    # What runs counts, not what is chosen.
    choice.mark_ready("full", "cpu")
    choice.mark_running("full")
    assert "In use now: CPU" in note.text()


@pytest.mark.parametrize(
    ("providers", "words"),
    [(["cpu"], "built for: CPU."), (["cpu", "cuda"], "built for: CPU, CUDA.")],
)
def test_it_says_what_onnx_runtime_was_built_for(
    qtbot: QtBot, choice: PresetSelection, providers: list[Provider], words: str
) -> None:
    note = DeviceNote(choice, SettingsState(), providers)
    qtbot.addWidget(note)
    assert words in note.text()
