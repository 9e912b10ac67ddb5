"""The cameras of this computer, by their names."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, pyqtSignal
from PyQt6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.card import Card, paint_line
from pedcam.ui.start.camera_choice import camera_source
from pedcam.ui.start.camera_list import CameraList
from pedcam.ui.start.offer_button import SectionHeading, quiet_button
from pedcam.video.sources.camera import CameraInfo

_ICON = 20
_WIDEST = 280
_NARROWEST = 144


class CameraTile(Card):
    """One camera: an icon beside its name."""

    def __init__(self, camera: CameraInfo) -> None:
        """Show ``camera``."""
        super().__init__()
        self.camera = camera
        self.setText(camera.name)
        self.setAccessibleName(camera.name)
        tip = f"Watch through “{camera.name}” (number {camera.index})"
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)

    def sizeHint(self) -> QSize:
        """Room for one line."""
        height = max(_ICON, QFontMetrics(self.font()).height()) + 2 * theme.UNIT
        return QSize(200, height)

    def minimumSizeHint(self) -> QSize:
        """Small enough for two in the narrowest window."""
        return QSize(_NARROWEST, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the icon and the name."""
        colors = theme.colors()
        painter = QPainter(self)
        self.paint_frame(painter)
        unit = theme.UNIT
        icons.icon("camera", colors.accent, _ICON).paint(
            painter, unit, (self.height() - _ICON) // 2, _ICON, _ICON
        )
        name = QRectF(self.rect()).adjusted(_ICON + 2 * unit, 0, -unit, 0)
        paint_line(painter, name, self.camera.name, self.font(), colors.text)


class CameraSection(QWidget):
    """All cameras, or a word about there being none."""

    chosen = pyqtSignal(str)
    """The camera to open, as a source."""

    options_wanted = pyqtSignal()
    """The user wants to choose a size and rate too."""

    def __init__(self, cameras: CameraList) -> None:
        """Show what ``cameras`` finds."""
        super().__init__()
        self._cameras = cameras
        self._listed: tuple[CameraInfo, ...] = ()
        self._columns = 2
        self.tiles: list[CameraTile] = []
        self.again = quiet_button("Look again", "Look for cameras again, after plugging one in")
        self.options = quiet_button("Options…", "Choose a camera's size and rate (Ctrl+Shift+O)")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        buttons = [self.again, self.options]
        column.addWidget(SectionHeading("Cameras", buttons))
        column.addLayout(self._grid)
        column.addWidget(self.note)
        column.addStretch()

        self.again.clicked.connect(cameras.look)
        self.options.clicked.connect(self.options_wanted)
        cameras.changed.connect(self._refresh)
        self._refresh()

    def look(self) -> None:
        """Look for cameras."""
        self._cameras.look()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use the width."""
        super().resizeEvent(event)
        columns = max(2, self.width() // (_WIDEST + theme.UNIT))
        if columns != self._columns:
            self._columns = columns
            self._place()

    def _refresh(self) -> None:
        cameras = self._cameras
        if cameras.cameras != self._listed:
            self._listed = cameras.cameras
            self._rebuild()
        self.options.setVisible(bool(cameras.cameras))
        self.again.setEnabled(not cameras.looking)
        self.note.setText(self._note())
        self.note.setVisible(bool(self.note.text()))

    def _note(self) -> str:
        cameras = self._cameras
        if cameras.problem:
            return f"The cameras could not be listed: {cameras.problem}"
        if cameras.cameras:
            return ""
        if cameras.looking:
            return "Looking for cameras…"
        return (
            "No camera found. Plug one in and look again. A network camera is opened by its "
            "address above."
        )

    def _rebuild(self) -> None:
        focused = next((tile.camera for tile in self.tiles if tile.hasFocus()), None)
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = [CameraTile(camera) for camera in self._listed]
        for tile in self.tiles:
            source = camera_source(tile.camera, self._listed)
            tile.clicked.connect(lambda _, source=source: self.chosen.emit(source))
        self._place()
        before: QWidget = self.options
        for tile in self.tiles:
            QWidget.setTabOrder(before, tile)
            before = tile
            # At once, to be able to take the focus.
            tile.show()
            if tile.camera == focused:
                tile.setFocus()

    def _place(self) -> None:
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 1)
        for position, tile in enumerate(self.tiles):
            self._grid.addWidget(tile, position // self._columns, position % self._columns)
