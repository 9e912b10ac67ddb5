from pathlib import Path

import pytest
from PyQt6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.crash_control import MOST_DIALOGS, CrashControl
from pedcam.ui.crash_report import Crash


def crash(number: int) -> Crash:
    return Crash(f"Problem {number}", "report", Path(f"/log/{number}.txt"), f"place {number}")


class Heard:
    def __init__(self) -> None:
        self.reports: list[str] = []
        self.restarts = 0

    def restart(self) -> None:
        self.restarts += 1


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def control(window: QWidget, heard: Heard) -> CrashControl:
    return CrashControl(window, heard.reports.append, heard.restart, lambda: ["Note."])


def dialogs(window: QWidget) -> list[QDialog]:
    return [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]


def test_there_is_one_dialog_at_a_time(
    control: CrashControl, window: QWidget, heard: Heard
) -> None:
    control.show(crash(1))
    assert control.dialog is not None
    assert control.dialog.title.text() == "Problem 1"
    assert control.dialog.explanation.text().endswith("Note.")
    control.show(crash(2))
    control.show(crash(3))
    control.repeated(crash(1), 10)
    control.repeated(crash(2), 10)
    assert len(dialogs(window)) == 1
    assert control.dialog.count.text() == "It happened 10 times. Other problems since then: 2."
    assert heard.reports == []


def test_the_same_problem_gets_no_second_dialog(
    control: CrashControl, window: QWidget, heard: Heard
) -> None:
    control.show(crash(1))
    assert control.dialog is not None
    control.dialog.accept()
    assert control.dialog is None
    control.repeated(crash(1), 2)
    control.repeated(crash(1), 3)
    assert dialogs(window) == []
    # Messages of the same words do not wait twice.
    assert len(heard.reports) == 2
    assert set(heard.reports) == {
        f"Something went wrong inside pedcam (Problem 1). Report: {Path('/log/1.txt')}"
    }


def test_there_is_no_dialog_after_dialog_for_ever(control: CrashControl, heard: Heard) -> None:
    for number in range(MOST_DIALOGS):
        control.show(crash(number))
        assert control.dialog is not None
        control.dialog.accept()
    control.show(crash(7))
    assert control.dialog is None
    assert len(heard.reports) == 1
    assert "Problem 7" in heard.reports[0]


def test_a_window_that_is_closed_gets_no_dialog(
    control: CrashControl, window: QWidget, heard: Heard
) -> None:
    window.close()
    control.show(crash(1))
    assert control.dialog is None
    assert len(heard.reports) == 1


def test_a_restart_is_passed_on(control: CrashControl, heard: Heard) -> None:
    control.show(crash(1))
    assert control.dialog is not None
    control.dialog.restart.click()
    assert heard.restarts == 1
    assert control.dialog is None


def test_it_can_be_used_over_another_dialog(
    qtbot: QtBot, control: CrashControl, window: QWidget
) -> None:
    other = QDialog(window)
    qtbot.addWidget(other)
    other.open()
    control.show(crash(1))
    assert control.dialog is not None
    control.dialog.go_on.click()
    assert control.dialog is None
    assert other.isVisible()
