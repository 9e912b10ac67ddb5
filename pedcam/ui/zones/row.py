"""One line or zone in the list."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.zones.checks import MAX_NAME, Shape
from pedcam.ui.zones.paint import counts_text, place_color
from pedcam.video.people.counts import LineCount, ZoneCount

_SWATCH = 24.0
_PLATE = QColor(28, 32, 26)


class PlaceRow(QWidget):
    """Colour, name and counts of a line or zone, with what can be done to it."""

    picked = pyqtSignal()
    """The user wants it selected."""

    opened = pyqtSignal()
    """The user pressed Enter: select it and go on in the picture."""

    renamed = pyqtSignal(str)
    """The user entered a name, which may not be possible."""

    reverse_wanted = pyqtSignal()
    remove_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._shape: Shape | None = None
        self._selected = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

        self.name = ElidedLabel()
        self.name.setFont(theme.scaled(self.name.font(), 1.0, bold=True))
        self.counts = ElidedLabel(muted=True)
        self.counts.setFont(theme.tabular(self.counts.font()))
        # The row is the one place to read and to click them.
        for label in (self.name, self.counts):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.edit = _NameEdit()
        self.edit.hide()
        self.edit.entered.connect(lambda: self.renamed.emit(self.edit.text()))
        self.edit.given_up.connect(self.stop_editing)
        self.reverse = self._button("Reverse direction")
        self.reverse.setToolTip("Swap in and out; the count begins anew")
        self.reverse.clicked.connect(self.reverse_wanted)
        self.remove = self._button("Delete")
        self.remove.clicked.connect(self.remove_wanted)

        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(self.name)
        column.addWidget(self.edit)
        column.addWidget(self.counts)
        layout = QHBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(unit + int(_SWATCH) + unit, unit - 2, unit // 2, unit - 2)
        layout.setSpacing(0)
        layout.addLayout(column, 1)
        layout.addWidget(self.reverse)
        layout.addWidget(self.remove)
        self._show_icons()

    @property
    def shape(self) -> Shape | None:
        """The line or zone shown."""
        return self._shape

    @property
    def editing(self) -> bool:
        """Whether the name is being changed."""
        return not self.edit.isHidden()

    def show_shape(
        self, shape: Shape, count: LineCount | ZoneCount | None, *, selected: bool
    ) -> None:
        """Show a line or zone.

        Args:
            shape: What to show.
            count: What was counted there.
            selected: Whether it is the selected one.
        """
        if self._shape is None or self._shape.name != shape.name:
            self.stop_editing()
        if (shape, selected) != (self._shape, self._selected):
            self._shape, self._selected = shape, selected
            self.name.setText(shape.name)
            self.setAccessibleName(shape.name)
            self.reverse.setVisible(shape.is_line)
            self.reverse.setAccessibleName(f"Reverse direction of {shape.name}")
            self.remove.setAccessibleName(f"Delete {shape.name}")
            self.remove.setToolTip(f"Delete {shape.name} (Del)")
            self.update()
        words = counts_text(count, line=shape.is_line)
        self.counts.setText(words)
        kind = "Line" if shape.is_line else "Zone"
        state = "selected" if selected else ""
        about = ", ".join(part for part in (kind, words, state) if part)
        if about != self.accessibleDescription():
            self.setAccessibleDescription(about)
            self.setToolTip(f"{shape.name}: {words}\nF2 or a double click renames it")

    def start_editing(self) -> None:
        """Let the name be changed."""
        if self._shape is not None:
            self.edit.setText(self._shape.name)
            self.name.hide()
            self.edit.show()
            self.edit.setFocus()
            self.edit.selectAll()

    def stop_editing(self) -> None:
        """Show the name as it is."""
        if self.editing:
            had_focus = self.edit.hasFocus()
            self.edit.hide()
            self.name.show()
            if had_focus:
                self.setFocus()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Rename, delete or open it."""
        key = None if event is None else event.key()
        if key == Qt.Key.Key_F2:
            self.start_editing()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_wanted.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._focus_beside(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Select it."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Rename it."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.start_editing()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show where the focus is."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """The focus went elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def enterEvent(self, event: QEnterEvent | None) -> None:
        """Show that it can be clicked."""
        self.update()

    def leaveEvent(self, event: QEvent | None) -> None:
        """The pointer went elsewhere."""
        self.update()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icons()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the card and the colour."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        hover = colors.hover if self.underMouse() else colors.raised
        painter.setBrush(QColor(colors.tint if self._selected else hover))
        painter.setPen(QColor(colors.accent if self._selected else colors.line))
        painter.drawRoundedRect(frame, 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), 4, 4)
        if self._shape is not None:
            top = (self.height() - _SWATCH) / 2
            _paint_swatch(painter, QRectF(theme.UNIT, top, _SWATCH, _SWATCH), self._shape)

    def _focus_beside(self, direction: int) -> None:
        parent = self.parentWidget()
        rows = [] if parent is None else parent.findChildren(PlaceRow)
        place = rows.index(self) + direction if self in rows else -1
        if 0 <= place < len(rows):
            rows[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _button(self, name: str) -> QPushButton:
        button = QPushButton()
        button.setAccessibleName(name)
        button.setAutoDefault(True)
        button.setProperty("quiet", True)
        button.setProperty("compact", True)
        button.setIconSize(QSize(18, 18))
        return button

    def _show_icons(self) -> None:
        color = theme.colors().muted
        self.reverse.setIcon(icons.icon("swap", color, 18))
        self.remove.setIcon(icons.icon("trash", color, 18))


class _NameEdit(QLineEdit):
    """Tells whether a name was entered or given up."""

    entered = pyqtSignal()
    given_up = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(MAX_NAME)
        self.setProperty("inline", True)
        self.setAccessibleName("Name")
        self.setToolTip("Enter keeps the name, Esc the old one")

    def event(self, event: QEvent | None) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        key = None if event is None else event.key()
        if key == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        reason = None if event is None else event.reason()
        # Its own menu takes the focus for a while only.
        if self.isVisible() and reason != Qt.FocusReason.PopupFocusReason:
            self.entered.emit()
            self.given_up.emit()


def _paint_swatch(painter: QPainter, box: QRectF, shape: Shape) -> None:
    """Paint a line or zone in its colour on what is dark in both looks."""
    color = place_color(shape.color)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QPen(color, 2, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin))
    inner = box.adjusted(6, 6, -6, -6)
    if shape.is_line:
        painter.drawLine(inner.bottomLeft(), inner.topRight())
        return
    fill = QColor(color)
    fill.setAlpha(90)
    painter.setBrush(fill)
    painter.drawPolygon(
        QPolygonF(
            [
                inner.topLeft() + QPointF(1, 2),
                inner.topRight() + QPointF(-2, 0),
                inner.bottomRight(),
                inner.bottomLeft() + QPointF(0, -1),
            ]
        )
    )
