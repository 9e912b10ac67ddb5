"""What the user sees of a problem inside pedcam, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontDatabase, QGuiApplication
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import icons, theme
from pedcam.ui.base.elided_label import ElidedLabel, fit_height
from pedcam.ui.crash_report import Crash

_WIDTH = 560


class CrashDialog(QDialog):
    """Says that something went wrong and offers the report and a restart."""

    restart_wanted = pyqtSignal()
    """The user wants pedcam to start again."""

    def __init__(
        self, crash: Crash, notes: Sequence[str] = (), parent: QWidget | None = None
    ) -> None:
        """Show a problem.

        Args:
            crash: The problem.
            notes: What became of the user's work, such as a recording.
            parent: Owner.
        """
        super().__init__(parent)
        self.setWindowTitle("pedcam ran into a problem")
        self._crash = crash
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        heading = QLabel("pedcam ran into a problem")
        heading.setFont(theme.scaled(heading.font(), 1.3, bold=True))
        self.explanation = QLabel(
            "\n".join(
                [
                    (
                        "It goes on as well as it can. If something no longer works, restart it: "
                        "the source and the preset are opened again."
                    ),
                    *notes,
                ]
            )
        )
        self.title = QLabel(crash.title)
        self.count = QLabel()
        self.count.hide()
        self.private = QLabel(
            "The report says where in pedcam it happened and which versions are installed. It "
            "has no pictures and no passwords, and stays on this computer."
        )
        for label in (self.explanation, self.title, self.count, self.private):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.count, self.private):
            label.setProperty("muted", True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.where = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.where.show_text(
            f"Saved: {crash.path}"
            if crash.path is not None
            else "The report could not be saved; copy it to keep it."
        )
        self.report = QPlainTextEdit(crash.report)
        self.report.setReadOnly(True)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.report.setTabChangesFocus(True)
        self.report.setAccessibleName("Report")
        self.report.setMinimumHeight(120)
        self.report.hide()
        self.details = QPushButton("&Show report")
        self.details.setCheckable(True)
        self.details.setToolTip("Show everything the report says")
        self.copy = QPushButton("C&opy")
        self.copy.setToolTip("Copy the report to the clipboard")
        self.restart = QPushButton("&Restart pedcam")
        self.restart.setToolTip("Close pedcam and open it again with the same source")
        self.go_on = QPushButton("&Continue")
        self.go_on.setToolTip("Close this message (Esc)")
        self.go_on.setDefault(True)
        self._lay_out(heading)
        self.details.toggled.connect(self._toggle)
        self.copy.clicked.connect(self._copy)
        self.restart.clicked.connect(self._ask_restart)
        self.go_on.clicked.connect(self.accept)
        self.go_on.setFocus()
        self._show_icon()

    def set_counts(self, times: int, others: int) -> None:
        """Say how often it happened, and how many other problems there were since."""
        parts = []
        if times > 1:
            parts.append(f"It happened {times} times.")
        if others:
            parts.append(f"Other problems since then: {others}.")
        self.count.setText(" ".join(parts))
        self.count.setVisible(bool(parts))

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icon()

    def _lay_out(self, heading: QLabel) -> None:
        unit = theme.UNIT
        column = QVBoxLayout()
        column.setSpacing(unit + unit // 2)
        for widget in (
            heading,
            self.explanation,
            self.title,
            self.count,
            self.where,
            self.private,
        ):
            column.addWidget(widget)
        top = QHBoxLayout()
        top.setSpacing(2 * unit)
        top.addWidget(self._icon)
        top.addLayout(column, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(unit)
        buttons.addWidget(self.details)
        buttons.addWidget(self.copy)
        buttons.addStretch()
        buttons.addWidget(self.restart)
        buttons.addWidget(self.go_on)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(2 * unit)
        layout.addLayout(top)
        layout.addWidget(self.report, 1)
        layout.addLayout(buttons)
        self.setMinimumWidth(_WIDTH)

    def _show_icon(self) -> None:
        image = icons.icon("warning", theme.colors().text, 32)
        self._icon.setPixmap(image.pixmap(QSize(32, 32), self.devicePixelRatioF()))

    def _toggle(self, shown: bool) -> None:
        self.report.setVisible(shown)
        self.details.setText("&Hide report" if shown else "&Show report")
        fit_height(self, shrink=True)

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._crash.report)

    def _ask_restart(self) -> None:
        self.accept()
        self.restart_wanted.emit()
