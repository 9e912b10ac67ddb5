"""A button with a line icon."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize
from PyQt6.QtWidgets import QPushButton

from pedcam.ui.base import icons, theme


class IconButton(QPushButton):
    """A flat button whose icon follows the look; a plain one takes the accent colour if checked."""

    def __init__(
        self,
        symbol: str,
        name: str = "",
        tip: str = "",
        *,
        text: str = "",
        color: str = "text",
        size: int = 20,
    ) -> None:
        """Show an icon.

        Args:
            symbol: Name of the icon, see :func:`pedcam.ui.base.icons.icon`.
            name: What screen readers call the button.
            tip: Its tooltip.
            text: Words beside the icon.
            color: Which of :class:`pedcam.ui.base.theme.Colors` the icon has.
            size: Side of the icon in logical pixels.
        """
        super().__init__(text)
        self._symbol, self._color = symbol, color
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setAutoDefault(True)
        self.setProperty("quiet", True)
        self.setProperty("compact", not text)
        self.setIconSize(QSize(size, size))
        self.toggled.connect(self._show_icon)
        self._show_icon()

    def set_symbol(self, symbol: str) -> None:
        """Show another icon."""
        if symbol != self._symbol:
            self._symbol = symbol
            self._show_icon()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icon()

    def _show_icon(self) -> None:
        checked = self.isChecked() and self._color == "text"
        color = getattr(theme.colors(), "accent" if checked else self._color)
        self.setIcon(icons.icon(self._symbol, color, self.iconSize().width()))
