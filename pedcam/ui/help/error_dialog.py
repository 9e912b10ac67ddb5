"""Reports a problem inside pedcam: what it is and where the log is."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QMessageBox, QWidget

from pedcam.ui.base.error_log import Problem
from pedcam.ui.help.about_dialog import versions


class ErrorDialog(QMessageBox):
    """Shows a problem and offers to copy its details."""

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problem = problem
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle("pedcam ran into a problem")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(
            "Something went wrong inside pedcam. It goes on as well as it can.\n\n"
            f"{problem.message}\n\n{_where(problem)}"
        )
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setStandardButtons(QMessageBox.StandardButton.Close)
        self.setDefaultButton(QMessageBox.StandardButton.Close)
        self.copy = self.addButton("C&opy details", QMessageBox.ButtonRole.ActionRole)
        assert self.copy is not None
        self.copy.setToolTip("Copy where it happened and the versions in use")
        # A message box would close at every button.
        self.copy.clicked.disconnect()
        self.copy.clicked.connect(self._copy)

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            used = ", ".join(f"{name} {number}" for name, number in versions().items())
            clipboard.setText(f"{self._problem.traceback}\n{used}\n")


def show_problem(window: QWidget, problem: Problem, report: Callable[[str], None]) -> None:
    """Show a problem in a dialog, or by ``report`` in place where one is open already."""
    if not window.isVisible() or any(one.isVisible() for one in window.findChildren(ErrorDialog)):
        report(f"Something went wrong inside pedcam ({problem.message}). {_where(problem)}")
        return
    dialog = ErrorDialog(problem, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # The newest modal dialog is the one that can be used, whatever was open before.
    dialog.open()


def _where(problem: Problem) -> str:
    if problem.log is None:
        return "The log cannot be written."
    return f"Details are in {problem.log}."
