"""A picture of the screens, on which one of them is clicked or a part is drawn."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QRegion
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui.base import theme
from pedcam.ui.picture.viewport import Viewport
from pedcam.video.sources.screen import Area

SMALLEST = 16  # side of a part in units of the desktop; less is a click
_SHADE = QColor(0, 0, 0, 150)


class DesktopPicture(QWidget):
    """Shows all screens as they lie beside each other, with what is chosen set off.

    Attributes:
        chosen: What is set off; ``None`` while nothing is.
    """

    screen_clicked = pyqtSignal(int)
    """The number of the screen, from 1."""

    part_drawn = pyqtSignal(object)
    """The :class:`~pedcam.video.sources.screen.Area` that was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: Area | None = None
        self._image: QImage | None = None
        self._desktop = Area(0, 0, 16, 9)
        self._screens: tuple[Area, ...] = ()
        self._start: QPointF | None = None
        self.setMinimumSize(320, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Picture of the screen")

    def show_desktop(self, image: QImage, desktop: Area, screens: tuple[Area, ...]) -> None:
        """Show a picture of the whole desktop, which lies at ``desktop``."""
        self._image, self._desktop, self._screens = image, desktop, screens
        self.update()

    def choose(self, area: Area | None) -> None:
        """Set off an area."""
        self.chosen = area
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self._image:
            self._start = self._on_desktop(event.position())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and (part := self._part_to(event.position())):
            self.choose(part)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._start is None:
            return
        part = self._part_to(event.position())
        start, self._start = self._start, None
        if part is not None:
            self.part_drawn.emit(part)
            return
        for number, screen in enumerate(self._screens, start=1):
            if _rect(screen).contains(start):
                self.screen_clicked.emit(number)
                return

    def paintEvent(self, event: QPaintEvent | None) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self._place
        painter.drawImage(place, self._image)
        accent = QColor(theme.colors().accent)
        if self.chosen is not None:
            chosen = self._on_widget(self.chosen)
            rest = QRegion(place.toAlignedRect()) - QRegion(chosen.toAlignedRect())
            painter.setClipRegion(rest)
            painter.fillRect(place, _SHADE)
            painter.setClipping(False)
            painter.setPen(QPen(accent, 2))
            painter.drawRect(chosen.adjusted(1, 1, -1, -1))
        if len(self._screens) > 1:
            painter.setFont(theme.scaled(self.font(), 1.4, bold=True))
            for number, screen in enumerate(self._screens, start=1):
                self._draw_number(painter, number, self._on_widget(screen), accent)

    @staticmethod
    def _draw_number(painter: QPainter, number: int, place: QRectF, color: QColor) -> None:
        side = painter.fontMetrics().height() + theme.UNIT
        badge = QRectF(place.left() + theme.UNIT, place.top() + theme.UNIT, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(badge)
        painter.setPen(QColor(theme.colors().on_accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(number))

    @property
    def _place(self) -> QRectF:
        """Where the whole desktop is in the widget."""
        widget = float(self.width()), float(self.height())
        size = self._desktop.width, self._desktop.height
        return QRectF(*Viewport(widget, size, self.devicePixelRatioF()).rect)

    def _part_to(self, end: QPointF) -> Area | None:
        """The part from where the mouse was pressed; ``None`` if that is hardly anything."""
        if self._start is None:
            return None
        end = self._on_desktop(end)
        left, right = sorted((round(self._start.x()), round(end.x())))
        top, bottom = sorted((round(self._start.y()), round(end.y())))
        if right - left < SMALLEST or bottom - top < SMALLEST:
            return None
        return Area(left, top, right - left, bottom - top)

    def _on_desktop(self, point: QPointF) -> QPointF:
        """The point of the desktop under one of the widget, or the nearest."""
        place, area = self._place, self._desktop
        x = min(max((point.x() - place.left()) / place.width(), 0), 1)
        y = min(max((point.y() - place.top()) / place.height(), 0), 1)
        return QPointF(area.left + x * area.width, area.top + y * area.height)

    def _on_widget(self, area: Area) -> QRectF:
        place, desktop = self._place, self._desktop
        scale = place.width() / desktop.width
        return QRectF(
            place.left() + (area.left - desktop.left) * scale,
            place.top() + (area.top - desktop.top) * scale,
            area.width * scale,
            area.height * scale,
        )


def _rect(area: Area) -> QRectF:
    return QRectF(area.left, area.top, area.width, area.height)
