"""The cameras of this computer on the start page."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.start.camera_list import CameraList, camera_source
from pedcam.ui.start.cards import Card, IconLabel, SectionHeading, quiet_button
from pedcam.video.sources.camera import CameraInfo

_WIDEST = 280


class CameraSection(QWidget):
    """All cameras by name, or why there are none."""

    chosen = pyqtSignal(str)
    """The camera to open, as a source."""

    options_wanted = pyqtSignal()
    """The user wants to choose a size and rate too."""

    search_wanted = pyqtSignal()
    """The user wants to look for cameras on the network."""

    def __init__(self, cameras: CameraList) -> None:
        super().__init__()
        self._cameras = cameras
        self._listed: tuple[CameraInfo, ...] = ()
        self._columns = 2
        self.tiles: list[Card] = []
        self.again = quiet_button("Look again", "Look for cameras again, after plugging one in")
        self.options = quiet_button("Options…", "Choose a camera's size and rate (Ctrl+Shift+O)")
        self.search = quiet_button(
            "On the network…", "Look for cameras on the local network (Ctrl+Shift+N)"
        )
        self.status = StatusLabel()
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(SectionHeading("Cameras", [self.again, self.options, self.search]))
        column.addLayout(self._grid)
        column.addWidget(self.status)
        column.addStretch()
        self.again.clicked.connect(cameras.look)
        self.options.clicked.connect(self.options_wanted)
        self.search.clicked.connect(self.search_wanted)
        cameras.changed.connect(self._refresh)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        columns = max(2, self.width() // (_WIDEST + theme.UNIT))
        if columns != self._columns:
            self._columns = columns
            self._arrange()

    def _refresh(self) -> None:
        cameras = self._cameras
        if cameras.cameras != self._listed:
            self._listed = cameras.cameras
            self._rebuild()
        self.options.setVisible(bool(cameras.cameras))
        self.again.setEnabled(not cameras.looking)
        if cameras.problem:
            self.status.set_status(f"The cameras could not be listed: {cameras.problem}")
        elif cameras.cameras:
            self.status.set_status("")
        elif cameras.looking:
            self.status.set_status("Looking for cameras…")
        else:
            self.status.set_status(
                "No camera found. Plug one in and look again. A network camera is opened by its "
                "address above, or found on the network."
            )

    def _rebuild(self) -> None:
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = []
        before: QWidget = self.search
        for camera in self._listed:
            tile = Card(IconLabel("camera", 20), camera.name)
            tile.setToolTip(f"Watch through “{camera.name}” (number {camera.index})")
            source = camera_source(camera.index, self._listed)
            tile.clicked.connect(lambda _, source=source: self.chosen.emit(source))
            self.tiles.append(tile)
        self._arrange()
        for tile in self.tiles:
            QWidget.setTabOrder(before, tile)
            before = tile

    def _arrange(self) -> None:
        for column in range(max(self._columns, self._grid.columnCount())):
            self._grid.setColumnStretch(column, column < self._columns)
        for position, tile in enumerate(self.tiles):
            self._grid.addWidget(tile, position // self._columns, position % self._columns)
