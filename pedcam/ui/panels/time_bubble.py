"""A word above the pointer."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QLabel, QWidget

from pedcam.ui import theme

_GAP = 4  # pixels between the bubble and what it belongs to


class TimeBubble(QLabel):
    """Shows a time above a place of the widget it belongs to.

    No tooltip: those come late, below the pointer, and do not follow it.
    """

    def __init__(self, owner: QWidget) -> None:
        """Start hidden."""
        super().__init__(owner, Qt.WindowType.ToolTip)
        self._owner = owner
        self.setObjectName("bubble")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(theme.tabular(self.font()))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMargin(theme.UNIT // 2)

    def tell(self, time: str, x: float) -> None:
        """Show a time above the place ``x`` pixels from the owner's left."""
        self.setText(time)
        self.adjustSize()
        place = self._owner.mapToGlobal(QPoint(round(x) - self.width() // 2, 0))
        place.setY(place.y() - self.height() - _GAP)
        screen = self._owner.screen()
        if screen is not None:
            room = screen.availableGeometry()
            place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        self.move(place)
        self.show()
