"""Choosing a camera by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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

from pedcam.ui.base import theme
from pedcam.ui.base.background import Worker
from pedcam.ui.start.camera_choice import camera_source, numbered_camera
from pedcam.video.sources.spec import CameraInfo, list_cameras

SIZES = ((640, 480), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
RATES = (15.0, 30.0, 60.0)
_CAMERA = Qt.ItemDataRole.UserRole


class CameraDialog(QDialog):
    """Lists the cameras, which may take seconds, without making the window wait."""

    chosen = pyqtSignal(str)
    """The camera to open, as a source."""

    def __init__(
        self,
        parent: QWidget | None = None,
        find: Callable[[], Sequence[CameraInfo]] = list_cameras,
    ) -> None:
        """Start looking with ``find``.

        Args:
            parent: Owner.
            find: Lists the cameras.
        """
        super().__init__(parent)
        self.setWindowTitle("Open camera")
        self.setMinimumSize(480, 420)
        self._find = find
        self._number_edited = False
        self._worker = Worker("pedcam-cameras", self)
        self.finished.connect(self._worker.stop)

        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.list = QListWidget()
        self.list.setAccessibleName("Cameras")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.refresh = QPushButton("&Look again")
        self.refresh.setToolTip("Look for cameras again, after plugging one in")
        self.refresh.setAutoDefault(False)
        self.size_choice = QComboBox()
        self.size_choice.addItem("The camera's own", None)
        for width, height in SIZES:
            self.size_choice.addItem(f"{width} × {height}", (width, height))  # noqa: RUF001
        self.rate_choice = QComboBox()
        self.rate_choice.addItem("The camera's own", None)
        for rate in RATES:
            self.rate_choice.addItem(f"{rate:g} per second", rate)
        for choice in (self.size_choice, self.rate_choice):
            choice.setToolTip("A camera that has no such mode takes the nearest it has")
        self.number = QSpinBox()
        self.number.setRange(0, 9999)
        self.number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.number.setMinimumWidth(64)
        self.number.setAccessibleName("Camera number")
        self.number.setToolTip("For a camera that is not in the list")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self._lay_out()
        self._connect()
        self.look()

    def look(self) -> None:
        """Look for cameras in the background."""
        self.list.clear()
        self.refresh.setEnabled(False)
        self.note.setText("Looking for cameras…")
        self._worker.submit(self._find, self._found, self._not_found)

    def accept(self) -> None:
        """Open the camera selected, or that of the number entered."""
        super().accept()
        self.chosen.emit(self._source())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        layout.addWidget(self.note)
        layout.addWidget(self.list, 1)
        below = QHBoxLayout()
        below.addStretch()
        below.addWidget(self.refresh)
        layout.addLayout(below)
        row = QHBoxLayout()
        row.setSpacing(2 * unit)
        for name, field in (
            ("S&ize", self.size_choice),
            ("&Rate", self.rate_choice),
            ("Camera &number", self.number),
        ):
            label = QLabel(name)
            label.setBuddy(field)
            column = QVBoxLayout()
            column.setSpacing(unit // 2)
            column.addWidget(label)
            column.addWidget(field)
            row.addLayout(column, 0 if field is self.number else 1)
        layout.addLayout(row)
        layout.addSpacing(unit)
        layout.addWidget(self.buttons)

    def _connect(self) -> None:
        # Not the current item: the list makes its first one current whenever it gets the focus.
        self.list.itemSelectionChanged.connect(self._take_number)
        self.list.itemDoubleClicked.connect(lambda _: self.accept())
        self.number.valueChanged.connect(self._keep_number)
        entry = self.number.lineEdit()
        if entry is not None:
            # Typing the number that is there already does not change the value.
            entry.textEdited.connect(self._keep_number)
        self.refresh.clicked.connect(self.look)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _found(self, cameras: Sequence[CameraInfo]) -> None:
        self.refresh.setEnabled(True)
        height = self.fontMetrics().height() + 2 * theme.UNIT
        for camera in cameras:
            item = QListWidgetItem(f"{camera.name}   (number {camera.index})")
            item.setData(_CAMERA, camera)
            item.setToolTip(camera.name)
            # No wider than the list, so that a long name is shortened.
            item.setSizeHint(QSize(0, height))
            self.list.addItem(item)
        if cameras:
            self.note.setText("Choose a camera.")
            if not self._number_edited:
                self.list.setCurrentRow(0)
                self.list.setFocus()
        else:
            self.note.setText(
                "No camera was found. Plug one in and look again, close other programs that "
                "may be using it, or enter its number."
            )

    def _not_found(self, error: Exception) -> None:
        self.refresh.setEnabled(True)
        self.note.setText(f"The cameras could not be listed ({error}). Enter a number instead.")

    def _take_number(self) -> None:
        for item in self.list.selectedItems():
            with QSignalBlocker(self.number):
                self.number.setValue(item.data(_CAMERA).index)
            self._number_edited = False

    def _keep_number(self) -> None:
        self._number_edited = True

    def _source(self) -> str:
        """What to open: a name, with which the camera is found again wherever it is plugged in."""
        number = self.number.value()
        asked = self.size_choice.currentData(), self.rate_choice.currentData()
        items = self.list.findItems("", Qt.MatchFlag.MatchContains)
        for item in self.list.selectedItems():
            camera = item.data(_CAMERA)
            if camera.index == number:
                return camera_source(camera, [other.data(_CAMERA) for other in items], *asked)
        return numbered_camera(number, *asked)
