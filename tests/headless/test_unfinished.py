import os
from pathlib import Path

import pytest

from pedcam.headless.unfinished import is_complete, unfinished, was_left_unfinished


def state(output: Path) -> tuple[bool, bool]:
    return is_complete(output), was_left_unfinished(output)


def leave_unfinished(output: Path, text: str = "half") -> None:
    with unfinished([output]):
        output.write_text(text)


def test_what_is_completed_has_no_mark(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    with unfinished([output]) as completed:
        output.write_text("whole")
        assert state(output) == (False, False)
        completed()
    assert state(output) == (True, False)
    assert os.listdir(tmp_path) == ["out.csv"]


def test_each_file_has_its_own_mark(tmp_path: Path) -> None:
    video, table = tmp_path / "out.mp4", tmp_path / "out.csv"
    with unfinished([video, table]):
        table.write_text("half")
    assert state(video) == (False, False)
    assert state(table) == (False, True)
    assert len(os.listdir(tmp_path)) == 2


def test_a_block_that_changes_nothing_leaves_everything_as_it_was(tmp_path: Path) -> None:
    finished, left, new = (tmp_path / f"{name}.csv" for name in ("finished", "left", "new"))
    finished.write_text("whole")
    leave_unfinished(left)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(RuntimeError), unfinished([finished, left, new]):
        raise RuntimeError
    assert state(finished) == (True, False)
    assert state(left) == (False, True)
    assert sorted(os.listdir(tmp_path)) == before


def test_another_file_of_that_name_is_not_what_was_left(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    leave_unfinished(output)
    output.write_text("somebody else's")
    assert state(output) == (False, False)


def test_a_process_that_was_killed_owns_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    killed = unfinished([output])
    killed.__enter__()
    output.write_text("whoever wrote this")
    assert state(output) == (False, False)
    killed.__exit__(None, None, None)


def test_a_link_and_its_file_are_one(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("out.csv")
    leave_unfinished(tmp_path / "link.csv")
    assert state(tmp_path / "out.csv") == state(tmp_path / "link.csv") == (False, True)


def test_names_as_long_as_they_can_be(tmp_path: Path) -> None:
    one, other = tmp_path / f"{'x' * 251}.csv", tmp_path / f"{'x' * 250}y.csv"
    leave_unfinished(one)
    other.write_text("whole")
    assert state(one) == (False, True)
    assert state(other) == (True, False)
