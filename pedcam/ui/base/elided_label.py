"""Text of one line that gets by with little room, and dialogs as high as what is in them."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QDialog, QLabel, QSizePolicy

from pedcam.ui.base import theme

_LEAST = 48  # pixels
_FRAME = 48  # pixels that a window manager may add


class ElidedLabel(QLabel):
    """Shortens its text to the room it gets; the whole is in its tooltip."""

    def __init__(
        self,
        *,
        muted: bool = False,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self._muted, self._mode = muted, mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show a text, and all of it in the tooltip."""
        self.setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(_LEAST, hint.width()), hint.height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors = theme.colors()
        painter = QPainter(self)
        painter.setPen(QColor(colors.muted if self._muted else colors.text))
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), self._mode, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)


def fit_height(dialog: QDialog) -> None:
    """Give a dialog the height that it needs at its width, as far as the screen has it.

    Qt alone takes two thirds of the screen at most, and cuts texts off where that is too little.
    """
    layout, screen = dialog.layout(), dialog.screen()
    if layout is None or screen is None:
        return
    layout.activate()
    wanted = min(
        layout.totalHeightForWidth(dialog.width()), screen.availableGeometry().height() - _FRAME
    )
    if wanted > dialog.height():
        dialog.resize(dialog.width(), wanted)
