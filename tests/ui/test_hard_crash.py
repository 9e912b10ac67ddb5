import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pedcam.ui.hard_crash import MOST_BYTES, HardCrashWatch, take_crashes

CHILD = """
import sys
from pathlib import Path
from pedcam.ui.hard_crash import HardCrashWatch
watch = HardCrashWatch(Path(sys.argv[1]))
watch.start()
def walk_into_the_wall():
    {end}
walk_into_the_wall()
"""


def run(folder: Path, end: str) -> int:
    # A core file of every test would fill the disk.
    code = "import faulthandler\n" + CHILD.format(end=end)
    return subprocess.run([sys.executable, "-c", code, str(folder)], timeout=60).returncode


def test_a_crash_outside_of_python_is_found_by_the_next_start(tmp_path: Path) -> None:
    assert run(tmp_path, "faulthandler._sigsegv()") != 0
    ((_, stack),) = take_crashes(tmp_path)
    assert "Segmentation fault" in stack or "access violation" in stack
    assert "in walk_into_the_wall" in stack
    assert take_crashes(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_killed_has_no_stack_to_tell_of(tmp_path: Path) -> None:
    run(tmp_path, "import os; os._exit(9)")
    assert len(list(tmp_path.iterdir())) == 1
    assert take_crashes(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_orderly_end_leaves_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "watch.stop()") == 0
    assert list(tmp_path.iterdir()) == []


def test_one_that_still_runs_is_left_alone(tmp_path: Path) -> None:
    watch = HardCrashWatch(tmp_path)
    watch.start()
    try:
        # As another process, which has not crashed, would have it.
        (own,) = tmp_path.iterdir()
        parent = psutil.Process(os.getppid())
        other = tmp_path / f"running-{parent.pid}.txt"
        header = {"pid": parent.pid, "started": parent.create_time()}
        other.write_text(json.dumps(header) + "\nWindows fatal exception, survived\n")
        assert take_crashes(tmp_path) == []
        assert {own, other} == set(tmp_path.iterdir())
    finally:
        watch.stop()


def test_another_process_with_the_same_number_is_another(tmp_path: Path) -> None:
    parent = psutil.Process(os.getppid())
    header = {"pid": parent.pid, "started": parent.create_time() - 1000}
    (tmp_path / "running-7.txt").write_text(json.dumps(header) + "\nstack\n")
    assert [stack for _, stack in take_crashes(tmp_path)] == ["stack\n"]


@pytest.mark.parametrize(
    "header", ["", "[]", "{}", '{"pid": "x", "started": 1}', '{"pid": 1e400, "started": 0}', "\xff"]
)
def test_damaged_files_are_taken_for_crashes(tmp_path: Path, header: str) -> None:
    (tmp_path / "running-7.txt").write_text(f"{header}\nstack\n", encoding="latin-1")
    assert [stack for _, stack in take_crashes(tmp_path)] == ["stack\n"]


def test_how_much_is_read_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "running-7.txt").write_text("{}\n" + "x" * (2 * MOST_BYTES))
    ((_, stack),) = take_crashes(tmp_path)
    assert len(stack) == MOST_BYTES - 3


def test_without_a_folder_it_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    watch = HardCrashWatch(tmp_path / "file")
    watch.start()
    watch.stop()
    assert take_crashes(tmp_path / "file") == []
