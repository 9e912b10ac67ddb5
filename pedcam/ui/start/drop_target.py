"""What can be dropped onto the window."""

from __future__ import annotations

from PyQt6.QtCore import QMimeData, QRectF, Qt, QUrl
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from pedcam.ui import theme
from pedcam.video.addresses import WITHOUT_HOST

STREAM_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", *WITHOUT_HOST)


def dropped_source(data: QMimeData | None) -> str | None:
    """Return the file's path or the address in a drag; ``None`` if there is neither."""
    urls = data.urls() if data is not None else []
    if not urls and data is not None and data.hasText():
        urls = [QUrl(data.text().strip())]
    for url in urls:
        if url.isLocalFile():
            return url.toLocalFile()
        if url.scheme() in STREAM_SCHEMES and (url.host() or url.scheme() in WITHOUT_HOST):
            # A decoded escape could mean something else: %2F in a password is no slash.
            return url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return None


class DropHint(QWidget):
    """Covers the window while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        """Stay hidden until needed."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        """Show over the whole parent."""
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a veil with a dashed frame."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colors.window)
        veil.setAlpha(225)
        painter.fillRect(self.rect(), veil)
        margin = 2 * theme.UNIT
        frame = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        painter.setPen(QPen(QColor(colors.accent), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 12, 12)
        painter.setFont(theme.scaled(self.font(), 1.5, bold=True))
        painter.setPen(QColor(colors.text))
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, self.tr("Drop to play"))
