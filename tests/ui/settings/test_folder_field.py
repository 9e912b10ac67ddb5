import os
import threading
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from pedcam.ui.settings.folder_field import FolderField, folder_problem

ROOT = Path("/").resolve()


class Disk:
    """Says what the test wants of each folder; those in ``stuck`` hang."""

    def __init__(self) -> None:
        self.problems: dict[Path, str] = {}
        self.stuck: dict[Path, threading.Event] = {}
        self.threads: set[threading.Thread] = set()

    def find_problem(self, folder: Path) -> str:
        self.threads.add(threading.current_thread())
        if folder in self.stuck:
            assert self.stuck[folder].wait(10)
        return self.problems.get(folder, "")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def chosen() -> list[Path]:
    return []


@pytest.fixture
def field(qtbot: QtBot, disk: Disk, chosen: list[Path]) -> FolderField:
    made = FolderField("Folder for recordings", disk.find_problem)
    qtbot.addWidget(made)
    made.chosen.connect(chosen.append)
    made.show_folder(ROOT / "videos")
    made.show()
    return made


def test_a_folder_that_can_be_used_is_taken(
    qtbot: QtBot, field: FolderField, disk: Disk, chosen: list[Path]
) -> None:
    qtbot.mouseClick(field.browse, Qt.MouseButton.LeftButton)
    dialog = field.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(ROOT / "new"))
    qtbot.waitUntil(lambda: chosen == [ROOT / "new"])
    assert field.line.text() == str(ROOT / "new")
    assert not field.status.isVisible()
    assert threading.current_thread() not in disk.threads
    dialog.close()


def test_another_is_not_and_the_reason_is_said(
    qtbot: QtBot, field: FolderField, disk: Disk, chosen: list[Path]
) -> None:
    disk.problems[ROOT / "bad"] = "Nothing can be written there."
    field.choose(ROOT / "bad")
    words = f"Nothing can be written there. The folder is still {ROOT / 'videos'}."
    qtbot.waitUntil(lambda: field.status.text() == words)
    assert field.status.property("error") is True
    assert field.line.text() == str(ROOT / "videos")
    assert chosen == []


def test_a_disk_that_hangs_holds_up_nothing(
    qtbot: QtBot, field: FolderField, disk: Disk, chosen: list[Path]
) -> None:
    hangs = disk.stuck[ROOT / "dead"] = threading.Event()
    field.choose(ROOT / "dead")
    assert "Checking" in field.status.text()
    field.choose(ROOT / "good")
    qtbot.waitUntil(lambda: chosen == [ROOT / "good"])
    hangs.set()
    field.choose(ROOT / "better")
    qtbot.waitUntil(lambda: len(chosen) == 2)
    # What comes late is about a folder that nobody wants any more.
    assert chosen == [ROOT / "good", ROOT / "better"]


def test_the_folder_in_use_is_checked_too(qtbot: QtBot, disk: Disk) -> None:
    disk.problems[ROOT / "gone"] = "There is no such folder."
    field = FolderField("Folder", disk.find_problem)
    qtbot.addWidget(field)
    field.show_folder(ROOT / "gone")
    qtbot.waitUntil(lambda: field.status.text() == "There is no such folder.")


def test_a_folder_that_can_be_written_to_is_left_as_it_was(tmp_path: Path) -> None:
    assert folder_problem(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_only_the_last_part_may_be_missing(tmp_path: Path) -> None:
    assert folder_problem(tmp_path / "new") == ""
    assert "no such folder" in folder_problem(tmp_path / "new" / "newer")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "file" in folder_problem(tmp_path / "file")
    assert "no such folder" in folder_problem(tmp_path / "file" / "folder")


def test_a_name_that_cannot_be_is_not_writable(tmp_path: Path) -> None:
    assert "written" in folder_problem(tmp_path / ("a" * 5000))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything can be written to")
def test_a_read_only_folder_is_not_writable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "written" in folder_problem(tmp_path)
        assert "written" in folder_problem(tmp_path / "new")
    finally:
        tmp_path.chmod(0o700)
