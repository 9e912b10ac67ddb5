"""Entering the address of a stream, and how to reach it."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.start.addresses import has_sign_in, problem, with_sign_in
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.url_entry import AddressField

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

    search_wanted = pyqtSignal()
    """The user wants to look for cameras on the network instead."""

    def __init__(self, recents: Recents, parent: QWidget | None = None) -> None:
        """Start with an empty field; ``recents`` has the addresses to complete from."""
        super().__init__(parent)
        self.setWindowTitle("Open stream URL")
        self.setMinimumWidth(560)
        self.entry = AddressField(recents)
        self.field = self.entry.field
        label = QLabel("&Address of a network camera or stream")
        label.setBuddy(self.field)
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
        self.search = QPushButton("&Find cameras on the network…")
        self.search.setToolTip("Look for cameras on the local network (ONVIF)")
        self.search.setAutoDefault(False)
        self.buttons.addButton(self.search, QDialogButtonBox.ButtonRole.ResetRole)
        unit = theme.UNIT
        form = QFormLayout()
        form.setSpacing(unit)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&User name", self.user)
        form.addRow("&Password", self.password)
        form.addRow("&Transport", self.transport)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        for widget in (label, self.entry, examples):
            layout.addWidget(widget)
        layout.addSpacing(unit)
        layout.addLayout(form)
        layout.addSpacing(unit)
        layout.addStretch()
        layout.addWidget(self.buttons)

        self.field.textChanged.connect(self._refresh)
        self.user.textChanged.connect(self._refresh)
        self.search.clicked.connect(self._search)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._refresh()

    def address(self) -> str:
        """Return the address with user, password and transport; empty while it is not valid."""
        address = self.entry.address
        if self.user.text():
            # Another user than that of a known address.
            address = "" if problem(self.entry.text) else self.entry.text
            if address and not has_sign_in(address):
                address = with_sign_in(address, self.user.text(), self.password.text())
        transport = self.transport.currentData()
        if transport and _is_rtsp(address):
            address = f"{address.partition('#')[0]}#transport={transport}"
        return "" if problem(address) else address

    def accept(self) -> None:
        address = self.address()
        if address:
            super().accept()
            self.chosen.emit(address)

    def _search(self) -> None:
        self.reject()
        self.search_wanted.emit()

    def _refresh(self) -> None:
        open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        assert open_button is not None
        open_button.setEnabled(bool(self.address()))
        free = not has_sign_in(self.entry.text)
        self.user.setEnabled(free)
        self.password.setEnabled(free and bool(self.user.text()))
        # A known address is opened as it was, with the transport it was opened with.
        as_before = self.entry.known is not None and not self.user.text()
        self.transport.setEnabled(_is_rtsp(self.entry.text) and not as_before)


def _is_rtsp(address: str) -> bool:
    return address.lower().startswith(("rtsp://", "rtsps://"))
