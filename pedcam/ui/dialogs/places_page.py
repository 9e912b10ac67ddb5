"""Where pedcam keeps its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, QUrl
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from pedcam.ui import theme
from pedcam.ui.background import Worker
from pedcam.ui.panels.elided_label import ElidedLabel


class PlacesPage(QWidget):
    """Lists files and folders, each with a button that opens it in the file manager."""

    def __init__(
        self,
        places: Sequence[tuple[str, Path]],
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
        parent: QWidget | None = None,
    ) -> None:
        """List ``places``.

        Args:
            places: What is kept, and where: a file or a folder, which need not exist.
            open_url: Shows a folder in the system's file manager.
            parent: Owner.
        """
        super().__init__(parent)
        self._open_url = open_url
        self.buttons: list[QPushButton] = []
        self._worker = Worker("pedcam-places", self)
        worker = self._worker
        self.destroyed.connect(lambda: worker.stop())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(0, 1)
        for number, (title, path) in enumerate(places):
            row = 3 * number
            grid.addWidget(QLabel(title), row, 0)
            where = ElidedLabel(muted=True, mode=Qt.TextElideMode.ElideMiddle)
            where.show_text(str(path))
            grid.addWidget(where, row + 1, 0)
            button = QPushButton(self.tr("Open folder"))
            button.setAutoDefault(False)
            button.setToolTip(self.tr("Show it in the file manager"))
            button.setAccessibleName(self.tr("Open folder: {title}").format(title=title))
            button.clicked.connect(lambda _, path=path: self._open(path))
            self.buttons.append(button)
            grid.addWidget(button, row, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.setRowMinimumHeight(row + 2, theme.UNIT)

    def _open(self, path: Path) -> None:
        self._worker.submit(lambda: _nearest_folder(path), self._show)

    def _show(self, folder: Path) -> None:
        self._open_url(QUrl.fromLocalFile(str(folder)))


def _nearest_folder(path: Path) -> Path:
    """Return the folder itself or that of a file; further up where it does not exist yet."""
    return next((each for each in (path, *path.parents) if each.is_dir()), path.parent)
