"""Large buttons that look like cards, and the headings over them."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from pedcam.ui.base import icons, theme
from pedcam.ui.base.elided_label import ElidedLabel

RADIUS = 8


class Card(QAbstractButton):
    """A picture beside a title with a note, and a line below; texts are shortened to the room."""

    def __init__(
        self,
        picture: QWidget,
        title: str,
        line: str = "",
        note: str = "",
        *,
        padding: int = theme.UNIT,
    ) -> None:
        super().__init__()
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = ElidedLabel()
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(padding, padding, padding, padding)
        self.grid.setHorizontalSpacing(3 * theme.UNIT // 2)
        self.grid.setVerticalSpacing(2)
        self.grid.setColumnStretch(1, 1)
        self.grid.addWidget(picture, 0, 0, 2, 1)
        self.grid.addWidget(self.title, 0, 1, 1 if line else 2, 1)
        texts = [self.title]
        if note:
            beside = ElidedLabel(muted=True)
            beside.setFont(theme.scaled(self.font(), 0.9))
            self.grid.addWidget(beside, 0, 2)
            texts.append(beside)
        if line:
            self.title.setFont(theme.scaled(self.font(), 1.0, bold=True))
            below = ElidedLabel(muted=True, mode=Qt.TextElideMode.ElideMiddle)
            self.grid.addWidget(below, 1, 1, 1, 2)
            texts.append(below)
        for label, text in zip(texts, filter(None, (title, note, line)), strict=True):
            label.setText(text)
        for part in (picture, *texts):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let Enter click too, as people expect of what looks like a link."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Come into view."""
        super().focusInEvent(event)
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        by_key = event is not None and event.reason() != Qt.FocusReason.MouseFocusReason
        if parent is not None and by_key:
            parent.ensureWidgetVisible(self, 2 * theme.UNIT, 2 * theme.UNIT)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the background and the border, which shows the focus."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = colors.hover if self.underMouse() else colors.raised
        painter.setBrush(QColor(colors.tint if self.isDown() else fill))
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(colors.accent if focused else colors.line), 1 + focused))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


class IconLabel(QWidget):
    """An icon in the accent colour of the theme."""

    def __init__(self, name: str, side: int) -> None:
        super().__init__()
        self._name = name
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        symbol = icons.icon(self._name, theme.colors().accent, self.width())
        symbol.paint(QPainter(self), self.rect())


class SectionHeading(QWidget):
    """A title with small buttons at its right."""

    def __init__(self, title: str, buttons: list[QPushButton]) -> None:
        super().__init__()
        label = QLabel(title)
        label.setFont(theme.scaled(label.font(), 1.1, bold=True))
        # Beside another section the titles stand in one line, whatever buttons they have.
        self.setMinimumHeight(quiet_button("X", "").sizeHint().height())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(label)
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
