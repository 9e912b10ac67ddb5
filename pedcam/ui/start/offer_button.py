"""A way to begin, as a large button, and the heading over a part of the start page."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QAction, QFont, QFontMetrics, QKeySequence, QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.card import Card, paint_line

_ICON = 28
_PADDING = 2 * theme.UNIT
_NARROWEST = 200


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


class OfferButton(Card):
    """Shows an offer and triggers its action."""

    def __init__(self, offer: Offer) -> None:
        """Show ``offer``."""
        super().__init__()
        self._offer = offer
        self.setText(offer.title)
        self.setAccessibleName(offer.title)
        self.setAccessibleDescription(offer.line)
        self.setToolTip(offer.action.toolTip())
        self.clicked.connect(offer.action.trigger)

    def sizeHint(self) -> QSize:
        """Room for the title and the line."""
        line = QFontMetrics(self.font())
        title = QFontMetrics(self._title_font())
        width = max(
            line.horizontalAdvance(self._offer.line),
            title.horizontalAdvance(self._offer.title + "    " + self._shortcut()),
        )
        return QSize(
            width + _ICON + 3 * _PADDING + 4, title.height() + line.height() + 2 * _PADDING + 4
        )

    def minimumSizeHint(self) -> QSize:
        """Narrower than that the texts are shortened."""
        return QSize(_NARROWEST, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw icon, title, shortcut and line."""
        colors = theme.colors()
        painter = QPainter(self)
        self.paint_frame(painter)
        icons.icon(self._offer.icon, colors.accent, _ICON).paint(
            painter, _PADDING, (self.height() - _ICON) // 2, _ICON, _ICON
        )
        left = 2 * _PADDING + _ICON
        width = self.width() - left - _PADDING
        title_font = self._title_font()
        title_height = QFontMetrics(title_font).height()
        small = theme.scaled(self.font(), 0.9)
        shortcut = QFontMetrics(small).horizontalAdvance(self._shortcut())
        paint_line(
            painter,
            QRectF(left, _PADDING, width - shortcut - theme.UNIT, title_height),
            self._offer.title,
            title_font,
            colors.text,
        )
        paint_line(
            painter,
            QRectF(left + width - shortcut - 2, _PADDING, shortcut + 2, title_height),
            self._shortcut(),
            small,
            colors.muted,
            align=Qt.AlignmentFlag.AlignRight,
        )
        paint_line(
            painter,
            QRectF(left, _PADDING + title_height + 4, width, QFontMetrics(self.font()).height()),
            self._offer.line,
            self.font(),
            colors.muted,
        )

    def _title_font(self) -> QFont:
        return theme.scaled(self.font(), 1.1, bold=True)

    def _shortcut(self) -> str:
        return self._offer.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


class SectionHeading(QWidget):
    """A title with small buttons at its right."""

    def __init__(self, title: str, buttons: list[QPushButton]) -> None:
        """Place ``buttons``."""
        super().__init__()
        self.title = QLabel(title)
        self.title.setFont(theme.scaled(self.title.font(), 1.1, bold=True))
        # Beside another section the titles stand in one line, whatever buttons they have.
        self.setMinimumHeight(quiet_button("X", "").sizeHint().height())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.title)
        row.addStretch()
        for button in buttons:
            row.addWidget(button)


def quiet_button(text: str, tip: str) -> QPushButton:
    """Return a button without a frame, for what is needed rarely."""
    button = QPushButton(text)
    button.setProperty("quiet", True)
    button.setAutoDefault(False)
    button.setToolTip(tip)
    button.setAccessibleDescription(tip)
    return button
