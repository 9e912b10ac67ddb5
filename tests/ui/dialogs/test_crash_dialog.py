from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.crash_report import Crash
from pedcam.ui.dialogs.crash_dialog import CrashDialog

CRASH = Crash("ValueError: <b>seven</b>", "everything\nknown\n", Path("/log/report.txt"), "x")


@pytest.fixture
def dialog(qtbot: QtBot) -> CrashDialog:
    made = CrashDialog(CRASH, ["The recording goes on."])
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_says_what_happened_and_what_was_saved(dialog: CrashDialog) -> None:
    assert dialog.title.text() == "ValueError: <b>seven</b>"
    assert dialog.title.textFormat() == Qt.TextFormat.PlainText
    assert dialog.explanation.text().endswith("The recording goes on.")
    assert dialog.where.text() == f"Saved: {Path('/log/report.txt')}"
    assert not dialog.count.isVisible()


def test_the_report_is_shown_on_demand(qtbot: QtBot, dialog: CrashDialog) -> None:
    assert not dialog.report.isVisible()
    qtbot.mouseClick(dialog.details, Qt.MouseButton.LeftButton)
    assert dialog.report.isVisible()
    assert dialog.report.toPlainText() == CRASH.report
    assert "Hide" in dialog.details.text()
    qtbot.mouseClick(dialog.details, Qt.MouseButton.LeftButton)
    assert not dialog.report.isVisible()


def test_the_report_cuts_no_text_off(qtbot: QtBot) -> None:
    dialog = CrashDialog(CRASH, [f"Note {number}." for number in range(16)])
    qtbot.addWidget(dialog)
    dialog.show()
    lower = dialog.height()
    dialog.details.click()
    text = dialog.explanation
    assert text.height() >= text.heightForWidth(text.width())
    assert dialog.height() > lower
    dialog.details.click()
    assert dialog.height() == lower


def test_the_report_can_be_copied(qtbot: QtBot, dialog: CrashDialog) -> None:
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == CRASH.report


def test_return_continues(qtbot: QtBot, dialog: CrashDialog) -> None:
    heard: list[bool] = []
    dialog.restart_wanted.connect(lambda: heard.append(True))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert heard == []


def test_a_restart_can_be_asked_for(qtbot: QtBot, dialog: CrashDialog) -> None:
    with qtbot.waitSignal(dialog.restart_wanted):
        qtbot.mouseClick(dialog.restart, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("times", "others", "text"),
    [
        (1, 0, ""),
        (3, 0, "It happened 3 times."),
        (1, 2, "Other problems since then: 2."),
        (100, 1, "It happened 100 times. Other problems since then: 1."),
    ],
)
def test_repetitions_are_counted(dialog: CrashDialog, times: int, others: int, text: str) -> None:
    dialog.set_counts(times, others)
    assert dialog.count.text() == text
    assert dialog.count.isVisible() is bool(text)


def test_a_report_that_was_not_saved_can_still_be_copied(qtbot: QtBot) -> None:
    dialog = CrashDialog(Crash("x", "report", None, "x"))
    qtbot.addWidget(dialog)
    assert "could not be saved" in dialog.where.text()
