"""A whole number with buttons for less and more."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QWidget

from pedcam.ui.base import theme
from pedcam.ui.settings.setting_kinds import Number


class NumberField(QWidget):
    """A number that can be typed, and stepped with the arrow keys or two buttons."""

    changed = pyqtSignal(int)
    """Another number."""

    def __init__(self, title: str, kind: Number, parent: QWidget | None = None) -> None:
        """Start at the lowest number.

        Args:
            title: What is counted.
            kind: The limits, and how the number is put into words.
            parent: Owner.
        """
        super().__init__(parent)
        self.box = _Box(kind)
        self.box.setAccessibleName(title)
        self.less = QPushButton("−")  # noqa: RUF001
        self.less.setToolTip("Less (Down)")
        self.less.setAccessibleName(f"Less: {title}")
        self.more = QPushButton("+")
        self.more.setToolTip("More (Up)")
        self.more.setAccessibleName(f"More: {title}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT // 2)
        row.addWidget(self.box, 1)
        for button, step in ((self.less, self.box.stepDown), (self.more, self.box.stepUp)):
            button.setAutoDefault(False)
            button.setAutoRepeat(True)
            button.setProperty("compact", True)
            button.setFixedWidth(4 * theme.UNIT)
            # The arrow keys do the same.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(step)
            row.addWidget(button)
        self.setFocusProxy(self.box)
        self.box.valueChanged.connect(self._tell)
        self._enable()

    def value(self) -> int:
        """Return the number."""
        return self.box.value()

    def show_value(self, value: int) -> None:
        """Show a number without telling of it."""
        blocked = self.box.blockSignals(True)
        self.box.setValue(value)
        self.box.blockSignals(blocked)
        self._enable()

    def _tell(self, value: int) -> None:
        self._enable()
        self.changed.emit(value)

    def _enable(self) -> None:
        value = self.box.value()
        self.less.setEnabled(value > self.box.minimum())
        self.more.setEnabled(value < self.box.maximum())


class _Box(QSpinBox):
    def __init__(self, kind: Number) -> None:
        super().__init__()
        # The text around the number, which may stand anywhere in it.
        before, _, after = kind.unit.partition("{value}")
        self.setPrefix(before)
        self.setSuffix(after)
        self.setRange(kind.low, kind.high)
        self.setSingleStep(kind.step)
        self.setSpecialValueText(kind.lowest if kind.lowest else "")
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        # Half a number typed is no setting.
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the page, unless the number was chosen before."""
        if self.hasFocus() or event is None:
            super().wheelEvent(event)
        else:
            event.ignore()
