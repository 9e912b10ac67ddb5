from pathlib import Path

from PyQt6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from pedcam.ui.settings.settings_dialog import FoldersPage


def test_the_nearest_folder_there_is_opens(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    opened: list[str] = []
    page = FoldersPage(
        [
            ("Folder", tmp_path),
            ("File", tmp_path / "file"),
            ("Not yet there", tmp_path / "a" / "b" / "c.json"),
        ],
        lambda url: opened.append(url.toLocalFile()),
    )
    qtbot.addWidget(page)
    assert [button.accessibleName() for button in page.buttons] == [
        "Open folder: Folder",
        "Open folder: File",
        "Open folder: Not yet there",
    ]
    for number, button in enumerate(page.buttons, start=1):
        button.click()
        qtbot.waitUntil(lambda number=number: len(opened) == number)
    assert opened == 3 * [QUrl.fromLocalFile(str(tmp_path)).toLocalFile()]
