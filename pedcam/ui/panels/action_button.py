"""A button that does what an action does."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QPushButton, QWidget

from pedcam.ui import icons, theme


class ActionButton(QPushButton):
    """Triggers an action, and is enabled, checked and described as it is."""

    def __init__(
        self,
        action: QAction,
        symbol: str,
        *,
        checked_symbol: str = "",
        alarming: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Follow ``action``.

        Args:
            action: What it does.
            symbol: Name of its icon, see :func:`pedcam.ui.icons.icon`.
            checked_symbol: Name of its icon while the action is checked, where that is another.
            alarming: Whether the icon has the colour of what one should not overlook.
            parent: Whom this belongs to.
        """
        super().__init__(parent)
        self._action = action
        self._symbol, self._checked_symbol = symbol, checked_symbol
        self._alarming = alarming
        self.setAutoDefault(True)
        self.setProperty("quiet", True)
        self.setProperty("compact", True)
        self.setIconSize(QSize(20, 20))
        self.setCheckable(action.isCheckable())
        self.clicked.connect(self._trigger)
        action.changed.connect(self._follow)
        self._follow()

    def set_symbol(self, name: str) -> None:
        """Show another icon."""
        if name != self._symbol:
            self._symbol = name
            self._show_icon()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icon()

    def _trigger(self) -> None:
        self._action.trigger()
        # The click has toggled the button, which the action may not have wanted.
        self._follow()

    def _follow(self) -> None:
        action = self._action
        self.setEnabled(action.isEnabled())
        self.setToolTip(action.toolTip())
        self.setAccessibleName(action.iconText())
        self.setChecked(action.isChecked())
        self._show_icon()

    def _show_icon(self) -> None:
        colors = theme.colors()
        checked = self.isCheckable() and self._action.isChecked()
        symbol = self._checked_symbol if checked and self._checked_symbol else self._symbol
        color = colors.accent if checked else colors.text
        self.setIcon(icons.icon(symbol, colors.bad if self._alarming else color))
