"""Choosing a camera by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
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

from pedcam.ui import theme
from pedcam.ui.background import Worker
from pedcam.video.sources import CameraInfo, list_cameras

_INDEX = Qt.ItemDataRole.UserRole
_NAME = Qt.ItemDataRole.UserRole + 1


class CameraDialog(QDialog):
    """Lists the cameras, which may take seconds, without making the window wait."""

    chosen = pyqtSignal(str)
    """The number of the camera to open, as a source."""

    def __init__(
        self,
        parent: QWidget | None = None,
        find: Callable[[], Sequence[CameraInfo]] = list_cameras,
    ) -> None:
        """Start looking with ``find``."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Open camera"))
        self.setMinimumSize(440, 360)
        self._find = find
        self._number_edited = False
        self._worker = Worker("pedcam-cameras", self)
        self.finished.connect(self._worker.stop)

        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Cameras"))
        self.refresh = QPushButton(self.tr("&Look again"))
        self.refresh.setToolTip(self.tr("Look for cameras again, after plugging one in"))
        self.refresh.setAutoDefault(False)
        self.number = QSpinBox()
        self.number.setRange(0, 9999)
        self.number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.number.setMinimumWidth(64)
        self.number.setAccessibleName(self.tr("Camera number"))
        self.number.setToolTip(self.tr("For a camera that is not in the list"))
        number_label = QLabel(self.tr("Camera &number"))
        number_label.setBuddy(self.number)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )

        layout = QVBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        layout.addWidget(self.note)
        layout.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addWidget(number_label)
        row.addWidget(self.number)
        row.addStretch()
        row.addWidget(self.refresh)
        layout.addLayout(row)
        layout.addSpacing(unit)
        layout.addWidget(self.buttons)

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
        self.look()

    def look(self) -> None:
        """Look for cameras in the background."""
        self.list.clear()
        self.refresh.setEnabled(False)
        self.note.setText(self.tr("Looking for cameras…"))
        self._worker.submit(self._find, self._found, self._not_found)

    def accept(self) -> None:
        """Open the camera selected, or that of the number entered."""
        super().accept()
        self.chosen.emit(self._source())

    def _found(self, cameras: Sequence[CameraInfo]) -> None:
        self.refresh.setEnabled(True)
        for camera in cameras:
            item = QListWidgetItem(
                self.tr("{name}   (number {index})").format(name=camera.name, index=camera.index)
            )
            item.setData(_INDEX, camera.index)
            item.setData(_NAME, camera.name)
            self.list.addItem(item)
        if cameras:
            self.note.setText(self.tr("Choose a camera."))
            if not self._number_edited:
                self.list.setCurrentRow(0)
                self.list.setFocus()
        else:
            self.note.setText(
                self.tr(
                    "No camera was found. Plug one in and look again, close other programs that "
                    "may be using it, or enter its number."
                )
            )

    def _not_found(self, error: Exception) -> None:
        self.refresh.setEnabled(True)
        self.note.setText(
            self.tr("The cameras could not be listed ({error}). Enter a number instead.").format(
                error=error
            )
        )

    def _take_number(self) -> None:
        for item in self.list.selectedItems():
            with QSignalBlocker(self.number):
                self.number.setValue(item.data(_INDEX))
            self._number_edited = False

    def _keep_number(self) -> None:
        self._number_edited = True

    def _source(self) -> str:
        """What to open: a name, with which the camera is found again wherever it is plugged in."""
        number = self.number.value()
        items = self.list.findItems("", Qt.MatchFlag.MatchContains)
        for item in self.list.selectedItems():
            name = item.data(_NAME)
            alone = sum(name.lower() in other.data(_NAME).lower() for other in items) == 1
            if item.data(_INDEX) == number and alone and "?" not in name:
                return f"camera:{name}"
        return str(number)
