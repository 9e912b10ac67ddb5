"""The whole picture in the list of lines and zones: rules can be about it too."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from pedcam.ui.zones.list_row import ListRow


class PictureRow(ListRow):
    """Says how many rules are about the whole picture; a click folds and unfolds them."""

    def __init__(self) -> None:
        super().__init__()
        self.add_label(bold=True).setText("Whole picture")
        self.setAccessibleName("Whole picture")
        self.setToolTip("Rules about everybody in the picture")

    def show_number(self, number: int, *, unfolded: bool) -> None:
        """Show how many rules there are, and whether they are shown below."""
        self.badge.show_number(number)
        self.setChecked(unfolded)
        self.setAccessibleDescription(self.badge.words or "no rules")

    def paint_swatch(self, painter: QPainter, box: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#e6e9ef"), 1.5))
        painter.drawRoundedRect(box.adjusted(5, 7, -5, -7), 2, 2)
