"""How many rules a line or zone has."""

from __future__ import annotations

from PyQt6.QtCore import QRect, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui.base import icons, theme

_ICON = 14


class RulesBadge(QWidget):
    """A bell and a number; hidden where there are no rules."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.setFont(theme.tabular(theme.scaled(self.font(), 0.9)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def words(self) -> str:
        """What it says, for tooltips and screen readers; empty without rules."""
        return "" if not self.number else "1 rule" if self.number == 1 else f"{self.number} rules"

    def show_number(self, number: int) -> None:
        if number != self.number:
            self.number = number
            self.setVisible(number > 0)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = _ICON + 2 + metrics.horizontalAdvance(str(self.number)) + theme.UNIT // 2
        return QSize(width, max(_ICON, metrics.height()))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        color = theme.colors().muted
        painter = QPainter(self)
        top = (self.height() - _ICON) // 2
        icons.icon("notify", color, _ICON).paint(painter, QRect(0, top, _ICON, _ICON))
        painter.setPen(QColor(color))
        room = self.rect().adjusted(_ICON + 2, 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, str(self.number))
