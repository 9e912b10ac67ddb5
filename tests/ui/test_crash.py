import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from pedcam.ui import crash
from pedcam.ui.base.background import prepare_delivery
from pedcam.ui.crash import CrashGuard
from pedcam.ui.crash_report import Crash


class Heard:
    def __init__(self) -> None:
        self.reports: list[str] = []
        self.interrupts = 0

    def interrupt(self) -> None:
        self.interrupts += 1


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def guard(qtbot: QtBot, log: Path, heard: Heard) -> Iterator[CrashGuard]:
    prepare_delivery()
    with CrashGuard(heard.reports.append, heard.interrupt) as made:
        yield made


def fail() -> None:
    raise ValueError("seven is not a colour")


def test_an_exception_in_a_slot_is_logged_and_shown(
    qtbot: QtBot, guard: CrashGuard, log: Path, heard: Heard
) -> None:
    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: len(heard.reports) == 1)
    assert "ValueError: seven is not a colour" in heard.reports[0]
    assert str(log) in heard.reports[0]
    written = log.read_text(encoding="utf-8")
    assert "Traceback" in written
    assert "in fail" in written


def test_an_exception_in_a_thread_too(
    qtbot: QtBot, guard: CrashGuard, log: Path, heard: Heard
) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(heard.reports) == 1)
    assert "in fail" in log.read_text(encoding="utf-8")


def test_ctrl_c_is_no_crash(qtbot: QtBot, guard: CrashGuard, heard: Heard) -> None:
    guard.handle(KeyboardInterrupt, KeyboardInterrupt(), None)
    qtbot.waitUntil(lambda: heard.interrupts == 1)
    assert heard.reports == []


def test_the_hooks_are_put_back(qtbot: QtBot, log: Path, heard: Heard) -> None:
    before = sys.excepthook, threading.excepthook
    with CrashGuard(heard.reports.append, heard.interrupt):
        assert sys.excepthook is not before[0]
    assert (sys.excepthook, threading.excepthook) == before


def test_without_a_log_file_it_is_still_shown(
    qtbot: QtBot, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(crash, "log_file", lambda: tmp_path / "file" / "pedcam.log")
    with CrashGuard(heard.reports.append, heard.interrupt) as guard:
        guard.handle(ValueError, ValueError("seven"), None)
        qtbot.waitUntil(lambda: len(heard.reports) == 1)
    assert "seven" in heard.reports[0]
    assert "Details" not in heard.reports[0]


class Shown:
    def __init__(self) -> None:
        self.crashes: list[Crash] = []
        self.counts: list[int] = []

    def repeated(self, crash: Crash, count: int) -> None:
        assert crash in self.crashes
        self.counts.append(count)


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def showing(qtbot: QtBot, log: Path, heard: Heard, shown: Shown) -> Iterator[CrashGuard]:
    prepare_delivery()
    with CrashGuard(
        heard.reports.append, heard.interrupt, shown.crashes.append, shown.repeated
    ) as made:
        yield made


def test_a_problem_is_reported_and_shown(
    qtbot: QtBot, showing: CrashGuard, log: Path, shown: Shown, heard: Heard
) -> None:
    logging.getLogger("pedcam.video").warning("the camera at rtsp://anna:secret@cam/1 is slow")
    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: len(shown.crashes) == 1)
    (crash,) = shown.crashes
    assert crash.title == "ValueError: seven is not a colour"
    assert crash.path is not None
    assert crash.path.parent == log.parent
    assert crash.path.read_text(encoding="utf-8") == crash.report
    assert "in fail" in crash.report
    assert "the camera at rtsp://cam/1 is slow" in crash.report
    assert "secret" not in crash.report + log.read_text(encoding="utf-8")
    assert heard.reports == []


def test_the_same_problem_is_counted_and_not_shown_again(
    qtbot: QtBot, showing: CrashGuard, log: Path, shown: Shown
) -> None:
    for _ in range(1000):
        QTimer.singleShot(0, fail)
    QTimer.singleShot(0, lambda: [][0])
    qtbot.waitUntil(lambda: len(shown.crashes) == 2 and 1000 in shown.counts)
    assert shown.counts == sorted(shown.counts)
    assert len(shown.counts) <= 12
    assert log.read_text(encoding="utf-8").count("Traceback") == 2
    assert len(list(log.parent.glob("report-*.txt"))) == 2


def test_what_breaks_while_showing_is_no_loop(
    qtbot: QtBot, log: Path, heard: Heard, capfd: pytest.CaptureFixture[str]
) -> None:
    calls: list[Crash] = []

    def show(crash: Crash) -> None:
        calls.append(crash)
        raise RuntimeError("no window")

    with CrashGuard(heard.reports.append, heard.interrupt, show):
        QTimer.singleShot(0, fail)
        qtbot.waitUntil(lambda: len(heard.reports) == 1)
    assert "seven is not a colour" in heard.reports[0]
    assert len(calls) == 1


def test_a_report_that_cannot_be_made_is_no_loop(
    qtbot: QtBot,
    showing: CrashGuard,
    shown: Shown,
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("no report")

    monkeypatch.setattr(crash, "compose", broken)
    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: len(shown.crashes) == 1)
    assert shown.crashes[0].path is None
    assert "in fail" in shown.crashes[0].report
    assert "no report" in log.read_text(encoding="utf-8")


def test_a_crash_of_an_earlier_run_is_told_once(qtbot: QtBot, log: Path, heard: Heard) -> None:
    log.parent.mkdir()
    left = log.parent / "running-1.txt"
    left.write_text('{"pid": 0, "started": 1}\nFatal Python error: Segmentation fault\n')
    for _ in range(2):
        with CrashGuard(heard.reports.append, heard.interrupt) as guard:
            qtbot.waitUntil(lambda: bool(heard.reports))
            assert guard is not None
    assert len(heard.reports) == 1
    (report,) = log.parent.glob("report-*.txt")
    assert str(report) in heard.reports[0]
    assert "Segmentation fault" in report.read_text(encoding="utf-8")
    assert not left.exists()


def test_an_orderly_end_leaves_only_the_log(qtbot: QtBot, log: Path, heard: Heard) -> None:
    with CrashGuard(heard.reports.append, heard.interrupt):
        assert len(list(log.parent.glob("running-*.txt"))) == 1
    assert list(log.parent.iterdir()) == [log]
    assert heard.reports == []
