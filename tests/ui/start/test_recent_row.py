from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.start.recent_row import RecentRow
from pedcam.ui.start.recents import Recent
from pedcam.video.sources.spec import parse_source


def row(qtbot: QtBot, source: str, missing: bool = False) -> RecentRow:
    made = RecentRow(Recent(parse_source(source), 0), "Yesterday", missing, None)
    qtbot.addWidget(made)
    made.resize(400, 56)
    made.show()
    return made


@pytest.mark.parametrize(
    ("source", "name", "description"),
    [
        ("/videos/walk.mp4", "walk.mp4", "/videos, Yesterday"),
        (str(Path.home() / "Videos" / "walk.mp4"), "walk.mp4", f"~{'/'}Videos, Yesterday"),
        ("rtsp://me:secret@10.0.0.1/a", "10.0.0.1", "rtsp://10.0.0.1/a, Yesterday"),
        ("camera:Webcam", "Camera Webcam", "Camera of this computer, Yesterday"),
        ("screen:2", "Screen 2", "Screen of this computer, Yesterday"),
        (
            "screen:-80,20,640,480",
            "Part of the screen",
            "640 × 480 at -80, 20, Yesterday",  # noqa: RUF001
        ),
        (
            "camera:Webcam?size=640x480&rate=15",
            "Camera Webcam",
            "640 × 480 · 15 per second, Yesterday",  # noqa: RUF001
        ),
    ],
)
def test_what_a_row_says(qtbot: QtBot, source: str, name: str, description: str) -> None:
    made = row(qtbot, source)
    assert made.accessibleName() == name
    assert made.accessibleDescription() == description
    assert "secret" not in made.toolTip()


def test_a_missing_file_says_so(qtbot: QtBot) -> None:
    made = row(qtbot, "/videos/walk.mp4", missing=True)
    assert made.accessibleDescription() == "/videos, Not found"
    assert made.toolTip().startswith("/videos/walk.mp4\nIt was moved or deleted")


def test_the_cross_removes_and_does_not_open(qtbot: QtBot) -> None:
    made = row(qtbot, "/a.mp4")
    assert not made.remove.isVisible()
    made.setFocus()
    qtbot.waitUntil(made.remove.isVisible)
    with qtbot.assertNotEmitted(made.clicked), qtbot.waitSignal(made.remove_wanted):
        qtbot.mouseClick(made.remove, Qt.MouseButton.LeftButton)


def test_the_menu_offers_the_same(qtbot: QtBot) -> None:
    made = row(qtbot, "/a.mp4")
    assert made.contextMenuPolicy() is Qt.ContextMenuPolicy.ActionsContextMenu
    play, remove = made.actions()
    with qtbot.waitSignal(made.clicked):
        play.trigger()
    with qtbot.waitSignal(made.remove_wanted):
        remove.trigger()
