import os
from datetime import datetime
from pathlib import Path

import pytest

import pedcam
from pedcam.ui.crash_report import (
    MOST_CHARACTERS,
    MOST_REPORTS,
    compose,
    scrub,
    write_report,
)

WHEN = datetime(2026, 3, 1, 9, 5, 7)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "anna"
    monkeypatch.setattr(Path, "home", lambda: folder)
    return folder


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (
            "cannot open rtsp://anna:secret@cam:554/live?token=x.",
            "cannot open rtsp://cam:554/live.",
        ),
        ("(http://cam/user=a_password=b.sdp)", "(http://cam/...)"),
        ("'rtsp://a:b/c@cam/x'", "'rtsp://...'"),
        ("rtsp://[::1", "rtsp://..."),
        ("see https://example.org/help, please", "see https://example.org/help, please"),
        ("anna:secret@cam is mistyped", "...@cam is mistyped"),
        ("12:30:01 all is well", "12:30:01 all is well"),
    ],
)
def test_addresses_lose_their_secrets(home: Path, text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


def test_the_user_is_not_named(home: Path) -> None:
    assert scrub(f'File "{home / "pedcam" / "x.py"}"') == f'File "{Path("~") / "pedcam" / "x.py"}"'


def test_a_home_that_is_the_whole_disk_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(Path.cwd().anchor)
    monkeypatch.setattr(Path, "home", lambda: root)
    assert scrub("/etc/pedcam") == "/etc/pedcam"


def test_a_report_says_what_is_needed(home: Path) -> None:
    report = compose("ValueError: seven", "in fail\n", ["a warning"], WHEN, "xcb")
    lines = report.splitlines()
    assert lines[0] == "ValueError: seven"
    assert lines[2].startswith("Time: 2026-03-01 09:05:07 ")
    assert lines[3].startswith(f"pedcam {pedcam.__version__}, Python 3.")
    assert lines[4].endswith("windows by xcb")
    assert "PyQt6 6." in lines[5]
    assert lines[7:] == [
        "Where it happened:",
        "in fail",
        "",
        "The last lines of the log:",
        "a warning",
    ]


def test_its_size_is_bounded(home: Path) -> None:
    assert len(compose("x", "y" * 10**6, [], WHEN, "")) == MOST_CHARACTERS + 1


def test_reports_of_one_second_do_not_replace_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    first, second = (write_report(folder, text, WHEN) for text in ("one", "two \udcff"))
    assert first == folder / "report-2026-03-01_09-05-07.txt"
    assert second == folder / "report-2026-03-01_09-05-07_2.txt"
    assert first.read_text() == "one"
    assert second.read_text() == "two \\udcff"


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(MOST_REPORTS + 5):
        old = tmp_path / f"report-{number}.txt"
        old.touch()
        os.utime(old, (number, number))
    (tmp_path / "pedcam.log").touch()
    path = write_report(tmp_path, "new", WHEN)
    kept = {each.name for each in tmp_path.iterdir()}
    assert path is not None
    # Of 26 the newest 20: the new one and 6 to 24.
    assert kept == {path.name, "pedcam.log", *(f"report-{number}.txt" for number in range(6, 25))}


def test_a_folder_that_cannot_be_is_no_second_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write_report(tmp_path / "file" / "log", "text", WHEN) is None
