"""Choosing a camera by its name or number, with its size and rate."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import text, theme
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.start.camera_list import CameraList, camera_source
from pedcam.video.sources.camera import CameraInfo

SIZES = ((640, 480), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
RATES = (15.0, 30.0, 60.0)


class CameraDialog(QDialog):
    """Lists the cameras; one that is not in the list can be opened by its number."""

    chosen = pyqtSignal(str)
    """The camera to open, as a source."""

    def __init__(self, cameras: CameraList, parent: QWidget | None = None) -> None:
        """Look for cameras again, and show what ``cameras`` finds."""
        super().__init__(parent)
        self.setWindowTitle("Open camera")
        self.setMinimumSize(480, 420)
        self._cameras = cameras
        self._listed: tuple[CameraInfo, ...] = ()
        self._number_edited = False
        self.status = StatusLabel()
        self.list = QListWidget()
        self.list.setAccessibleName("Cameras")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.refresh = QPushButton("&Look again")
        self.refresh.setToolTip("Look for cameras again, after plugging one in")
        self.refresh.setAutoDefault(False)
        self.sizes = QComboBox()
        self.sizes.addItem("The camera's own", None)
        for width, height in SIZES:
            self.sizes.addItem(text.pixels(width, height), (width, height))
        self.rates = QComboBox()
        self.rates.addItem("The camera's own", None)
        for rate in RATES:
            self.rates.addItem(f"{rate:g} per second", rate)
        for box in (self.sizes, self.rates):
            box.setToolTip("A camera that has no such mode takes the nearest it has")
        self.number = QSpinBox()
        self.number.setRange(0, 9999)
        self.number.setToolTip("For a camera that is not in the list")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self._lay_out()
        # Not the current item: the list makes its first one current whenever it gets the focus.
        self.list.itemSelectionChanged.connect(self._show_number)
        self.list.itemDoubleClicked.connect(lambda _: self.accept())
        self.number.valueChanged.connect(self._keep_number)
        entry = self.number.lineEdit()
        assert entry is not None
        # Typing the number that is there already does not change the value.
        entry.textEdited.connect(self._keep_number)
        self.refresh.clicked.connect(cameras.look)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        cameras.changed.connect(self._refresh)
        cameras.look()
        self._refresh()

    def accept(self) -> None:
        """Open the camera of the number, which is that of the camera selected."""
        size, rate = self.sizes.currentData(), self.rates.currentData()
        super().accept()
        self.chosen.emit(camera_source(self.number.value(), self._listed, size, rate))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        layout.addWidget(self.status)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.refresh, alignment=Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout()
        row.setSpacing(2 * unit)
        for name, field in (
            ("S&ize", self.sizes),
            ("&Rate", self.rates),
            ("Camera &number", self.number),
        ):
            label = QLabel(name)
            label.setBuddy(field)
            column = QVBoxLayout()
            column.setSpacing(unit // 2)
            column.addWidget(label)
            column.addWidget(field)
            row.addLayout(column, 1)
        layout.addLayout(row)
        layout.addSpacing(unit)
        layout.addWidget(self.buttons)

    def _refresh(self) -> None:
        cameras = self._cameras
        self.refresh.setEnabled(not cameras.looking)
        if cameras.looking and not cameras.problem:
            self.status.set_status("Looking for cameras…")
        elif cameras.problem:
            self.status.set_status(
                f"The cameras could not be listed ({cameras.problem}). Enter a number instead."
            )
        elif cameras.cameras:
            self.status.set_status("Choose a camera.")
        else:
            self.status.set_status(
                "No camera was found. Plug one in and look again, close other programs that "
                "may be using it, or enter its number."
            )
        if cameras.cameras != self._listed:
            self._listed = cameras.cameras
            self._fill()

    def _fill(self) -> None:
        self.list.clear()
        height = self.fontMetrics().height() + 2 * theme.UNIT
        for camera in self._listed:
            item = QListWidgetItem(f"{camera.name}   (number {camera.index})")
            item.setToolTip(camera.name)
            # No wider than the list, so that a long name is shortened.
            item.setSizeHint(QSize(0, height))
            self.list.addItem(item)
        if self._listed and not self._number_edited:
            self.list.setCurrentRow(0)
            self.list.setFocus()

    def _show_number(self) -> None:
        for index in self.list.selectedIndexes():
            with QSignalBlocker(self.number):
                self.number.setValue(self._listed[index.row()].index)
            self._number_edited = False

    def _keep_number(self) -> None:
        self._number_edited = True
