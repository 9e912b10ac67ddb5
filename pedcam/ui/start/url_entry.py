"""Entering the address of a stream."""

from __future__ import annotations

from PyQt6.QtCore import QStringListModel, Qt, pyqtSignal
from PyQt6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.start.addresses import problem
from pedcam.ui.start.recents import Recents
from pedcam.video.sources.spec import SourceSpec


class AddressField(QWidget):
    """A field that completes addresses used before, and says below what is wrong with one."""

    def __init__(self, recents: Recents) -> None:
        """Start empty; ``recents`` has the addresses to complete from."""
        super().__init__()
        self._recents = recents
        self._entered = False
        self._model = QStringListModel(self)
        self.field = QLineEdit()
        self.field.setPlaceholderText(
            "Stream address, such as rtsp://user:password@192.168.1.20/stream1"
        )
        self.field.setAccessibleName("Stream address")
        self.field.setToolTip("Address of a network camera or an online stream; Enter opens it")
        self.field.setClearButtonEnabled(True)
        # What is dropped here is for the window, as everywhere.
        self.field.setAcceptDrops(False)
        completer = QCompleter(self._model, self.field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)
        self.status = StatusLabel()
        self.row = QHBoxLayout()
        self.row.setSpacing(theme.UNIT)
        self.row.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addLayout(self.row)
        column.addWidget(self.status)
        # At every key: a subscription to the list would outlive a dialog's field.
        self.field.textEdited.connect(self._update_completions)
        self.field.textChanged.connect(self._typed)
        self.field.editingFinished.connect(self._check)
        self._update_completions()

    @property
    def text(self) -> str:
        return self.field.text().strip()

    @property
    def known(self) -> SourceSpec | None:
        """The address used before that is shown like this one."""
        return self._recents.addresses.get(self.text)

    @property
    def address(self) -> str:
        """What to open: of a known address also what is not shown; empty if it is not valid."""
        if self.known is not None:
            return self.known.value
        return "" if problem(self.text) else self.text

    def _update_completions(self) -> None:
        self._model.setStringList(list(self._recents.addresses))

    def _typed(self) -> None:
        # Nobody is told of a mistake in an address that is still being typed.
        self._entered = self._entered and bool(self.text)
        self._show_status()

    def _check(self) -> None:
        self._entered = bool(self.text)
        self._show_status()

    def _show_status(self) -> None:
        if self.known is not None and self.known.value != self.known.title:
            self.status.set_status("Opened as it was last time, with what is not shown of it.")
        else:
            wrong = self._entered and not self.address
            self.status.set_status(problem(self.text) if wrong else "", error=True)


class UrlEntry(AddressField):
    """Opens an address right on the start page."""

    chosen = pyqtSignal(str)
    """The address to open."""

    def __init__(self, recents: Recents) -> None:
        super().__init__(recents)
        self.open = QPushButton("Open")
        self.open.setToolTip("Open this address (Enter)")
        self.open.setAccessibleName("Open this address")
        self.row.addWidget(self.open)
        self.field.returnPressed.connect(self._open)
        self.open.clicked.connect(self._open)

    def _open(self) -> None:
        if address := self.address:
            self.field.clear()
            self.chosen.emit(address)
        else:
            self.field.setFocus()
