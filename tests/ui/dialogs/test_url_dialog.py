import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from pedcam.ui.dialogs.url_dialog import EXAMPLES, UrlDialog, problem


@pytest.mark.parametrize("address", [*EXAMPLES, "udp://239.0.0.1:1234", "http://[::1]:8080/v"])
def test_addresses(address: str) -> None:
    assert problem(address) == ""


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "begins with"),
        ("192.168.1.20", "begins with"),
        ("ftp://example.org/a", "begins with"),
        ("rtsp://", "host is missing"),
        ("http:///video", "host is missing"),
        ("udp://", "port is missing"),
        ("tcp://192.168.1.20", "port is missing"),
        ("http://exa mple.org", "begins with"),
    ],
)
def test_what_is_no_address(address: str, says: str) -> None:
    assert says in problem(address)


def test_only_an_address_can_be_opened(qtbot: QtBot) -> None:
    dialog = UrlDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    open_button = dialog.buttons.button(QDialogButtonBox.StandardButton.Open)
    assert not open_button.isEnabled()
    assert not dialog.note.isVisible()
    qtbot.keyClicks(dialog.field, "nonsense")
    assert dialog.note.isVisible()
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    dialog.field.setText("  rtsp://10.0.0.1/live ")
    assert not dialog.note.isVisible()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert chosen.args == ["rtsp://10.0.0.1/live"]
