"""Says what will happen to what is dragged over the window."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from pedcam.ui import icons, theme
from pedcam.ui.start.card import paint_line

_ICON = 48


class DropHint(QWidget):
    """Covers the window while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        """Stay hidden until needed."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title = ""
        self.line = ""
        self._usable = True
        self.hide()

    def cover(self, title: str = "", line: str = "", *, usable: bool = True) -> None:
        """Show over the whole parent.

        Args:
            title: What will happen.
            line: More about it.
            usable: Whether anything will.
        """
        self.title, self.line, self._usable = title, line, usable
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a veil with a dashed frame and the words."""
        colors = theme.colors()
        color = colors.accent if self._usable else colors.muted
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colors.window)
        veil.setAlpha(246)
        painter.fillRect(self.rect(), veil)
        margin = 2 * theme.UNIT
        frame = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        painter.setPen(QPen(QColor(color), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 12, 12)

        title_font = theme.scaled(self.font(), 1.6, bold=True)
        line_font = theme.scaled(self.font(), 1.1)
        title, line = QFontMetrics(title_font).height(), QFontMetrics(line_font).height()
        gap = 2 * theme.UNIT
        top = frame.center().y() - (_ICON + gap + title + theme.UNIT + line) / 2
        icons.icon("drop" if self._usable else "forbidden", color, _ICON).paint(
            painter, round(frame.center().x() - _ICON / 2), round(top), _ICON, _ICON
        )
        inner = frame.adjusted(3 * theme.UNIT, 0, -3 * theme.UNIT, 0)
        center, middle = Qt.AlignmentFlag.AlignHCenter, Qt.TextElideMode.ElideMiddle
        top += _ICON + gap
        rect = QRectF(inner.left(), top, inner.width(), title)
        paint_line(painter, rect, self.title, title_font, colors.text, middle, center)
        rect = QRectF(inner.left(), top + title + theme.UNIT, inner.width(), line)
        paint_line(painter, rect, self.line, line_font, colors.muted, align=center)
