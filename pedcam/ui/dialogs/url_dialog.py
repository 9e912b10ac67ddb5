"""Entering the address of a stream."""

from __future__ import annotations

from PyQt6.QtCore import QUrl, pyqtSignal
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from pedcam.ui import text, theme
from pedcam.ui.start.drop_target import STREAM_SCHEMES
from pedcam.video.addresses import WITHOUT_HOST

EXAMPLES = (
    "rtsp://user:password@192.168.1.20:554/stream1",
    "http://192.168.1.20/video.mjpg",
    "https://example.org/live/playlist.m3u8",
    "udp://@:5000",
)


class UrlDialog(QDialog):
    """Asks for an address and opens only what can be one."""

    chosen = pyqtSignal(str)
    """The address to open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with an empty field."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Open stream URL"))
        self.setMinimumWidth(520)
        label = QLabel(self.tr("&Address of a network camera or stream"))
        self.field = QLineEdit()
        self.field.setPlaceholderText("rtsp://…")
        self.field.setClearButtonEnabled(True)
        label.setBuddy(self.field)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        examples = QLabel(self.tr("For example:") + "\n" + "\n".join(EXAMPLES))
        examples.setProperty("muted", True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        layout = QVBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        for widget in (label, self.field, self.note, examples):
            layout.addWidget(widget)
        layout.addSpacing(unit)
        layout.addWidget(self.buttons)

        self.field.textChanged.connect(self._check)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._check("")

    def accept(self) -> None:
        """Open the address, if it is one."""
        address = self.field.text().strip()
        if not problem(address):
            super().accept()
            self.chosen.emit(address)

    def _check(self, entered: str) -> None:
        wrong = problem(entered.strip())
        open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        assert open_button is not None
        open_button.setEnabled(not wrong)
        # An empty field needs no complaint.
        self.note.setText(wrong if entered.strip() else "")
        self.note.setVisible(bool(self.note.text()))


def problem(address: str) -> str:
    """Say what keeps a text from being a stream's address; empty if nothing does."""
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    if not address or not url.isValid() or url.scheme() not in STREAM_SCHEMES:
        return text.tr("An address begins with {schemes} or another of its kind.").format(
            schemes=", ".join(f"{scheme}://" for scheme in ("rtsp", "http", "https"))
        )
    if url.scheme() in WITHOUT_HOST:
        if url.port() > 0:
            return ""
        return text.tr("The port is missing, as in “{scheme}://@:5000”.").format(
            scheme=url.scheme()
        )
    if not url.host():
        return text.tr("The host is missing after “{scheme}://”.").format(scheme=url.scheme())
    return ""
