"""One line or zone in the list."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import QCheckBox

from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.base.name_edit import NameEdit
from pedcam.ui.zones.list_row import ListRow
from pedcam.ui.zones.paint import counts_text, hatch, zone_color
from pedcam.ui.zones.shape import MAX_NAME, Shape
from pedcam.ui.zones.state import Zones
from pedcam.video.people.counters import IgnoredZone


class ZoneRow(ListRow):
    """Colour, name and counts of a line or zone, with what can be done to it."""

    opened = pyqtSignal()
    """The user pressed Enter and goes on in the picture."""

    def __init__(self, zones: Zones) -> None:
        """Start empty; edit ``zones``."""
        super().__init__()
        self._zones = zones
        self._shape: Shape | None = None
        self.name = self.add_label(bold=True)
        self.edit = NameEdit(MAX_NAME)
        self.edit.hide()
        self.column.addWidget(self.edit)
        self.counts = self.add_label(muted=True)
        self.black_out = QCheckBox("Black out")
        self.black_out.setProperty("muted", True)
        self.black_out.setToolTip(
            "Black in recordings, snapshots, clips, exports and the history;\n"
            "on the screen it stays as it is"
        )
        self.column.addWidget(self.black_out)
        tip = "Swap in and out; the count starts again"
        self.reverse = IconButton("swap", tip=tip, color="muted", size=18)
        self.remove = IconButton("trash", color="muted", size=18)

        self.clicked.connect(lambda: zones.select(self._name))
        self.edit.entered.connect(self._rename)
        self.edit.given_up.connect(self.stop_editing)
        self.reverse.clicked.connect(lambda: zones.reverse(self._name))
        self.remove.clicked.connect(lambda: zones.remove(self._name))
        self.black_out.clicked.connect(lambda on: zones.black_out(self._name, on))

        self.add_buttons(self.reverse, self.remove)

    @property
    def editing(self) -> bool:
        """Whether the name is being changed."""
        return not self.edit.isHidden()

    def show_shape(self, shape: Shape) -> None:
        """Show a line or zone, what was counted there and whether it is selected."""
        selected = shape.name == self._zones.selected
        if shape.name != self._name:
            self.stop_editing()
        self.setChecked(selected)
        if shape != self._shape:
            self._shape = shape
            self.name.setText(shape.name)
            self.setAccessibleName(shape.name)
            self.reverse.setVisible(shape.is_line)
            self.counts.setVisible(not shape.is_ignored)
            self.black_out.setVisible(shape.is_ignored)
            self.black_out.setAccessibleName(f"Black out {shape.name}")
            self.reverse.setAccessibleName(f"Reverse direction of {shape.name}")
            self.remove.setAccessibleName(f"Delete {shape.name}")
            self.remove.setToolTip(f"Delete {shape.name} (Del)")
            self.update()
        if isinstance(shape.zone, IgnoredZone):
            self.black_out.setChecked(shape.zone.blacked_out)
        words = counts_text(self._zones.count(shape.name), shape)
        self.counts.setText(words)
        self.badge.show_number(len(self._zones.rules_of(shape.name)))
        kind = "Line" if shape.is_line else "Ignored zone" if shape.is_ignored else "Zone"
        about = ", ".join(filter(None, [kind, words, self.badge.words, "selected" * selected]))
        if about != self.accessibleDescription():
            self.setAccessibleDescription(about)
            title = f"{shape.name}: {words}" if words else shape.name
            self.setToolTip(f"{title}\nF2 or a double click renames it")

    def start_editing(self) -> None:
        """Let the name be changed."""
        self.edit.setText(self._name)
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
        key = None if event is None else event.key()
        if key == Qt.Key.Key_F2:
            self.start_editing()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._zones.remove(self._name)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._zones.select(self._name)
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.start_editing()

    def paint_swatch(self, painter: QPainter, box: QRectF) -> None:
        if self._shape is not None:
            _paint_swatch(painter, box, self._shape)

    @property
    def _name(self) -> str:
        return "" if self._shape is None else self._shape.name

    def _rename(self) -> None:
        if self._zones.attempt(lambda: self._zones.rename(self._name, self.edit.text())):
            self.stop_editing()


def _paint_swatch(painter: QPainter, box: QRectF, shape: Shape) -> None:
    color = zone_color(shape)
    painter.setPen(QPen(color, 2, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin))
    inner = box.adjusted(6, 6, -6, -6)
    if shape.is_line:
        painter.drawLine(inner.bottomLeft(), inner.topRight())
        return
    corners = (
        inner.topLeft() + QPointF(1, 2),
        inner.topRight() + QPointF(-2, 0),
        inner.bottomRight(),
        inner.bottomLeft() + QPointF(0, -1),
    )
    if isinstance(shape.zone, IgnoredZone):
        hatch(painter, QPolygonF(corners), color, black=shape.zone.blacked_out, gap=4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        fill = QColor(color)
        fill.setAlpha(90)
        painter.setBrush(fill)
    painter.drawPolygon(QPolygonF(corners))
