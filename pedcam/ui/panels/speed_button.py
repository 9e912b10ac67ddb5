"""How fast a file plays."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu, QPushButton, QWidget

from pedcam.ui import theme
from pedcam.ui.state.playback import SPEEDS, Playback


class SpeedButton(QPushButton):
    """Shows the speed and opens a menu of all of them."""

    speed_wanted = pyqtSignal(float)
    """The speed chosen, one of :data:`pedcam.ui.state.playback.SPEEDS`."""

    def __init__(
        self,
        playback: Playback,
        *,
        faster: QAction,
        slower: QAction,
        parent: QWidget | None = None,
    ) -> None:
        """Show the speed of ``playback``; the menu begins with the two actions and their keys."""
        super().__init__(parent)
        self._playback = playback
        self._keys = [slower, faster]
        self.setAutoDefault(True)
        self.setProperty("quiet", True)
        self.setProperty("compact", True)
        self.setFont(theme.tabular(self.font()))
        self._menu = QMenu(self)
        self._menu.addActions([faster, slower])
        self._menu.addSeparator()
        group = QActionGroup(self)
        self.choices: dict[float, QAction] = {}
        for speed in SPEEDS:
            choice = QAction(self._words(speed), self)
            choice.setCheckable(True)
            choice.triggered.connect(lambda _, speed=speed: self.speed_wanted.emit(speed))
            group.addAction(choice)
            self._menu.addAction(choice)
            self.choices[speed] = choice
        self.setMenu(self._menu)
        for action in self._keys:
            action.changed.connect(self._describe)
        playback.subscribe(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        speed = self._playback.speed
        self.setText(self._words(speed))
        self.setEnabled(self._playback.can_set_speed)
        if speed in self.choices:
            self.choices[speed].setChecked(True)
        self.setAccessibleName(self.tr("Speed: {speed}").format(speed=self._words(speed)))
        self._describe()

    def _describe(self) -> None:
        keys = [action.shortcut().toString() for action in self._keys]
        tip = self.tr("Playing speed")
        self.setToolTip(f"{tip} ({', '.join(keys)})" if all(keys) else tip)

    def _words(self, speed: float) -> str:
        return self.tr("{speed:g}×").format(speed=speed)  # noqa: RUF001
