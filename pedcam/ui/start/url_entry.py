"""Entering a stream's address right on the start page."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.start.addresses import KnownAddresses, complete_addresses, problem
from pedcam.ui.start.recents import Recents


def mark_error(note: QLabel, wrong: bool) -> None:
    """Show a note as an error, or as a mere remark."""
    if note.property("error") is wrong:
        return
    note.setProperty("muted", not wrong)
    note.setProperty("error", wrong)
    style = note.style()
    if style is not None:
        # A style sheet looks at properties only when it is told to.
        style.unpolish(note)
        style.polish(note)


class UrlEntry(QWidget):
    """A field for an address that says in place what is wrong with it."""

    chosen = pyqtSignal(str)
    """The address to open; a known one with what is not shown of it."""

    def __init__(self, recents: Recents | None = None) -> None:
        """Start empty; ``recents`` gives the addresses to complete from."""
        super().__init__()
        self._recents = recents
        self._tried = False
        self.field = QLineEdit()
        self.field.setPlaceholderText(
            "Stream address, such as rtsp://user:password@192.168.1.20/stream1"
        )
        self.field.setAccessibleName("Stream address")
        self.field.setToolTip("Address of a network camera or an online stream; Enter opens it")
        self.field.setClearButtonEnabled(True)
        # What is dropped here is for the window, as everywhere.
        self.field.setAcceptDrops(False)
        self._icon = QAction(self)
        self._icon.setEnabled(False)
        self.field.addAction(self._icon, QLineEdit.ActionPosition.LeadingPosition)
        self.open = QPushButton("Open")
        self.open.setToolTip("Open this address (Enter)")
        self.open.setAccessibleName("Open this address")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.hide()

        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.field, 1)
        row.addWidget(self.open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addLayout(row)
        column.addWidget(self.note)

        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._open)
        self.open.clicked.connect(self._open)
        if recents is not None:
            complete_addresses(self.field, recents)
        self._color()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _open(self) -> None:
        entered = self.field.text().strip()
        known = self._known().find(entered)
        self._tried = True
        self._judge()
        if known is not None or not problem(entered):
            self.field.clear()
            self.chosen.emit(known.value if known is not None else entered)
        else:
            self.field.setFocus()

    def _typed(self) -> None:
        if not self.field.text().strip():
            self._tried = False
        self._judge()

    def _judge(self) -> None:
        entered = self.field.text().strip()
        known = self._known()
        note = wrong = ""
        if known.find(entered) is not None:
            if known.hides(entered):
                note = "Opened as it was last time, with what is not shown of it."
        elif self._tried:
            # Nobody is told of a mistake in a word that is still being typed.
            note = wrong = problem(entered)
        self.note.setText(note)
        mark_error(self.note, bool(wrong))
        self.note.setVisible(bool(note))

    def _known(self) -> KnownAddresses:
        return KnownAddresses(self._recents.items if self._recents is not None else ())

    def _color(self) -> None:
        self._icon.setIcon(icons.icon("stream", theme.colors().muted, 16))
