import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from pedcam.ui.base.message_bar import MessageBar
from pedcam.ui.base.messages import Messages

LONG = "Preset /" + "a_very_long_folder_name/" * 20 + "x.onnx is not readable. Remove it."


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def bar(qtbot: QtBot, messages: Messages) -> MessageBar:
    made = MessageBar(messages)
    qtbot.addWidget(made)
    return made


def test_it_shows_itself_only_when_there_is_something(bar: MessageBar, messages: Messages) -> None:
    assert bar.isHidden()
    messages.post("The camera is gone.")
    assert not bar.isHidden()
    assert bar.text() == "The camera is gone."
    messages.dismiss()
    assert bar.isHidden()


def test_dismissing_is_asked_for(qtbot: QtBot, bar: MessageBar, messages: Messages) -> None:
    messages.post("The camera is gone.")
    with qtbot.waitSignal(bar.dismissed):
        qtbot.mouseClick(bar.dismiss, Qt.MouseButton.LeftButton)


def test_copying(qtbot: QtBot, bar: MessageBar, messages: Messages) -> None:
    messages.post("The camera is gone.")
    [copy] = [button for button in bar.findChildren(QPushButton) if button.text() == "Copy"]
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == "The camera is gone."


def test_a_long_path_wraps_instead_of_widening_the_window(
    bar: MessageBar, messages: Messages
) -> None:
    messages.post("short")
    narrow = bar.minimumSizeHint().width()
    one_line = bar.heightForWidth(600)
    messages.post(LONG, "source")
    assert bar.minimumSizeHint().width() <= narrow + 80  # "1 more" needs its room
    assert one_line < bar.heightForWidth(600) < 10 * one_line
