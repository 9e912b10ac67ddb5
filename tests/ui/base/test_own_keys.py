"""Keys of a widget that has the focus, and those of the window."""

from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QCheckBox, QMainWindow, QSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pedcam.history.values import HistorySource, PastEvent
from pedcam.ui.base.own_keys import ARROWS, OwnKeys
from pedcam.ui.compare.state import Layout
from pedcam.ui.main_window import MainWindow
from pedcam.video.people.counts import Event, EventKind

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier


class Shell(QMainWindow):
    """A window with shortcuts, a slider that has arrows of its own, and a checkbox beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        for keys in ("Left", "Right", "Up", "Down", "Ctrl+Right", "Shift+Right", "Space", "PgUp"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda keys=keys: self.heard.append(keys))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setValue(50)
        OwnKeys(self.slider, ARROWS)
        self.box = QCheckBox("On")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.addWidget(self.slider)
        column.addWidget(self.box)
        self.setCentralWidget(inside)


@pytest.fixture
def shell(qtbot: QtBot) -> Shell:
    made = Shell()
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.slider.setFocus()
    return made


@pytest.mark.parametrize(
    ("key", "value"),
    [(Key.Key_Left, 49), (Key.Key_Right, 51), (Key.Key_Up, 51), (Key.Key_Down, 49)],
)
def test_its_keys_are_for_the_widget(qtbot: QtBot, shell: Shell, key: Qt.Key, value: int) -> None:
    qtbot.keyClick(shell.slider, key)
    assert (shell.slider.value(), shell.heard) == (value, [])


def test_those_of_the_keypad_are_too(qtbot: QtBot, shell: Shell) -> None:
    qtbot.keyClick(shell.slider, Key.Key_Right, KEYPAD)
    assert (shell.slider.value(), shell.heard) == (51, [])


@pytest.mark.parametrize(("modifier", "keys"), [(CTRL, "Ctrl+Right"), (SHIFT, "Shift+Right")])
def test_with_another_key_held_they_are_the_window_s(
    qtbot: QtBot, shell: Shell, modifier: Qt.KeyboardModifier, keys: str
) -> None:
    qtbot.keyClick(shell.slider, Key.Key_Right, modifier)
    assert (shell.slider.value(), shell.heard) == (50, [keys])


@pytest.mark.parametrize(("key", "keys"), [(Key.Key_Space, "Space"), (Key.Key_PageUp, "PgUp")])
def test_other_keys_are_the_window_s(qtbot: QtBot, shell: Shell, key: Qt.Key, keys: str) -> None:
    qtbot.keyClick(shell.slider, key)
    assert (shell.slider.value(), shell.heard) == (50, [keys])


def test_other_widgets_have_no_keys_of_their_own(qtbot: QtBot, shell: Shell) -> None:
    shell.box.setFocus()
    qtbot.keyClick(shell.box, Key.Key_Right)
    assert (shell.slider.value(), shell.heard) == (50, ["Right"])


@pytest.mark.parametrize(
    ("key", "percent"),
    [(Key.Key_Left, 39), (Key.Key_Right, 41), (Key.Key_Up, 41), (Key.Key_Down, 39)],
)
def test_arrows_move_the_confidence_and_not_the_video(
    qtbot: QtBot, playing: Any, window: MainWindow, key: Qt.Key, percent: int
) -> None:
    slider = window.confidence.slider
    slider.setFocus()
    qtbot.keyClick(slider, key)
    assert (slider.value(), playing.threshold) == (percent, percent / 100)
    assert playing.seeks == []
    # The picture's arrows are those of the video as before.
    window.view.setFocus()
    qtbot.keyClick(window.view, Key.Key_Right)
    assert (slider.value(), len(playing.seeks)) == (percent, 1)


def test_space_switches_auto_and_does_not_pause(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    switch = window.preset_panel.auto.switch
    switch.setFocus()
    qtbot.keyClick(switch, Key.Key_Space)
    assert (switch.isChecked(), playing.auto) == (True, True)
    qtbot.keyClick(switch, Key.Key_Space)
    assert (switch.isChecked(), playing.auto) == (False, False)
    assert not playing.paused


def test_space_switches_the_divider_and_does_not_pause(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    comparison = window.services.comparison
    qtbot.keyClick(window, "C")
    divider = window.compare_box.divider
    divider.setFocus()
    qtbot.keyClick(divider, Key.Key_Space)
    assert comparison.layout is Layout.DIVIDER
    qtbot.keyClick(divider, Key.Key_Space)
    assert comparison.layout is Layout.SIDE_BY_SIDE
    assert not playing.paused


def test_keys_choose_what_is_compared(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    comparison, other = window.services.comparison, window.compare_box.other
    # As a shortcut the window has none for these two, but a menu may get one.
    heard: list[str] = []
    for keys in ("Up", "Down"):
        QShortcut(QKeySequence(keys), window).activated.connect(
            lambda keys=keys: heard.append(keys)
        )
    other.setFocus()
    qtbot.keyClick(other, Key.Key_Down)
    assert comparison.other == "float"
    qtbot.keyClick(other, Key.Key_Up)
    assert comparison.other is None
    qtbot.keyClick(other, Key.Key_Space)
    choices = other.view()
    assert choices is not None
    qtbot.waitUntil(choices.isVisible)
    assert not playing.paused
    qtbot.keyClick(choices, Key.Key_End)
    qtbot.keyClick(choices, Key.Key_Return)
    qtbot.waitUntil(lambda: not choices.isVisible())
    assert comparison.other == "full"
    assert (playing.paused, playing.seeks, heard) == (False, [], [])


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_return_presses_the_buttons_of_the_events(
    qtbot: QtBot, playing: Any, window: MainWindow, key: Qt.Key
) -> None:
    panel, events = window.events_panel, window.services.history.events
    window.panel.turn_to("events")
    source = HistorySource("street.mp4", "file", "street.mp4")
    events.extend([PastEvent(Event(EventKind.LEFT, 1, 1, 0.5), 1_700_000_000.0, source, False)])
    asked: list[str] = []
    for name, button in (("history", panel.history), ("export", panel.export)):
        requested = getattr(panel, f"{name}_requested")
        requested.disconnect()  # no dialog is wanted here
        requested.connect(lambda name=name: asked.append(name))
        button.setFocus()
        qtbot.keyClick(button, key)
    assert asked == ["history", "export"]
    for kind, chip in panel.chips.items():
        chip.setFocus()
        qtbot.keyClick(chip, key)
        assert events.hidden == {kind}
        qtbot.keyClick(chip, key)
        assert events.hidden == frozenset()
    assert not playing.paused
