"""The cameras of this computer, with what they see."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics, QHideEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.card import Card, paint_line, paint_picture
from pedcam.ui.start.camera_choice import camera_source
from pedcam.ui.start.camera_watch import CameraWatch
from pedcam.ui.start.offer_button import SectionHeading, quiet_button
from pedcam.video.sources.camera import CameraInfo

_EDGE = theme.UNIT // 2
_WIDEST = 280
_NARROWEST = 144


class CameraTile(Card):
    """One camera: its picture over its name."""

    def __init__(self, camera: CameraInfo, watch: CameraWatch) -> None:
        """Show ``camera`` as ``watch`` sees it."""
        super().__init__()
        self.camera = camera
        self._watch = watch
        self.setText(camera.name)
        self.setAccessibleName(camera.name)
        self.refresh()

    def refresh(self) -> None:
        """Show the latest picture."""
        tip = f"Watch through “{self.camera.name}” (number {self.camera.index})"
        if self._no_picture():
            tip += "\nIt gives no picture now. Another program may be using it."
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)
        self.update()

    def sizeHint(self) -> QSize:
        """A picture of 16:9 and one line of text."""
        return QSize(200, self.heightForWidth(200))

    def minimumSizeHint(self) -> QSize:
        """Small enough for two in the narrowest window."""
        return QSize(_NARROWEST, self.heightForWidth(_NARROWEST))

    def heightForWidth(self, width: int) -> int:
        """Return the height at which the picture is 16:9."""
        return round((width - 2 * _EDGE) * 9 / 16) + self._label_height() + 2 * _EDGE

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the picture or an icon, and the name."""
        colors = theme.colors()
        painter = QPainter(self)
        self.paint_frame(painter)
        label = self._label_height()
        inner = QRectF(self.rect()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        picture = inner.adjusted(0, 0, 0, -label)
        index = self.camera.index
        paint_picture(painter, picture, self._watch.pictures.get(index), "camera")
        small = theme.scaled(self.font(), 0.9)
        if self._no_picture():
            note = QRectF(picture.adjusted(4, 0, -4, -4))
            note.setTop(note.bottom() - QFontMetrics(small).height())
            paint_line(
                painter,
                note,
                "No picture",
                small,
                colors.muted,
                align=Qt.AlignmentFlag.AlignHCenter,
            )
        name = QRectF(inner.left() + 6, inner.bottom() - label, inner.width() - 12, label)
        paint_line(painter, name, self.camera.name, self.font(), colors.text)

    def _no_picture(self) -> bool:
        return self._watch.live and self.camera.index in self._watch.failed

    def _label_height(self) -> int:
        return QFontMetrics(self.font()).height() + theme.UNIT


class CameraSection(QWidget):
    """All cameras, or a word about there being none."""

    chosen = pyqtSignal(str)
    """The camera to open, as a source."""

    options_wanted = pyqtSignal()
    """The user wants to choose a size and rate too."""

    def __init__(self, watch: CameraWatch) -> None:
        """Show what ``watch`` finds."""
        super().__init__()
        self._watch = watch
        self._listed: tuple[CameraInfo, ...] = ()
        self._columns = 2
        self.tiles: list[CameraTile] = []
        self.pictures = quiet_button("", "")
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
        buttons = [self.pictures, self.again, self.options]
        column.addWidget(SectionHeading("Cameras", buttons))
        column.addLayout(self._grid)
        column.addWidget(self.note)
        column.addStretch()

        self.again.clicked.connect(watch.look)
        self.options.clicked.connect(self.options_wanted)
        self.pictures.clicked.connect(lambda: watch.set_live(not watch.live))
        watch.changed.connect(self._refresh)
        watch.pictured.connect(self._refresh_tile)
        self._refresh()

    def set_watching(self, on: bool) -> None:
        """Look for cameras and show their pictures, or stop doing so."""
        if on:
            self._watch.look()
            self._watch.begin(self)
        else:
            self._watch.end(self)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Let the cameras go."""
        super().hideEvent(event)
        self.set_watching(False)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use the width."""
        super().resizeEvent(event)
        columns = max(2, self.width() // (_WIDEST + theme.UNIT))
        if columns != self._columns:
            self._columns = columns
            self._place()

    def _refresh(self) -> None:
        watch = self._watch
        if watch.cameras != self._listed:
            self._listed = watch.cameras
            self._rebuild()
        self.pictures.setText("Hide pictures" if watch.live else "Show pictures")
        tip = (
            "Turn the cameras off until one is played; pedcam remembers it"
            if watch.live
            else "Turn the cameras on to show what they see; pedcam remembers it"
        )
        self.pictures.setToolTip(tip)
        self.pictures.setAccessibleDescription(tip)
        self.pictures.setVisible(bool(watch.cameras))
        self.options.setVisible(bool(watch.cameras))
        self.again.setEnabled(not watch.looking)
        self.note.setText(self._note())
        self.note.setVisible(bool(self.note.text()))
        for tile in self.tiles:
            tile.refresh()

    def _note(self) -> str:
        watch = self._watch
        if watch.problem:
            return f"The cameras could not be listed: {watch.problem}"
        if watch.cameras:
            return ""
        if watch.looking:
            return "Looking for cameras…"
        return (
            "No camera found. Plug one in and look again. A network camera is opened by its "
            "address above."
        )

    def _refresh_tile(self, index: int) -> None:
        for tile in self.tiles:
            if tile.camera.index == index:
                tile.refresh()

    def _rebuild(self) -> None:
        focused = next((tile.camera for tile in self.tiles if tile.hasFocus()), None)
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = [CameraTile(camera, self._watch) for camera in self._listed]
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
