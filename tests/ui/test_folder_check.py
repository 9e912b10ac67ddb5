import os
from pathlib import Path

import pytest

from pedcam.ui.folder_check import FolderState, check_folder


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
