"""What is shown while nothing plays: the ways to get a picture."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent, QShowEvent
from PyQt6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import icons, theme
from pedcam.ui.start.camera_list import CameraList
from pedcam.ui.start.camera_tiles import CameraSection
from pedcam.ui.start.offer_button import Offer, OfferButton
from pedcam.ui.start.recent_section import RecentSection
from pedcam.ui.start.recents_keeper import RecentsKeeper
from pedcam.ui.start.url_entry import UrlEntry

__all__ = ["Offer", "StartPage"]

WIDEST = 1120
SIDE_BY_SIDE = 720  # width from which recent sources and cameras stand beside each other
MOST_IN_A_ROW = 3
COMFORTABLE = 560  # height above which there is some to spare
LOWEST_TOP, HIGHEST_TOP = 2 * theme.UNIT, 12 * theme.UNIT


class StartPage(QScrollArea):
    """Shown while there is no source."""

    source_chosen = pyqtSignal(object)
    """What to play: a text for ``parse_source``, or a ``SourceSpec``."""

    forget_wanted = pyqtSignal(object)
    """The :class:`~pedcam.ui.start.recents.Recent` to forget."""

    clear_wanted = pyqtSignal()
    """Forget all recent sources."""

    restore_wanted = pyqtSignal()
    """Bring back the recent sources that were forgotten last."""

    camera_options_wanted = pyqtSignal()
    """The user wants to choose a camera with its size and rate."""

    def __init__(
        self,
        offers: Sequence[Offer],
        keeper: RecentsKeeper | None = None,
        cameras: CameraList | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Build the page; nothing is looked for before it is shown.

        Args:
            offers: Ways to begin, as large buttons.
            keeper: The recent sources; without it there is no list of them.
            cameras: The cameras; without it they are not shown.
            parent: Owner.
        """
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.buttons = [OfferButton(offer) for offer in offers]
        self.url = UrlEntry(keeper.recents if keeper is not None else None)
        self.recent = RecentSection(keeper) if keeper is not None else None
        self.cameras = CameraSection(cameras) if cameras is not None else None
        self._lay_out()
        if self.buttons:
            self.setFocusProxy(self.buttons[0])

        self.url.chosen.connect(self.source_chosen.emit)
        if self.recent is not None:
            self.recent.chosen.connect(self.source_chosen.emit)
            self.recent.remove_wanted.connect(self.forget_wanted)
            self.recent.clear_wanted.connect(self.clear_wanted)
            self.recent.restore_wanted.connect(self.restore_wanted)
        if self.cameras is not None:
            self.cameras.chosen.connect(self.source_chosen.emit)
            self.cameras.options_wanted.connect(self.camera_options_wanted)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Look again what there is."""
        super().showEvent(event)
        if self.recent is not None:
            self.recent.check()
        if self.cameras is not None:
            self.cameras.look()

    def event(self, event: QEvent | None) -> bool:
        """Look for cameras again when the window comes back: one may have been plugged in."""
        handled = super().event(event)
        activated = event is not None and event.type() == QEvent.Type.WindowActivate
        if activated and self.cameras is not None and self.isVisible():
            self.cameras.look()
        return handled

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use the width, but not more than is easy to read."""
        super().resizeEvent(event)
        viewport = self.viewport()
        width = viewport.width() if viewport is not None else self.width()
        unit = theme.UNIT
        side = max(3 * unit, (width - WIDEST) // 2)
        top = min(max(LOWEST_TOP, (self.height() - COMFORTABLE) // 5), HIGHEST_TOP)
        self._column.setContentsMargins(side, top, side, 2 * unit)
        wide = width - 2 * side >= SIDE_BY_SIDE
        self._parts.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def _lay_out(self) -> None:
        unit = theme.UNIT
        icon = QLabel()
        pixmap = icons.app_icon().pixmap(QSize(48, 48))
        icon.setPixmap(pixmap)
        icon.setVisible(not pixmap.isNull())
        title = QLabel("Find people in a video")
        title.setFont(theme.scaled(title.font(), 1.7, bold=True))
        line = QLabel(
            "Choose what to watch, or drop a video, a folder, an address or a preset anywhere "
            "on this window."
        )
        line.setWordWrap(True)
        line.setProperty("muted", True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(line)
        head = QHBoxLayout()
        head.setSpacing(2 * unit)
        head.addWidget(icon)
        head.addLayout(words, 1)

        offers = QGridLayout()
        offers.setSpacing(unit)
        in_a_row = len(self.buttons) if len(self.buttons) <= MOST_IN_A_ROW else 2
        for position, button in enumerate(self.buttons):
            offers.addWidget(button, position // in_a_row, position % in_a_row)
            offers.setColumnStretch(position % in_a_row, 1)

        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._parts.setSpacing(3 * unit)
        if self.recent is not None:
            self._parts.addWidget(self.recent, 3)
        if self.cameras is not None:
            self._parts.addWidget(self.cameras, 2)

        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self._column.addSpacing(2 * unit)
        self._column.addLayout(offers)
        self._column.addSpacing(unit)
        self._column.addWidget(self.url)
        self._column.addSpacing(2 * unit)
        self._column.addLayout(self._parts)
        self._column.addStretch()
        self.setWidget(content)
