"""What is shown while nothing plays: the ways to get a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeySequence, QResizeEvent, QShowEvent
from PyQt6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.start.camera_list import CameraList
from pedcam.ui.start.camera_section import CameraSection
from pedcam.ui.start.cards import Card, IconLabel
from pedcam.ui.start.recent_section import RecentSection
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.thumbnails import Thumbnails
from pedcam.ui.start.url_entry import UrlEntry

WIDEST = 1120
SIDE_BY_SIDE = 720  # width from which recent sources and cameras stand beside each other
COMFORTABLE = 560  # height above which there is some to spare
LOWEST_TOP, HIGHEST_TOP = 2 * theme.UNIT, 12 * theme.UNIT


@dataclass(frozen=True)
class Offer:
    """One way to begin.

    Attributes:
        action: What happens; gives the shortcut and the tooltip.
        title: A few words.
        line: What it is good for.
        icon: Name of the icon.
    """

    action: QAction
    title: str
    line: str
    icon: str


class StartPage(QScrollArea):
    """Shown while there is no source."""

    source_chosen = pyqtSignal(object)
    """What to play: a text for ``parse_source``, or a ``SourceSpec``."""

    def __init__(
        self,
        offers: Sequence[Offer],
        recents: Recents,
        thumbnails: Thumbnails,
        cameras: CameraList,
        parent: QWidget | None = None,
    ) -> None:
        """Build the page; nothing is looked for before it is shown."""
        super().__init__(parent)
        self._camera_list = cameras
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.buttons = [_offer_button(offer) for offer in offers]
        self.url = UrlEntry(recents)
        self.recent = RecentSection(recents, thumbnails)
        self.cameras = CameraSection(cameras)
        self._lay_out()
        self.setFocusProxy(self.buttons[0])
        for part in (self.url, self.recent, self.cameras):
            part.chosen.connect(self.source_chosen.emit)

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.recent.check()
        self._camera_list.look()

    def event(self, event: QEvent | None) -> bool:
        """Look for cameras again when the window comes back: one may have been plugged in."""
        handled = super().event(event)
        if event is not None and event.type() == QEvent.Type.WindowActivate and self.isVisible():
            self._camera_list.look()
        return handled

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        viewport = self.viewport()
        width = viewport.width() if viewport is not None else self.width()
        unit = theme.UNIT
        side = max(3 * unit, (width - WIDEST) // 2)
        top = min(max(LOWEST_TOP, (self.height() - COMFORTABLE) // 5), HIGHEST_TOP)
        self._column.setContentsMargins(side, top, side, 2 * unit)
        wide = width - 2 * side >= SIDE_BY_SIDE
        self._sections.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def _lay_out(self) -> None:
        unit = theme.UNIT
        icon = QLabel()
        icon.setPixmap(icons.app_icon().pixmap(QSize(48, 48)))
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
        offers = QHBoxLayout()
        offers.setSpacing(unit)
        for button in self.buttons:
            offers.addWidget(button, 1)
        self._sections = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sections.setSpacing(3 * unit)
        self._sections.addWidget(self.recent, 3)
        self._sections.addWidget(self.cameras, 2)

        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self._column.addSpacing(2 * unit)
        self._column.addLayout(offers)
        self._column.addSpacing(unit)
        self._column.addWidget(self.url)
        self._column.addSpacing(2 * unit)
        self._column.addLayout(self._sections)
        self._column.addStretch()
        self.setWidget(content)


def _offer_button(offer: Offer) -> Card:
    key = offer.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    card = Card(IconLabel(offer.icon, 28), offer.title, offer.line, key, padding=2 * theme.UNIT)
    card.setToolTip(offer.action.toolTip())
    card.clicked.connect(offer.action.trigger)
    return card
