"""One source of the list of recent ones."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QEvent, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QAction,
    QColor,
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
)
from PyQt6.QtWidgets import QToolButton, QWidget

from pedcam.ui.base import icons, text, theme
from pedcam.ui.start.cards import Card
from pedcam.ui.start.recents import Recent
from pedcam.video.sources.screen import part_of

_ICONS = {
    "file": "file",
    "folder": "folder",
    "camera": "camera",
    "screen": "screen",
    "url": "stream",
}


class RecentRow(Card):
    """Picture or icon, title, folder and time of a source; a click opens it."""

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
        picture = _Picture(image, _ICONS[recent.spec.kind], faded=missing)
        when = "Not found" if missing else when
        super().__init__(
            picture, recent.title, _subtitle(recent), when, padding=theme.UNIT // 2 + 1
        )
        self.picture = picture
        self.recent = recent
        self.missing = missing
        self.setAccessibleDescription(f"{_subtitle(recent)}, {when}")
        tip = recent.spec.value if recent.is_local else recent.spec.title
        if missing:
            tip += "\nIt was moved or deleted, or its disk is not connected."
        self.setToolTip(tip)
        self.setMinimumHeight(7 * theme.UNIT)

        opening = QAction("Open", self)
        opening.triggered.connect(lambda: self.click())
        removing = QAction("Remove from the list", self)
        removing.setShortcuts([QKeySequence(Qt.Key.Key_Delete), QKeySequence(Qt.Key.Key_Backspace)])
        removing.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        removing.triggered.connect(self.remove_wanted)
        self.addActions([opening, removing])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.remove = QToolButton()
        self.remove.setDefaultAction(removing)
        self.remove.setText("✕")
        self.remove.setToolTip("Remove from the list (Del)")
        self.remove.setAutoRaise(True)
        self.remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.remove.setCursor(Qt.CursorShape.ArrowCursor)
        policy = self.remove.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.remove.setSizePolicy(policy)
        self.grid.addWidget(self.remove, 0, 3, 2, 1)
        self.remove.hide()

    # The button that removes it is shown under the mouse and with the focus.

    def enterEvent(self, event: QEnterEvent | None) -> None:
        super().enterEvent(event)
        self.remove.show()

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        self.remove.setVisible(self.hasFocus())

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        super().focusInEvent(event)
        self.remove.show()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self.remove.setVisible(self.underMouse())


class _Picture(QWidget):
    """An image that fills a rounded rectangle, or an icon where there is none."""

    def __init__(self, image: QImage | None, icon: str, *, faded: bool) -> None:
        super().__init__()
        self.image = image
        self._icon, self._faded = icon, faded
        self.setFixedSize(80, 45)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors, area = theme.colors(), QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(area, 4, 4)
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.setOpacity(0.5 if self._faded else 1.0)
        painter.setClipPath(path)
        painter.fillRect(area, QColor(colors.tint))
        if self.image is not None:
            filling = area.size().scaled(
                self.image.size().toSizeF(), Qt.AspectRatioMode.KeepAspectRatio
            )
            part = QRectF(area.topLeft(), filling)
            part.moveCenter(QRectF(self.image.rect()).center())
            painter.drawImage(area, self.image, part)
        else:
            symbol = icons.icon(self._icon, colors.accent, 22)
            symbol.paint(
                painter, self.rect().center().x() - 11, self.rect().center().y() - 11, 22, 22
            )


def _subtitle(recent: Recent) -> str:
    """Return where a source is, or what is asked of a camera."""
    spec = recent.spec
    if spec.kind == "screen":
        part = part_of(spec.value)
        if part is None:
            return "Screen of this computer"
        return f"{text.pixels(part.width, part.height)} at {part.left}, {part.top}"
    if spec.kind != "camera":
        return _home_as_tilde(recent.place)
    asked = []
    if spec.size is not None:
        asked.append(text.pixels(*spec.size))
    if spec.rate is not None:
        asked.append(f"{spec.rate:g} per second")
    return " · ".join(asked) or "Camera of this computer"


def _home_as_tilde(folder: str) -> str:
    home = str(Path.home())
    if folder == home or folder.startswith(home.rstrip("/\\") + "/"):
        return "~" + folder[len(home) :]
    return folder
