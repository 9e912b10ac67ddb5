import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

from pedcam.ui.start.addresses import problem
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.url_dialog import EXAMPLES, UrlDialog
from pedcam.video.sources.spec import parse_source


@pytest.fixture
def dialog(qtbot: QtBot) -> UrlDialog:
    recents = Recents()
    recents.add(parse_source("rtsp://me:secret@10.0.0.1/live#transport=udp"))
    made = UrlDialog(recents)
    qtbot.addWidget(made)
    made.show()
    return made


def open_button(dialog: UrlDialog) -> QPushButton:
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Open)
    assert button is not None
    return button


@pytest.mark.parametrize("address", EXAMPLES)
def test_examples(address: str) -> None:
    assert problem(address) == ""


def test_only_an_address_can_be_opened(qtbot: QtBot, dialog: UrlDialog) -> None:
    assert not open_button(dialog).isEnabled()
    qtbot.keyClicks(dialog.field, "nonsense")
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.entry.status.isVisible()
    assert dialog.entry.status.property("error")
    dialog.field.setText("  rtsp://10.0.0.2/live ")
    assert not dialog.entry.status.isVisible()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert chosen.args == ["rtsp://10.0.0.2/live"]


@pytest.mark.parametrize(
    ("address", "user", "password", "transport", "opened"),
    [
        ("rtsp://10.0.0.2/a", "me", "a/b", 0, "rtsp://me:a%2Fb@10.0.0.2/a"),
        ("rtsp://10.0.0.2/a", "me", "", 1, "rtsp://me@10.0.0.2/a#transport=tcp"),
        ("rtsp://10.0.0.2/a#x=1", "", "", 2, "rtsp://10.0.0.2/a#transport=udp"),
        ("http://10.0.0.2/a", "me", "b", 2, "http://me:b@10.0.0.2/a"),
        ("rtsp://you:c@10.0.0.2/a", "", "", 0, "rtsp://you:c@10.0.0.2/a"),
        # Known: as it was last time, unless another user is named.
        ("rtsp://10.0.0.1/live", "", "", 0, "rtsp://me:secret@10.0.0.1/live#transport=udp"),
        ("rtsp://10.0.0.1/live", "you", "c", 1, "rtsp://you:c@10.0.0.1/live#transport=tcp"),
        ("rtsp://", "me", "b", 0, ""),
    ],
)
def test_what_is_opened(
    dialog: UrlDialog, address: str, user: str, password: str, transport: int, opened: str
) -> None:
    dialog.field.setText(address)
    dialog.user.setText(user)
    dialog.password.setText(password)
    dialog.transport.setCurrentIndex(transport)
    assert dialog.address() == opened
    assert open_button(dialog).isEnabled() == bool(opened)


def test_what_does_not_apply_is_disabled(dialog: UrlDialog) -> None:
    dialog.field.setText("http://10.0.0.2/a")
    assert dialog.user.isEnabled()
    assert not dialog.password.isEnabled()
    assert not dialog.transport.isEnabled()
    dialog.user.setText("me")
    assert dialog.password.isEnabled()
    dialog.field.setText("rtsp://you:c@10.0.0.2/a")
    assert not dialog.user.isEnabled()
    assert not dialog.password.isEnabled()
    assert dialog.transport.isEnabled()


def test_known_addresses_are_completed_without_their_password(dialog: UrlDialog) -> None:
    assert dialog.field.completer().model().stringList() == ["rtsp://10.0.0.1/live"]
