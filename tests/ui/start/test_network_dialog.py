import threading
from collections.abc import Iterator

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

from pedcam.ui.start.network_cameras import NetworkCameras
from pedcam.ui.start.network_dialog import NetworkDialog
from pedcam.video.sources.onvif import CameraAnswer, CameraStream, SignInError
from pedcam.video.sources.spec import parse_source
from tests.ui.start.test_network_cameras import GATE, YARD, Network

STREAMS = (
    CameraStream("Main", (2560, 1440), "H265", "rtsp://192.168.1.9:554/main?a=b"),
    CameraStream("", None, "", "rtsp://me:own@192.168.1.9/sub"),
    CameraStream("Cloud", (640, 360), "", "rtsp://203.0.113.5/x", elsewhere=True),
)


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    made.answer = CameraAnswer("Acme X-1", STREAMS)
    yield made
    made.go_on.set()


@pytest.fixture
def dialog(qtbot: QtBot, network: Network) -> NetworkDialog:
    made = NetworkDialog(NetworkCameras(network.find, network.ask))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(network.stops) == 1)
    return made


@pytest.fixture
def found(qtbot: QtBot, network: Network, dialog: NetworkDialog) -> NetworkDialog:
    """With two cameras, after the search."""
    network.on_found(GATE)
    network.on_found(YARD)
    network.go_on.set()
    qtbot.waitUntil(lambda: not dialog.progress.isVisible())
    return dialog


def open_button(dialog: NetworkDialog) -> QPushButton:
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Open)
    assert button is not None
    return button


def rows(dialog: NetworkDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def sign_in(qtbot: QtBot, dialog: NetworkDialog) -> None:
    dialog.user.setText(" admin ")
    dialog.password.setText("a/b")
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.streams.count() == 3)


def test_what_is_found_is_listed_meanwhile(
    qtbot: QtBot, network: Network, dialog: NetworkDialog
) -> None:
    assert "Looking for cameras" in dialog.status.text()
    assert dialog.progress.isVisible()
    assert not dialog.ask.isEnabled()
    network.on_found(GATE)
    qtbot.waitUntil(lambda: rows(dialog) == ["Gate   (192.168.1.9)"])
    assert dialog.ask.isEnabled()
    network.on_found(YARD)
    qtbot.waitUntil(lambda: len(rows(dialog)) == 2)
    # The first one, or the one chosen meanwhile, stays chosen.
    assert dialog.list.currentRow() == 0
    network.go_on.set()
    qtbot.waitUntil(lambda: not dialog.progress.isVisible())
    assert dialog.status.text() == "Choose a camera, and enter its user name and password."
    assert not open_button(dialog).isEnabled()


def test_nothing_found_says_what_to_check(
    qtbot: QtBot, network: Network, dialog: NetworkDialog
) -> None:
    network.go_on.set()
    qtbot.waitUntil(lambda: not dialog.progress.isVisible())
    for word in ("switched on", "same network", "ONVIF", "firewall"):
        assert word in dialog.status.text()
    assert dialog.again.text() == "&Look again"
    network.go_on.clear()
    dialog.again.click()
    qtbot.waitUntil(lambda: len(network.stops) == 2)
    assert dialog.progress.isVisible()
    assert dialog.again.text() == "St&op"
    dialog.again.click()
    assert network.stops[1].is_set()
    assert not dialog.progress.isVisible()


def test_a_new_search_lists_anew(qtbot: QtBot, network: Network, found: NetworkDialog) -> None:
    network.go_on.clear()
    found.again.click()
    assert rows(found) == []
    qtbot.waitUntil(lambda: len(network.stops) == 2)
    network.on_found(YARD)
    qtbot.waitUntil(lambda: rows(found) == ["Yard   (192.168.1.10)"])


def test_the_streams_of_the_camera_chosen(
    qtbot: QtBot, network: Network, found: NetworkDialog
) -> None:
    found.list.setCurrentRow(1)
    sign_in(qtbot, found)
    assert network.questions == [(YARD, "admin", "a/b")]
    assert [found.streams.itemText(at) for at in range(3)] == [
        "Main: 2560 × 1440, H265",  # noqa: RUF001
        "Stream 2",
        "Cloud: 640 × 360",  # noqa: RUF001
    ]
    assert found.status.text() == "Choose a stream of Acme X-1."
    assert open_button(found).isEnabled()
    # Those of another camera are not its own.
    found.list.setCurrentRow(0)
    assert found.streams.count() == 0
    assert not open_button(found).isEnabled()
    assert found.contact.text() == ""


@pytest.mark.parametrize(
    ("row", "opened", "said", "red"),
    [
        (0, "rtsp://admin:a%2Fb@192.168.1.9:554/main?a=b", "rtsp://192.168.1.9:554/main", False),
        (1, "rtsp://me:own@192.168.1.9/sub", "rtsp://192.168.1.9/sub", False),
        (2, "rtsp://203.0.113.5/x", "rtsp://203.0.113.5/x\nThat is not the camera at", True),
    ],
)
def test_what_is_opened(
    qtbot: QtBot, found: NetworkDialog, row: int, opened: str, said: str, red: bool
) -> None:
    sign_in(qtbot, found)
    # What is typed later is not what it was asked with.
    found.password.setText("other")
    found.streams.setCurrentIndex(row)
    assert found.contact.text().startswith(f"Opens {said}")
    assert found.contact.property("error") is red
    with qtbot.waitSignal(found.chosen) as chosen:
        open_button(found).click()
    assert chosen.args == [opened]
    assert "a/b" not in parse_source(opened).title


def test_without_a_user_name_none_is_added(qtbot: QtBot, found: NetworkDialog) -> None:
    found.ask.click()
    qtbot.waitUntil(lambda: found.streams.count() == 3)
    with qtbot.waitSignal(found.chosen) as chosen:
        found.accept()
    assert chosen.args == ["rtsp://192.168.1.9:554/main?a=b"]


def test_a_wrong_password_is_typed_again(
    qtbot: QtBot, network: Network, found: NetworkDialog
) -> None:
    network.failure = SignInError("192.168.1.9 refuses this user name or password.")
    found.activateWindow()
    found.user.setText("admin")
    found.list.setFocus()
    found.ask.click()
    qtbot.waitUntil(lambda: "refuses" in found.status.text())
    assert found.status.property("error")
    assert found.focusWidget() is found.password
    with qtbot.assertNotEmitted(found.chosen):
        found.accept()


@pytest.mark.parametrize("asking", [False, True])
def test_closing_ends_what_goes_on(
    qtbot: QtBot, network: Network, dialog: NetworkDialog, asking: bool
) -> None:
    if asking:
        network.on_found(GATE)
        qtbot.waitUntil(lambda: dialog.ask.isEnabled())
        dialog.ask.click()
        qtbot.waitUntil(lambda: len(network.stops) == 2)
        assert dialog.status.text() == "Asking 192.168.1.9…"
    dialog.reject()
    assert network.stops[-1].is_set()
    assert threading.current_thread() not in network.threads
