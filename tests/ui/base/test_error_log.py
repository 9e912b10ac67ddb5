import faulthandler
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from pedcam.ui.base import error_log
from pedcam.ui.base.background import prepare_delivery
from pedcam.ui.base.error_log import LOG_BYTES, LOG_FILES, ErrorLog, Problem, without_secrets


class Heard:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.interrupts = 0

    def interrupt(self) -> None:
        self.interrupts += 1


@pytest.fixture
def heard() -> Heard:
    prepare_delivery()
    return Heard()


@pytest.fixture
def errors(qtbot: QtBot, log: Path, heard: Heard) -> Iterator[ErrorLog]:
    with ErrorLog(heard.problems.append, heard.interrupt) as made:
        yield made


def fail() -> None:
    raise ValueError("seven is not a colour")


@pytest.mark.usefixtures("errors")
def test_an_exception_in_a_slot_is_logged_and_shown(qtbot: QtBot, log: Path, heard: Heard) -> None:
    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: len(heard.problems) == 1)
    (problem,) = heard.problems
    assert problem.message == "ValueError: seven is not a colour"
    assert "in fail" in problem.traceback
    assert problem.log == log
    written = log.read_text(encoding="utf-8")
    assert "Traceback" in written
    assert "in fail" in written


@pytest.mark.usefixtures("errors")
def test_an_exception_in_a_thread_too(qtbot: QtBot, log: Path, heard: Heard) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(heard.problems) == 1)
    assert "in fail" in log.read_text(encoding="utf-8")


@pytest.mark.usefixtures("errors")
def test_the_same_problem_is_shown_once(qtbot: QtBot, log: Path, heard: Heard) -> None:
    for _ in range(100):
        QTimer.singleShot(0, fail)
    QTimer.singleShot(0, lambda: [][0])
    qtbot.waitUntil(lambda: len(heard.problems) == 2)
    written = log.read_text(encoding="utf-8")
    assert written.count("Traceback") == 2
    assert written.count("again: ValueError at ") == 99


@pytest.mark.usefixtures("errors")
def test_ctrl_c_is_no_problem(qtbot: QtBot, heard: Heard) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    qtbot.waitUntil(lambda: heard.interrupts == 1)
    assert heard.problems == []


def test_the_hooks_are_put_back(qtbot: QtBot, log: Path, heard: Heard) -> None:
    before = sys.excepthook, threading.excepthook, faulthandler.is_enabled()
    with ErrorLog(heard.problems.append, heard.interrupt):
        assert sys.excepthook is not before[0]
        assert faulthandler.is_enabled()
    assert (sys.excepthook, threading.excepthook, faulthandler.is_enabled()) == before


def test_without_a_log_file_it_is_still_shown(
    qtbot: QtBot, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(error_log, "log_file", lambda: tmp_path / "file" / "pedcam.log")
    with ErrorLog(heard.problems.append, heard.interrupt):
        QTimer.singleShot(0, fail)
        qtbot.waitUntil(lambda: len(heard.problems) == 1)
    assert heard.problems[0].log is None


def test_what_breaks_while_showing_is_no_loop(qtbot: QtBot, log: Path) -> None:
    shown: list[str] = []

    def show(problem: Problem) -> None:
        shown.append(problem.message)
        raise RuntimeError("no window")

    with ErrorLog(show, lambda: None):
        QTimer.singleShot(0, fail)
        qtbot.waitUntil(lambda: "again: RuntimeError" in log.read_text(encoding="utf-8"))
    assert shown == ["ValueError: seven is not a colour", "RuntimeError: no window"]


@pytest.mark.usefixtures("errors")
def test_the_log_takes_no_more_than_its_room(log: Path) -> None:
    logger = logging.getLogger("pedcam")
    for _ in range(6):
        logger.warning("x" * (LOG_BYTES - 100))
    assert len(list(log.parent.iterdir())) == 1 + LOG_FILES
    assert sum(path.stat().st_size for path in log.parent.iterdir()) <= (1 + LOG_FILES) * LOG_BYTES


@pytest.mark.skipif(os.name == "nt", reason="Windows asks the user about a crash")
def test_a_crash_outside_of_python_is_in_the_log(log: Path) -> None:
    code = f"""
import logging, os, pathlib, signal
from pedcam.ui.base import error_log
error_log.log_file = lambda: pathlib.Path({str(log)!r})
with error_log.ErrorLog(print, print):
    logging.getLogger("pedcam").warning("x" * {LOG_BYTES})
    logging.getLogger("pedcam").warning("the second file")
    os.kill(os.getpid(), signal.SIGSEGV)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode != 0
    written = log.read_text(encoding="utf-8")
    assert "the second file" in written
    assert "Fatal Python error: Segmentation fault" in written


@pytest.mark.usefixtures("errors")
def test_passwords_are_not_written_down(qtbot: QtBot, log: Path, heard: Heard) -> None:
    def refuse() -> None:
        raise ValueError("cannot open rtsp://anna:secret@cam/1")

    logging.getLogger("pedcam.video").warning("the camera at rtsp://anna:secret@cam/1 is slow")
    QTimer.singleShot(0, refuse)
    qtbot.waitUntil(lambda: len(heard.problems) == 1)
    written = log.read_text(encoding="utf-8")
    assert "the camera at rtsp://cam/1 is slow" in written
    assert "secret" not in written + heard.problems[0].message + heard.problems[0].traceback


@pytest.mark.parametrize(
    ("text", "public"),
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
        ("tgram://123:hunter2/456 and discord://12/hunter2", "tgram://... and discord://..."),
    ],
)
def test_addresses_lose_their_secrets(text: str, public: str) -> None:
    assert without_secrets(text) == public
