"""What pedcam is, its licence, and the versions in use."""

from __future__ import annotations

import platform

import cv2
import onnxruntime
from PyQt6.QtCore import PYQT_VERSION_STR, Qt, qVersion
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pedcam import __version__
from pedcam.ui.base import icons, theme


def versions() -> dict[str, str]:
    """Return what a bug report should name."""
    return {
        "pedcam": __version__,
        "Python": platform.python_version(),
        "Qt": qVersion() or "",
        "PyQt": PYQT_VERSION_STR,
        "ONNX Runtime": onnxruntime.__version__,
        "OpenCV": cv2.__version__,
    }


class AboutDialog(QDialog):
    """The licence notice that the GPL asks for, and the versions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About pedcam")
        icon = QLabel()
        icon.setPixmap(icons.app_icon().pixmap(64, 64))
        icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        title = QLabel(f"pedcam {__version__}")
        title.setFont(theme.scaled(title.font(), 1.5, bold=True))
        notice = QLabel(
            "Finds pedestrians in live video with binarized networks, and lets you trade "
            "accuracy for speed while it plays.\n\n"
            "This is free software under the GNU General Public License, version 3 or (at "
            "your option) any later version. It comes with absolutely no warranty. You may "
            "share and change it under the terms of that licence: "
            "https://www.gnu.org/licenses/gpl-3.0.html"
        )
        notice.setWordWrap(True)
        notice.setMinimumWidth(420)
        self.versions = QLabel(
            "   ".join(f"{name} {number}" for name, number in list(versions().items())[1:])
        )
        self.versions.setWordWrap(True)
        self.versions.setProperty("muted", True)
        for label in (notice, self.versions):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)

        unit = theme.UNIT
        column = QVBoxLayout()
        column.setSpacing(2 * unit)
        for widget in (title, notice, self.versions):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(3 * unit)
        row.addWidget(icon)
        row.addLayout(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * unit, 3 * unit, 3 * unit, 2 * unit)
        layout.setSpacing(2 * unit)
        layout.addLayout(row)
        layout.addWidget(buttons)
