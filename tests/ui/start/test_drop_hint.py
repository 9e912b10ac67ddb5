from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.start.drop_hint import DropHint


def test_it_covers_the_window_and_lets_the_mouse_through(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    hint = DropHint(window)
    window.show()
    assert not hint.isVisible()
    before = window.grab().toImage()
    hint.cover("Play walk.mp4", "and nothing else")
    assert hint.geometry() == window.rect()
    assert window.childAt(150, 100) is None
    usable = window.grab().toImage()
    hint.cover("pedcam cannot use this", usable=False)
    assert len({image.pixelColor(150, 16).name() for image in (before, usable)}) == 2
    assert usable != window.grab().toImage()
