import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from pedcam.ui import crash
from pedcam.ui.background import prepare_delivery
from pedcam.ui.crash import CrashGuard


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
