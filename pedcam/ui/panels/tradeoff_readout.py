"""The figures of one preset, under the chart."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from pedcam.ui import text, theme
from pedcam.ui.panels import tradeoff_words as words
from pedcam.ui.panels.elided_label import ElidedLabel
from pedcam.ui.panels.tradeoff_points import Point, Quality, Yardstick


class TradeoffReadout(QWidget):
    """Title, state, and the figures that the chart draws, as numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without a preset."""
        super().__init__(parent)
        self.title = ElidedLabel()
        self.title.setFont(theme.scaled(self.font(), 1.0, bold=True))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = QLabel()
        self.state.setProperty("muted", True)
        self.time = _Figure()
        self.rate = _Figure()
        self.file = _Figure()
        self.quality = _Figure()

        top = QHBoxLayout()
        top.setSpacing(theme.UNIT)
        top.addWidget(self.title, 1)
        top.addWidget(self.state)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        for column, figure in enumerate((self.time, self.rate, self.file, self.quality)):
            grid.addWidget(figure, 0, column)
            # The file's caption is the longest.
            grid.setColumnStretch(column, 4 if figure is self.file else 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(top)
        layout.addLayout(grid)
        self.show_point(None, None)

    def show_point(self, point: Point | None, yardstick: Yardstick | None) -> None:
        """Show the figures of a preset, dashes for none."""
        missed = yardstick is None or yardstick.quality is Quality.MISS_RATE
        below = self.tr("missed") if missed else self.tr("precision")
        if point is None:
            self.title.show_text(text.UNKNOWN)
            self.state.setText("")
            for figure, caption in (
                (self.time, self.tr("a picture")),
                (self.rate, self.tr("frames/s")),
                (self.file, self.tr("file")),
                (self.quality, below),
            ):
                figure.show_figure(text.UNKNOWN, caption, "")
            return
        self.title.show_text(point.preset.info.title)
        self.state.setText(words.state(point))
        time, below_time = point.detect_ms, self.tr("a picture")
        if point.live_ms is not None:
            below_time = self.tr("now {ms} ms").format(ms=words.milliseconds(point.live_ms))
        self.time.show_figure(
            text.UNKNOWN
            if time is None
            else self.tr("{ms} ms").format(ms=words.milliseconds(time)),
            below_time,
            words.speed(point),
        )
        self.rate.show_figure(text.number(point.rate), self.tr("frames/s"), words.speed(point))
        self.file.show_figure(
            text.file_size(point.preset.file_bytes),
            words.smaller(point) or self.tr("file"),
            f"{text.depth(point.preset)} · {words.size(point)}",
        )
        quality = words.quality(point, yardstick)
        self.quality.show_figure(
            text.UNKNOWN
            if point.quality is None
            else self.tr("{percent:.1f} %").format(percent=point.quality),
            below,
            quality,
        )


class _Figure(QWidget):
    """A number over what it means."""

    def __init__(self) -> None:
        super().__init__()
        self.number = ElidedLabel()
        self.number.setFont(theme.tabular(theme.scaled(self.font(), 1.15, bold=True)))
        self.caption = ElidedLabel(muted=True)
        self.caption.setFont(theme.tabular(theme.scaled(self.font(), 0.85)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label in (self.number, self.caption):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft)
            column.addWidget(label)

    def show_figure(self, number: str, caption: str, about: str) -> None:
        self.number.setText(number)
        self.caption.setText(caption)
        self.setToolTip(about)
        self.setAccessibleName(f"{number} {caption}")
