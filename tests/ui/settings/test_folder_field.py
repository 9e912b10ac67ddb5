import os
import threading
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.settings.folder_field import FolderField, FolderState, check_folder

ROOT = Path("/").resolve()


class Disk:
    """Says what the test wants of each folder; those in ``stuck`` hang."""

    def __init__(self) -> None:
        self.states: dict[Path, FolderState] = {}
        self.stuck: dict[Path, threading.Event] = {}
        self.threads: set[threading.Thread] = set()

    def check(self, folder: Path) -> FolderState:
        self.threads.add(threading.current_thread())
        if folder in self.stuck:
            assert self.stuck[folder].wait(10)
        return self.states.get(folder, FolderState.READY)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def chosen() -> list[Path]:
    return []


@pytest.fixture
def field(qtbot: QtBot, disk: Disk, chosen: list[Path]) -> FolderField:
    made = FolderField("Folder for recordings", disk.check)
    qtbot.addWidget(made)
    made.chosen.connect(chosen.append)
    made.show_folder(ROOT / "videos")
    made.show()
    return made


def enter(qtbot: QtBot, field: FolderField, text: str) -> None:
    field.line.setText(text)
    qtbot.keyClick(field.line, Qt.Key.Key_Return)


def test_a_folder_that_can_be_used_is_taken(
    qtbot: QtBot, field: FolderField, disk: Disk, chosen: list[Path]
) -> None:
    disk.states[ROOT / "new"] = FolderState.TO_BE_CREATED
    enter(qtbot, field, f"  {ROOT / 'new'} ")
    qtbot.waitUntil(lambda: chosen == [ROOT / "new"])
    assert "created" in field.note.text()
    assert field.note.property("problem") is False
    assert threading.current_thread() not in disk.threads


@pytest.mark.parametrize(
    ("state", "note"),
    [
        (FolderState.MISSING, "no such folder"),
        (FolderState.NO_FOLDER, "file"),
        (FolderState.NOT_WRITABLE, "written"),
    ],
)
def test_another_is_not_and_the_reason_is_said(
    qtbot: QtBot,
    field: FolderField,
    disk: Disk,
    chosen: list[Path],
    state: FolderState,
    note: str,
) -> None:
    disk.states[ROOT / "bad"] = state
    enter(qtbot, field, str(ROOT / "bad"))
    qtbot.waitUntil(lambda: note in field.note.text())
    assert field.note.text().endswith(f"before it was {ROOT / 'videos'}.")
    assert field.note.property("problem") is True
    assert field.line.accessibleDescription() == field.note.text()
    assert chosen == []


@pytest.mark.parametrize("text", ["videos", "~nobody-of-that-name/x", "\0"])
def test_a_path_must_be_whole(
    qtbot: QtBot, field: FolderField, chosen: list[Path], text: str
) -> None:
    enter(qtbot, field, text)
    assert "not the whole path" in field.note.text()
    assert chosen == []


def test_an_empty_line_brings_back_the_folder_in_use(
    qtbot: QtBot, field: FolderField, chosen: list[Path]
) -> None:
    enter(qtbot, field, " ")
    assert field.line.text() == str(ROOT / "videos")
    assert chosen == []


def test_a_disk_that_hangs_holds_up_nothing(
    qtbot: QtBot, field: FolderField, disk: Disk, chosen: list[Path]
) -> None:
    hangs = disk.stuck[ROOT / "dead"] = threading.Event()
    enter(qtbot, field, str(ROOT / "dead"))
    assert "Looking" in field.note.text()
    enter(qtbot, field, str(ROOT / "good"))
    qtbot.waitUntil(lambda: chosen == [ROOT / "good"])
    hangs.set()
    enter(qtbot, field, str(ROOT / "better"))
    qtbot.waitUntil(lambda: len(chosen) == 2)
    # What comes late is about a folder that nobody wants any more.
    assert chosen == [ROOT / "good", ROOT / "better"]


def test_the_folder_in_use_is_checked_too(qtbot: QtBot, disk: Disk) -> None:
    disk.states[ROOT / "gone"] = FolderState.MISSING
    field = FolderField("Folder", disk.check)
    qtbot.addWidget(field)
    field.show_folder(ROOT / "gone")
    qtbot.waitUntil(lambda: field.note.property("problem") is True)
    assert "It is not used" not in field.note.text()


def test_a_folder_that_can_be_written_to_is_left_as_it_was(tmp_path: Path) -> None:
    assert check_folder(tmp_path) is FolderState.READY
    assert list(tmp_path.iterdir()) == []


def test_only_the_last_part_may_be_missing(tmp_path: Path) -> None:
    assert check_folder(tmp_path / "new") is FolderState.TO_BE_CREATED
    assert check_folder(tmp_path / "new" / "newer") is FolderState.MISSING
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert check_folder(tmp_path / "file") is FolderState.NO_FOLDER
    assert check_folder(tmp_path / "file" / "folder") is FolderState.MISSING


def test_a_name_that_cannot_be_is_not_writable(tmp_path: Path) -> None:
    assert check_folder(tmp_path / ("a" * 5000)) is FolderState.NOT_WRITABLE


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything can be written to")
def test_a_read_only_folder_is_not_writable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert check_folder(tmp_path) is FolderState.NOT_WRITABLE
        assert check_folder(tmp_path / "new") is FolderState.NOT_WRITABLE
    finally:
        tmp_path.chmod(0o700)
