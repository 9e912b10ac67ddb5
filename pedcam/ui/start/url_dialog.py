"""Entering the address of a stream."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.start.addresses import (
    KnownAddresses,
    complete_addresses,
    has_sign_in,
    problem,
    with_sign_in,
)
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.url_entry import mark_error

EXAMPLES = (
    "rtsp://192.168.1.20:554/stream1",
    "http://192.168.1.20/video.mjpg",
    "https://example.org/live/playlist.m3u8",
    "udp://@:5000",
)


class UrlDialog(QDialog):
    """Asks for an address, and for what else a network camera wants to know."""

    chosen = pyqtSignal(str)
    """The address to open."""

    def __init__(self, parent: QWidget | None = None, recents: Recents | None = None) -> None:
        """Start with an empty field; ``recents`` gives the addresses to complete from."""
        super().__init__(parent)
        self._recents = recents
        self.setWindowTitle("Open stream URL")
        self.setMinimumWidth(560)
        label = QLabel("&Address of a network camera or stream")
        self.field = QLineEdit()
        self.field.setPlaceholderText("rtsp://…")
        self.field.setClearButtonEnabled(True)
        label.setBuddy(self.field)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        examples = QLabel("For example:\n" + "\n".join(EXAMPLES))
        examples.setProperty("muted", True)
        examples.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.user = QLineEdit()
        self.user.setPlaceholderText("Only if the camera asks for it")
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.transport = QComboBox()
        self.transport.addItem("TCP, or UDP where that is refused", "")
        self.transport.addItem("TCP: nothing gets lost", "tcp")
        self.transport.addItem("UDP: less delay, but packets may get lost", "udp")
        self.transport.setToolTip("How an RTSP camera sends its pictures")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        form = QGridLayout()
        form.setSpacing(theme.UNIT)
        for row, (name, field) in enumerate(
            (
                ("&User name", self.user),
                ("&Password", self.password),
                ("&Transport", self.transport),
            )
        ):
            beside = QLabel(name)
            beside.setBuddy(field)
            form.addWidget(beside, row, 0)
            form.addWidget(field, row, 1)
        form.setColumnStretch(1, 1)

        layout = QVBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        for widget in (label, self.field, self.note, examples):
            layout.addWidget(widget)
        layout.addSpacing(unit)
        layout.addLayout(form)
        layout.addSpacing(unit)
        layout.addStretch()
        layout.addWidget(self.buttons)

        if recents is not None:
            complete_addresses(self.field, recents)
        self.field.textChanged.connect(self._check)
        self.user.textChanged.connect(self._check)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._check()

    def address(self) -> str:
        """Return the address entered, with all that goes with it; empty while there is none."""
        entered = self.field.text().strip()
        known = self._known().find(entered)
        if known is not None and not self.user.text():
            address = known.value
        elif problem(entered):
            return ""
        else:
            address = entered
        if self.user.text() and not has_sign_in(address):
            address = with_sign_in(address, self.user.text(), self.password.text())
        transport = self.transport.currentData()
        if transport and _is_rtsp(address):
            address = f"{address.partition('#')[0]}#transport={transport}"
        return "" if problem(address) else address

    def accept(self) -> None:
        """Open the address, if it is one."""
        address = self.address()
        if address:
            super().accept()
            self.chosen.emit(address)

    def _check(self) -> None:
        entered = self.field.text().strip()
        known = self._known()
        hides = known.hides(entered) and not self.user.text()
        wrong = "" if known.find(entered) is not None else problem(entered)
        open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        assert open_button is not None
        open_button.setEnabled(bool(self.address()))
        # An empty field needs no complaint.
        note = wrong if entered else ""
        if hides:
            note = "Opened as it was last time, with what is not shown of it."
        elif not wrong and has_sign_in(entered):
            note = "The address holds the user name and password already."
        self.note.setText(note)
        mark_error(self.note, bool(wrong))
        self.note.setVisible(bool(note))
        free = not has_sign_in(entered)
        self.user.setEnabled(free)
        self.password.setEnabled(free and bool(self.user.text()))
        # A known address is opened as it was, with the transport it was opened with.
        self.transport.setEnabled(_is_rtsp(entered) and not hides)

    def _known(self) -> KnownAddresses:
        return KnownAddresses(self._recents.items if self._recents is not None else ())


def _is_rtsp(address: str) -> bool:
    return address.lower().startswith(("rtsp://", "rtsps://"))
