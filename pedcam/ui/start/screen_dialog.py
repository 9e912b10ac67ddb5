"""Choosing a screen or a part of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from pedcam.errors import UserError
from pedcam.ui.base import text, theme
from pedcam.ui.base.background import run_once
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.start.desktop_picture import DesktopPicture
from pedcam.ui.start.thumbnails import as_image, thumbnail
from pedcam.video.sources.screen import (
    SCREEN_PREFIX,
    SCREEN_WORD,
    Area,
    Desktop,
    look_at_desktop,
    part_of,
)

LOOK_AGAIN_MS = 1000
SIDE = 1920  # pixels; sharp enough also where a unit of the window is two of the screen


class ScreenDialog(QDialog):
    """Shows the screens as they look, to click one or to draw a frame around a part."""

    chosen = pyqtSignal(str)
    """What to open, as a source."""

    def __init__(
        self, look: Callable[[], Desktop] | None = None, parent: QWidget | None = None
    ) -> None:
        """Begin to look, on another thread; ``look`` takes the picture of the screens."""
        super().__init__(parent)
        self.setWindowTitle("Open screen")
        self.setMinimumSize(560, 440)
        self.resize(720, 540)
        self._take = look or look_at_desktop
        self._desktop: Desktop | None = None
        self.status = StatusLabel()
        self.choice = QComboBox()
        self.choice.setToolTip("What to watch; a part is drawn on the picture")
        self.picture = DesktopPicture()
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(LOOK_AGAIN_MS)
        self._lay_out()
        self._again.timeout.connect(self._look)
        self.choice.currentIndexChanged.connect(self._set_off)
        self.picture.screen_clicked.connect(lambda number: self._select(self._address(number)))
        self.picture.part_drawn.connect(self._draw)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.status.set_status("Looking at the screen…")
        self._set_off()
        self._look()

    def accept(self) -> None:
        address = self.choice.currentData()
        if address is not None:
            super().accept()
            self.chosen.emit(address)

    def done(self, result: int) -> None:
        self._again.stop()
        super().done(result)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        label = QLabel("&Watch")
        label.setBuddy(self.choice)
        row = QHBoxLayout()
        row.setSpacing(unit)
        row.addWidget(label)
        row.addWidget(self.choice, 1)
        layout.addLayout(row)
        layout.addWidget(self.status)
        layout.addWidget(self.picture, 1)
        note = QLabel(
            "A part stays where it is when a window moves. Whatever covers the screen is watched "
            "too, so put pedcam beside it or on another screen."
        )
        note.setWordWrap(True)
        note.setProperty("muted", True)
        layout.addWidget(note)
        layout.addWidget(self.buttons)

    def _look(self) -> None:
        def job() -> Desktop:
            desktop = self._take()
            return replace(desktop, image=thumbnail(desktop.image, SIDE))

        run_once("pedcam-desktop", self, job, self._show, self._fail)

    def _show(self, desktop: Desktop) -> None:
        before, self._desktop = self._desktop, desktop
        self.picture.show_desktop(as_image(desktop.image), desktop.area, desktop.screens)
        if before is None or (before.area, before.screens) != (desktop.area, desktop.screens):
            self._fill(desktop)
            self.status.set_status(
                "Click a screen, or draw a frame around a part, such as a window."
            )
        if self.isVisible():
            self._again.start()

    def _fail(self, error: Exception) -> None:
        # Where looking failed it is not tried again: a Mac would ask its user each time.
        if not isinstance(error, UserError):
            raise error
        self._desktop = None
        self.choice.clear()
        self.status.set_status(str(error), error=True)

    def _fill(self, desktop: Desktop) -> None:
        self.choice.clear()
        for number, screen in enumerate(desktop.screens, start=1):
            main = " (main)" if number == desktop.main and len(desktop.screens) > 1 else ""
            name = f"Screen {number}{main}: {_size(screen)}"
            self.choice.addItem(name, self._address(number))
        if len(desktop.screens) > 1:
            self.choice.addItem(f"All screens: {_size(desktop.area)}", f"{SCREEN_PREFIX}all")
        self._select(SCREEN_WORD)

    def _address(self, number: int) -> str:
        main = self._desktop is not None and number == self._desktop.main
        return SCREEN_WORD if main else f"{SCREEN_PREFIX}{number}"

    def _select(self, address: str) -> None:
        self.choice.setCurrentIndex(self.choice.findData(address))
        self._set_off()

    def _draw(self, part: Area) -> None:
        last = self.choice.count() - 1
        if part_of(self.choice.itemData(last)) is not None:
            self.choice.removeItem(last)
        name = f"A part: {_size(part)} at {part.left}, {part.top}"
        self.choice.addItem(name, part.address)
        self._select(part.address)

    def _set_off(self) -> None:
        address, desktop = self.choice.currentData(), self._desktop
        open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        assert open_button is not None
        open_button.setEnabled(address is not None)
        area = None
        if address is not None and desktop is not None:
            at = self.choice.currentIndex()
            whole = (*desktop.screens, desktop.area)
            area = part_of(address) or whole[at]
        self.picture.choose(area)


def _size(area: Area) -> str:
    return text.pixels(area.width, area.height)
