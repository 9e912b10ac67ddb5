"""What a newcomer sees: the ways to get a picture."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QRectF, QSize, Qt
from PyQt6.QtGui import QAction, QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton, QGridLayout, QLabel, QVBoxLayout, QWidget

from pedcam.ui import icons, theme

_ICON = 32
_PADDING = 20


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


class _OfferButton(QAbstractButton):
    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer
        self.setText(offer.title)
        self.setAccessibleName(offer.title)
        self.setAccessibleDescription(offer.line)
        self.setToolTip(offer.action.toolTip())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(offer.action.trigger)

    def sizeHint(self) -> QSize:
        title = QFontMetrics(theme.scaled(self.font(), 1.15, bold=True))
        line = QFontMetrics(self.font())
        return QSize(
            max(
                300,
                line.horizontalAdvance(self._offer.line) + _ICON + 3 * _PADDING + 8,
            ),
            title.height() + line.height() + 2 * _PADDING + 4,
        )

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = self.hasFocus()
        painter.setBrush(QColor(colors.tint if self.underMouse() else colors.raised))
        painter.setPen(QPen(QColor(colors.accent if active else colors.line), 2 if active else 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)

        top = (self.height() - _ICON) // 2
        icons.icon(self._offer.icon, colors.accent, _ICON).paint(
            painter, _PADDING, top, _ICON, _ICON
        )
        left = 2 * _PADDING + _ICON
        title_font = theme.scaled(self.font(), 1.15, bold=True)
        title_height = QFontMetrics(title_font).height()
        painter.setFont(title_font)
        painter.setPen(QColor(colors.text))
        painter.drawText(left, _PADDING + QFontMetrics(title_font).ascent(), self._offer.title)
        painter.setFont(self.font())
        painter.setPen(QColor(colors.muted))
        painter.drawText(
            left, _PADDING + title_height + 4 + QFontMetrics(self.font()).ascent(), self._offer.line
        )
        shortcut = self._offer.action.shortcut().toString()
        painter.setFont(theme.scaled(self.font(), 0.9))
        painter.drawText(
            QRectF(0, _PADDING, self.width() - _PADDING, title_height),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            shortcut,
        )


class StartPage(QWidget):
    """Shown while there is no source."""

    def __init__(self, offers: list[Offer], parent: QWidget | None = None) -> None:
        """Show ``offers`` as large buttons."""
        super().__init__(parent)
        self.buttons = [_OfferButton(offer) for offer in offers]
        self.setFocusProxy(self.buttons[0])
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        pixmap = icons.app_icon().pixmap(QSize(72, 72))
        self._icon.setPixmap(pixmap)
        self._icon.setVisible(not pixmap.isNull())
        title = QLabel(self.tr("Find people in a video"))
        title.setFont(theme.scaled(title.font(), 1.9, bold=True))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        line = QLabel(
            self.tr("Choose what to watch. While it plays, keys 1 to 9 trade accuracy for speed.")
        )
        line.setWordWrap(True)
        line.setProperty("muted", True)
        line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        drop = QLabel(self.tr("You can also drop a video file onto this window."))
        drop.setProperty("muted", True)
        drop.setAlignment(Qt.AlignmentFlag.AlignCenter)

        grid = QGridLayout()
        unit = theme.UNIT
        grid.setSpacing(2 * unit)
        width = max(button.sizeHint().width() for button in self.buttons)
        for position, button in enumerate(self.buttons):
            button.setMinimumWidth(width)
            grid.addWidget(button, position // 2, position % 2)
        column = QVBoxLayout()
        column.addStretch(2)
        column.addWidget(self._icon)
        column.addSpacing(unit)
        column.addWidget(title)
        column.addSpacing(unit // 2)
        column.addWidget(line)
        column.addSpacing(4 * unit)
        column.addLayout(grid)
        column.addSpacing(3 * unit)
        column.addWidget(drop)
        column.addStretch(3)
        layout = QGridLayout(self)
        layout.setContentsMargins(3 * unit, 2 * unit, 3 * unit, 2 * unit)
        layout.addLayout(column, 0, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(2, 1)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self.update()
