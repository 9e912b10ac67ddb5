import sys
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.alerts import sound as sound_module
from pedcam.ui.alerts.sound import FILE, AlertSound
from tests.ui.alerts.chime import chime


@pytest.fixture
def beeps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    monkeypatch.setattr(QApplication, "beep", lambda: made.append("beep"))
    return made


def test_the_file_is_what_our_own_code_makes() -> None:
    assert FILE.read_bytes() == chime()


def test_without_qt_multimedia_the_system_beeps(
    qtbot: QtBot, beeps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PyQt6.QtMultimedia", None)
    sound = AlertSound()
    sound.play()
    sound.play()
    assert len(beeps) == 2


def test_where_it_cannot_be_played_the_system_beeps(
    qtbot: QtBot, beeps: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sound_module, "FILE", tmp_path / "missing.wav")
    sound = AlertSound()
    sound.play()
    qtbot.waitUntil(lambda: len(beeps) == 1)
    sound.play()
    assert len(beeps) == 2
