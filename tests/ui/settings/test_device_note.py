import threading

import pytest
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.cuda_probe import CudaReport, CudaState
from pedcam.ui.presets.choice import PresetChoice
from pedcam.ui.settings.device_note import DeviceNote
from pedcam.ui.settings.settings_state import SettingsState


@pytest.fixture
def choice(presets: tuple[Preset, ...]) -> PresetChoice:
    return PresetChoice(presets, "half")


def test_it_says_what_computes_whatever_was_asked_for(qtbot: QtBot, choice: PresetChoice) -> None:
    settings = SettingsState()
    note = DeviceNote(choice, settings, lambda: CudaReport(CudaState.NO_DRIVER))
    qtbot.addWidget(note)
    assert "being loaded" in note.in_use.text()
    choice.mark_ready("half", "cpu")
    assert note.in_use.text() == "In use now: the processor."
    settings.set("provider", "cuda")
    assert "although the GPU is asked for" in note.in_use.text()
    choice.mark_ready("half", "cuda")
    assert note.in_use.text() == "In use now: the NVIDIA GPU."
    # What runs counts, not what is chosen.
    choice.mark_ready("full", "cpu")
    choice.mark_running("full")
    assert "processor" in note.in_use.text()


@pytest.mark.parametrize("state", list(CudaState))
def test_it_says_why_cuda_cannot_be_used(
    qtbot: QtBot, choice: PresetChoice, state: CudaState
) -> None:
    go = threading.Event()

    def probe() -> CudaReport:
        assert go.wait(10)
        return CudaReport(state, "libcudnn.so.9")

    note = DeviceNote(choice, SettingsState(), probe)
    qtbot.addWidget(note)
    assert "Looking" in note.reason.text()
    with qtbot.waitSignal(note.probed) as heard:
        go.set()
    assert heard.args == [state is CudaState.USABLE]
    assert ("cannot be used" in note.reason.text()) is (state is not CudaState.USABLE)
    named = state in (CudaState.USABLE, CudaState.NO_LIBRARY, CudaState.BROKEN)
    assert ("libcudnn.so.9" in note.reason.text()) is named
