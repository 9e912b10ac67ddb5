"""A row of the list of lines and zones: what all of them have in common."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.zones.rules_badge import RulesBadge

_SWATCH = 24
_PLATE = QColor(28, 32, 26)  # dark in both looks, as the colours are made for pictures


class ListRow(QAbstractButton):
    """A swatch, lines of text, the number of rules and buttons; keys walk from row to row.

    Attributes:
        column: The lines of text.
        badge: The number of rules.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.column = QVBoxLayout()
        self.column.setSpacing(1)
        self.setMinimumHeight(_SWATCH + 2 * theme.UNIT)
        self.badge = RulesBadge()
        self._row = QHBoxLayout(self)
        unit = theme.UNIT
        self._row.setContentsMargins(2 * unit + _SWATCH, unit - 2, unit // 2, unit - 2)
        self._row.setSpacing(0)
        self._row.addLayout(self.column, 1)
        self._row.addWidget(self.badge)

    def add_label(self, *, bold: bool = False, muted: bool = False) -> ElidedLabel:
        """Add a line of text."""
        label = ElidedLabel(muted=muted)
        label.setFont(theme.tabular(theme.scaled(label.font(), 1.0, bold=bold)))
        # Tooltip and clicks are the row's.
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.column.addWidget(label)
        return label

    def add_buttons(self, *buttons: QWidget) -> None:
        """Add buttons at the right."""
        for button in buttons:
            self._row.addWidget(button)

    def paint_swatch(self, painter: QPainter, box: QRectF) -> None:
        """Paint what stands for the row, on a dark plate."""

    def nextCheckState(self) -> None:
        """Stay as it is: the selection decides."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        key = None if event is None else event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._focus_beside(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors, chosen = theme.colors(), self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = colors.hover if self.underMouse() else colors.raised
        painter.setBrush(QColor(colors.tint if chosen else ground))
        painter.setPen(QPen(QColor(colors.accent if chosen else colors.line), 1))
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(frame, 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), 4, 4)
        box = QRectF(theme.UNIT, (self.height() - _SWATCH) / 2, _SWATCH, _SWATCH)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PLATE)
        painter.drawRoundedRect(box, 5, 5)
        self.paint_swatch(painter, box)

    def _focus_beside(self, direction: int) -> None:
        parent = self.parentWidget()
        found = [] if parent is None else parent.findChildren(ListRow)
        rows = sorted((row for row in found if row.isVisible()), key=lambda row: row.y())
        index = rows.index(self) + direction if self in rows else -1
        if 0 <= index < len(rows):
            rows[index].setFocus(Qt.FocusReason.TabFocusReason)
