import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.alerts import notifier as notifier_module
from pedcam.ui.alerts.notifier import Notifier

CHECKOUT = Path(__file__).parents[3]

# A server of notifications and a client in one process, each with its own way to the bus.
CONVERSATION = """
import json, os, sys
from PyQt6.QtCore import QObject, QTimer, pyqtSlot
from PyQt6.QtDBus import QDBusConnection, QDBusMessage
from PyQt6.QtWidgets import QApplication
from pedcam.ui.alerts.notifier import PATH, SERVICE, Notifier

class Server(QObject):
    @pyqtSlot(QDBusMessage)
    def Notify(self, message):
        print(json.dumps([message.signature(), message.arguments()]), flush=True)
        app.quit()

app = QApplication([])
server = Server()
bus = QDBusConnection.connectToBus(os.environ["DBUS_SESSION_BUS_ADDRESS"], "server")
assert bus.registerService(SERVICE)
assert bus.registerObject(PATH, SERVICE, server, QDBusConnection.RegisterOption.ExportAllSlots)
Notifier(app).show("Door", "Someone <enters> & stays")
QTimer.singleShot(20000, app.quit)
app.exec()
"""


ALONE = """
import json
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from pedcam.ui.alerts.notifier import Notifier

def show(notifier, *texts):
    print(json.dumps(texts), flush=True)
    app.quit()

app = QApplication([])
Notifier._show_in_tray = show
Notifier(app).show("Door", "Someone <enters> & stays")
QTimer.singleShot(20000, app.quit)
app.exec()
"""


def run(*command: str, **environment: str) -> list[object]:
    """Run a script, and return what it printed."""
    common = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=CHECKOUT,
        env=os.environ | common | environment,
    )
    printed = json.loads(process.stdout)
    assert isinstance(printed, list)
    return printed


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="there is no D-Bus")
def test_a_server_of_the_desktop_gets_it() -> None:
    signature, arguments = run("dbus-run-session", "--", sys.executable, "-c", CONVERSATION)
    # As the specification has it; the text is a kind of HTML.
    assert signature == "susssasa{sv}i"
    text = "Someone &lt;enters&gt; &amp; stays"
    hints = {"desktop-entry": "pedcam"}
    assert arguments == ["pedcam", 0, "pedcam", "Door", text, [], hints, 10_000]


class FakeTray:
    """An icon in the tray that remembers what it shows."""

    available = True
    made: list["FakeTray"] = []  # noqa: RUF012 - emptied by each test

    def __init__(self, *arguments: object) -> None:
        self.shown: list[tuple[str, str]] = []
        self.visible = False
        self.made.append(self)

    @classmethod
    def isSystemTrayAvailable(cls) -> bool:
        return cls.available

    def setToolTip(self, text: str) -> None:
        pass

    def show(self) -> None:
        self.visible = True

    def showMessage(self, title: str, text: str, *rest: object) -> None:
        assert self.visible
        self.shown.append((title, text))


@pytest.fixture
def tray(monkeypatch: pytest.MonkeyPatch) -> type[FakeTray]:
    monkeypatch.setattr(notifier_module, "QSystemTrayIcon", FakeTray)
    monkeypatch.setattr(FakeTray, "made", [])
    return FakeTray


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_an_icon_in_the_tray_shows_it(
    qtbot: QtBot, tray: type[FakeTray], monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    notifier = Notifier()
    notifier.show("Door", "Someone enters")
    notifier.show("Gate", "Someone leaves")
    (icon,) = tray.made
    assert icon.shown == [("Door", "Someone enters"), ("Gate", "Someone leaves")]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has D-Bus")
@pytest.mark.parametrize(
    "bus",
    [
        pytest.param([], id="no bus"),
        pytest.param(
            ["dbus-run-session", "--"],
            id="no server",
            marks=pytest.mark.skipif(not shutil.which("dbus-run-session"), reason="no D-Bus"),
        ),
    ],
)
def test_the_tray_is_used_where_no_server_answers(bus: list[str]) -> None:
    shown = run(*bus, sys.executable, "-c", ALONE, DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere")
    assert shown == ["Door", "Someone <enters> & stays"]


def test_without_a_tray_nothing_is_shown(
    qtbot: QtBot, tray: type[FakeTray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(tray, "available", False)
    Notifier().show("Door", "Someone enters")
    assert tray.made == []
