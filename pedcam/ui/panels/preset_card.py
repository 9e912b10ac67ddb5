"""One preset as a large button."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pedcam.detect.presets import Preset
from pedcam.ui import text, theme
from pedcam.ui.state.presets import Condition

_KEY_SIDE = 24
_PADDING = 10
_BAR = 3


class PresetCard(QAbstractButton):
    """Number key, title, depth and file size; a thin bar shows how much is binary.

    Checked means chosen. The one behind the picture on screen is filled; one that is chosen but
    still loading is only framed.
    """

    def __init__(self, preset: Preset, key: str, parent: QWidget | None = None) -> None:
        """Show ``preset``, reached by ``key`` (empty for none)."""
        super().__init__(parent)
        self._preset = preset
        self._key = key
        self._condition = Condition.LOADING
        self._error = ""
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setText(preset.info.title)
        self.setAccessibleName(preset.info.title)
        self.set_condition(Condition.LOADING)

    @property
    def name(self) -> str:
        """The preset's name."""
        return self._preset.name

    @property
    def condition(self) -> Condition:
        """How far the preset is."""
        return self._condition

    def set_condition(self, condition: Condition, error: str = "") -> None:
        """Show how far the preset is."""
        self._condition, self._error = condition, error
        self.setEnabled(condition is not Condition.FAILED)
        self.setAccessibleDescription(f"{self._details()}. {self._state_text()}")
        about = [self._preset.info.title, self._details()]
        if error:
            about.append(error)
        elif self._key:
            about.append(self.tr("Press {key} to switch").format(key=self._key))
        self.setToolTip("\n".join(about))
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines of text."""
        title, details = self._metrics()
        return QSize(280, title.height() + details.height() + 2 * _PADDING + _BAR + 4)

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for a slim panel: the title is cut."""
        return QSize(200, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Choose with Enter too: Space belongs to pausing."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the card."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        running = self._condition is Condition.RUNNING
        dim = self._condition in (Condition.LOADING, Condition.FAILED)

        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        fill = colors.tint if running else colors.hover if self.underMouse() else colors.raised
        line = colors.accent if running or self.isChecked() else colors.line
        painter.setBrush(QColor(fill))
        painter.setPen(QPen(QColor(line), 2 if self.isChecked() or running else 1))
        painter.drawRoundedRect(frame, 8, 8)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(frame.adjusted(4, 4, -4, -4), 5, 5)

        self._draw_key(painter, running, dim)
        self._draw_text(painter, dim)
        self._draw_bar(painter, running)

    def _draw_key(self, painter: QPainter, running: bool, dim: bool) -> None:
        colors = theme.colors()
        top = (self.height() - _KEY_SIDE) / 2
        badge = QRectF(_PADDING + 2, top, _KEY_SIDE, _KEY_SIDE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.accent if running else colors.hover))
        painter.drawRoundedRect(badge, 5, 5)
        painter.setPen(
            QColor(colors.on_accent if running else colors.muted if dim else colors.text)
        )
        painter.setFont(theme.scaled(theme.tabular(self.font()), 1.0, bold=True))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, self._key)

    def _draw_text(self, painter: QPainter, dim: bool) -> None:
        colors = theme.colors()
        title_metrics, details_metrics = self._metrics()
        left = 2 * _PADDING + _KEY_SIDE + 2
        room = self.width() - left - _PADDING - 4

        painter.setFont(theme.scaled(self.font(), 1.0, bold=True))
        painter.setPen(QColor(colors.muted if dim else colors.text))
        title = title_metrics.elidedText(self._preset.info.title, Qt.TextElideMode.ElideRight, room)
        baseline = _PADDING + title_metrics.ascent()
        painter.drawText(left, baseline, title)

        painter.setFont(theme.scaled(theme.tabular(self.font()), 0.9))
        painter.setPen(QColor(colors.muted))
        details = self._details()
        if dim:
            # Ready needs no words, and running shows in the whole card. The title needs its line,
            # and how much is binary shows in the bar.
            details = f"{self._state_text()} · {text.file_size(self._preset.file_bytes)}"
        details = details_metrics.elidedText(details, Qt.TextElideMode.ElideRight, room)
        painter.drawText(
            left, _PADDING + title_metrics.height() + 1 + details_metrics.ascent(), details
        )

    def _draw_bar(self, painter: QPainter, running: bool) -> None:
        colors = theme.colors()
        left = 2 * _PADDING + _KEY_SIDE + 2
        bar = QRectF(
            left, self.height() - _PADDING - _BAR + 2, self.width() - left - _PADDING - 4, _BAR
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.line))
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
        info = self._preset.info
        if info.depth:
            bar.setWidth(bar.width() * info.depth / max(info.depth, info.depth_limit))
            painter.setBrush(QColor(colors.accent if running else colors.muted))
            painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)

    def _metrics(self) -> tuple[QFontMetrics, QFontMetrics]:
        return (
            QFontMetrics(theme.scaled(self.font(), 1.0, bold=True)),
            QFontMetrics(theme.scaled(theme.tabular(self.font()), 0.9)),
        )

    def _details(self) -> str:
        return f"{text.depth(self._preset)} · {text.file_size(self._preset.file_bytes)}"

    def _state_text(self) -> str:
        return {
            Condition.LOADING: self.tr("loading…"),
            Condition.READY: self.tr("ready"),
            Condition.RUNNING: self.tr("running"),
            Condition.FAILED: self.tr("cannot run"),
        }[self._condition]
