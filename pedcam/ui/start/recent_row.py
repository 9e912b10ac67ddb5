"""One source of the list of recent ones."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QEvent, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PyQt6.QtWidgets import QMenu, QToolButton

from pedcam.ui.base import icons, theme
from pedcam.ui.base.card import Card, paint_line, paint_picture
from pedcam.ui.start.recents import Recent

HEIGHT = 7 * theme.UNIT
_ICONS = {"file": "file", "folder": "folder", "camera": "camera", "url": "stream"}
_REMOVE = 3 * theme.UNIT


class RecentRow(Card):
    """Picture or icon, title, place and time of a source; a click opens it."""

    remove_wanted = pyqtSignal()
    """The user wants it out of the list."""

    def __init__(self, recent: Recent, when: str, missing: bool, image: QImage | None) -> None:
        """Show ``recent``.

        Args:
            recent: The source.
            when: When it was last opened, in words.
            missing: Whether it was found to be gone.
            image: Its picture, if there is one.
        """
        super().__init__()
        self.recent = recent
        self.missing = missing
        self.image = image
        self._when = "Not found" if missing else when
        place = self.place()
        self.setText(recent.title)
        self.setAccessibleName(recent.title)
        self.setAccessibleDescription(f"{place}, {self._when}" if place else self._when)
        self.setToolTip(self._tip())
        self._remove = QToolButton(self)
        self._remove.setAutoRaise(True)
        self._remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._remove.setCursor(Qt.CursorShape.ArrowCursor)
        self._remove.setIconSize(QSize(14, 14))
        self._remove.setToolTip("Remove from the list (Del)")
        self._remove.setAccessibleName("Remove from the list")
        self._remove.hide()
        self._remove.clicked.connect(self.remove_wanted)
        self._color()

    def place(self) -> str:
        """Return where the source is, or what is asked of a camera."""
        spec = self.recent.spec
        if spec.kind != "camera":
            return _home_as_tilde(self.recent.place)
        asked = []
        if spec.size is not None:
            asked.append("{} × {}".format(*spec.size))  # noqa: RUF001 - as sizes are written
        if spec.rate is not None:
            asked.append(f"{spec.rate:g} per second")
        return " · ".join(asked) or "Camera of this computer"

    def sizeHint(self) -> QSize:
        """A row for two lines of text."""
        lines = QFontMetrics(theme.scaled(self.font(), 1.0, bold=True)).height()
        lines += QFontMetrics(theme.scaled(self.font(), 0.9)).height()
        return QSize(320, max(HEIGHT, lines + 3 * theme.UNIT // 2 + 2))

    def minimumSizeHint(self) -> QSize:
        """Texts are shortened."""
        return QSize(240, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let Del remove it."""
        if event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Offer the same by the right button and the menu key."""
        if event is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        play = menu.addAction("Open")
        remove = menu.addAction("Remove from the list")
        assert play is not None
        assert remove is not None
        play.triggered.connect(lambda: self.click())
        remove.triggered.connect(lambda: self.remove_wanted.emit())
        menu.popup(event.globalPos())

    def enterEvent(self, event: QEnterEvent | None) -> None:
        """Show the button that removes it."""
        super().enterEvent(event)
        self._remove.show()

    def leaveEvent(self, event: QEvent | None) -> None:
        """Hide that button again."""
        super().leaveEvent(event)
        self._remove.setVisible(self.hasFocus())
        self.update()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show the button that removes it."""
        super().focusInEvent(event)
        self._remove.show()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Hide that button again."""
        super().focusOutEvent(event)
        self._remove.setVisible(self.underMouse())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep that button at the right."""
        super().resizeEvent(event)
        top = (self.height() - _REMOVE) // 2
        self._remove.setGeometry(self.width() - _REMOVE - theme.UNIT, top, _REMOVE, _REMOVE)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._color()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw picture, title, place and time."""
        colors = theme.colors()
        painter = QPainter(self)
        self.paint_frame(painter)
        edge = theme.UNIT // 2 + 1
        height = self.height() - 2 * edge
        picture = QRectF(edge, edge, round(height * 16 / 9), height)
        if self.missing:
            painter.setOpacity(0.5)
        paint_picture(painter, picture, self.image, _ICONS[self.recent.spec.kind])
        painter.setOpacity(1.0)

        small = theme.scaled(self.font(), 0.9)
        bold = theme.scaled(self.font(), 1.0, bold=True)
        upper, lower = QFontMetrics(bold).height(), QFontMetrics(small).height()
        top = (self.height() - upper - lower - 2) / 2
        left = picture.right() + 1.5 * theme.UNIT
        right = self.width() - _REMOVE - 1.5 * theme.UNIT
        time_width = QFontMetrics(small).horizontalAdvance(self._when) + 2
        time = QRectF(right - time_width, top, time_width, upper)
        paint_line(
            painter, time, self._when, small, colors.muted, align=Qt.AlignmentFlag.AlignRight
        )
        title = QRectF(left, top, time.left() - left - theme.UNIT, upper)
        title_color = colors.muted if self.missing else colors.text
        paint_line(painter, title, self.recent.title, bold, title_color)
        place = QRectF(left, top + upper + 2, right - left, lower)
        middle = Qt.TextElideMode.ElideMiddle
        paint_line(painter, place, self.place(), small, colors.muted, elide=middle)

    def _tip(self) -> str:
        spec = self.recent.spec
        shown = spec.value if self.recent.is_local else spec.title
        if self.missing:
            return shown + "\nIt was moved or deleted, or its disk is not connected."
        return shown

    def _color(self) -> None:
        self._remove.setIcon(icons.icon("close", theme.colors().muted, 14))


def _home_as_tilde(folder: str) -> str:
    home = str(Path.home())
    if folder == home or folder.startswith(home.rstrip("/\\") + "/"):
        return "~" + folder[len(home) :]
    return folder
