from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.base.error_log import Problem
from pedcam.ui.help.error_dialog import ErrorDialog, show_problem

LOG = Path("/log/pedcam.log")
PROBLEM = Problem("ValueError: <b>seven</b>", "Traceback: in fail", LOG)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def dialogs(window: QWidget) -> list[ErrorDialog]:
    return [one for one in window.findChildren(ErrorDialog) if one.isVisible()]


@pytest.mark.parametrize(
    ("log", "where"), [(LOG, f"Details are in {LOG}."), (None, "The log cannot be written.")]
)
def test_it_says_what_happened_and_where_the_log_is(
    qtbot: QtBot, log: Path | None, where: str
) -> None:
    dialog = ErrorDialog(Problem(PROBLEM.message, PROBLEM.traceback, log))
    qtbot.addWidget(dialog)
    assert PROBLEM.message in dialog.text()
    assert where in dialog.text()
    assert dialog.textFormat() == Qt.TextFormat.PlainText


def test_the_details_are_copied_and_it_stays_open(qtbot: QtBot, window: QWidget) -> None:
    reports: list[str] = []
    show_problem(window, PROBLEM, reports.append)
    (dialog,) = dialogs(window)
    assert dialog.copy is not None
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text().startswith("Traceback: in fail\npedcam ")
    assert "ONNX Runtime" in clipboard.text()
    assert dialog.isVisible()
    close = dialog.button(QMessageBox.StandardButton.Close)
    assert close is not None
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialogs(window) == [])
    assert reports == []


def test_one_dialog_at_a_time_and_the_rest_in_place(qtbot: QtBot, window: QWidget) -> None:
    reports: list[str] = []
    show_problem(window, PROBLEM, reports.append)
    show_problem(window, PROBLEM, reports.append)
    assert len(dialogs(window)) == 1
    assert len(reports) == 1
    assert PROBLEM.message in reports[0]
    assert str(LOG) in reports[0]


def test_without_a_window_it_is_only_reported(qtbot: QtBot, window: QWidget) -> None:
    window.hide()
    reports: list[str] = []
    show_problem(window, PROBLEM, reports.append)
    assert dialogs(window) == []
    assert len(reports) == 1
