"""How much of the past is shown."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from pedcam.ui import theme

MINUTES = (1, 10, 60)


class SpanChoice(QWidget):
    """One button for each of :data:`MINUTES`, of which one is down."""

    chosen = pyqtSignal(int)
    """The user wants to see so many of the last minutes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the shortest."""
        super().__init__(parent)
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for minutes in MINUTES:
            button = QPushButton(self.tr("{minutes} min").format(minutes=minutes))
            button.setFont(theme.scaled(button.font(), 0.9))
            button.setProperty("quiet", True)
            button.setProperty("compact", True)
            button.setCheckable(True)
            button.setAutoDefault(True)
            tip = self.tr("Show the last {minutes} minutes")
            if minutes == 1:
                tip = self.tr("Show the last minute")
            button.setToolTip(tip.format(minutes=minutes))
            button.setAccessibleName(tip.format(minutes=minutes))
            self._group.addButton(button, minutes)
            layout.addWidget(button)
        self._button(MINUTES[0]).setChecked(True)
        self._group.idClicked.connect(self.chosen)

    @property
    def minutes(self) -> int:
        """How many minutes are chosen."""
        return self._group.checkedId()

    def set_minutes(self, minutes: int) -> None:
        """Choose; what is not among :data:`MINUTES` is ignored."""
        if minutes in MINUTES:
            self._button(minutes).setChecked(True)

    def _button(self, minutes: int) -> QPushButton:
        button = self._group.button(minutes)
        assert isinstance(button, QPushButton)
        return button
