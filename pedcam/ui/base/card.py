"""A large button that looks like a card."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QRectF, Qt
from PyQt6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPen,
)
from PyQt6.QtWidgets import QAbstractButton, QScrollArea, QWidget

from pedcam.ui.base import icons, theme

RADIUS = 8


class Card(QAbstractButton):
    """Frame, hover and focus of a card; what is on it is painted by its kind."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Be reached by Tab and by the arrow keys."""
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let Enter click too, as people expect of what looks like a link."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Come into view."""
        super().focusInEvent(event)
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        by_key = event is not None and event.reason() != Qt.FocusReason.MouseFocusReason
        if parent is not None and by_key:
            parent.ensureWidgetVisible(self, 2 * theme.UNIT, 2 * theme.UNIT)

    def enterEvent(self, event: QEnterEvent | None) -> None:
        """Show that it can be clicked."""
        super().enterEvent(event)
        self.update()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paint_frame(self, painter: QPainter) -> None:
        """Draw the background and the border, which tells where the focus is."""
        colors = theme.colors()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = (
            colors.tint if self.isDown() else colors.hover if self.underMouse() else colors.raised
        )
        painter.setBrush(QColor(fill))
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(colors.accent if focused else colors.line), 1 + focused))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


def paint_line(
    painter: QPainter,
    rect: QRectF,
    text: str,
    font: QFont,
    color: str,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Draw one line of text in the middle of a rectangle's height, shortened where it must be."""
    painter.setFont(font)
    painter.setPen(QColor(color))
    shown = QFontMetrics(font).elidedText(text, elide, int(rect.width()))
    painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter, shown)


def paint_picture(painter: QPainter, rect: QRectF, image: QImage | None, icon: str) -> None:
    """Draw a picture that fills a rounded rectangle, or an icon where there is none."""
    colors = theme.colors()
    path = QPainterPath()
    path.addRoundedRect(rect, RADIUS / 2, RADIUS / 2)
    painter.save()
    painter.setClipPath(path)
    painter.fillRect(rect, QColor(colors.tint))
    if image is not None and not image.isNull():
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, image, _middle(image, rect.width() / rect.height()))
    elif icon:
        side = min(32.0, rect.height() * 0.5)
        icons.icon(icon, colors.accent, 32).paint(
            painter,
            round(rect.center().x() - side / 2),
            round(rect.center().y() - side / 2),
            round(side),
            round(side),
        )
    painter.restore()


def _middle(image: QImage, aspect: float) -> QRectF:
    """The largest part of a picture of that aspect, around its middle."""
    width = min(float(image.width()), image.height() * aspect)
    height = min(float(image.height()), image.width() / aspect)
    return QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)
