"""Where the time of a frame goes, and whether it keeps up with the source."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from pedcam.detect.detector import STAGES as DETECTOR_STAGES
from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.figures.meter import DRAWING, READING, FigureMeter
from pedcam.ui.player.playback import Playback

_BARS = {"Reading": (READING,), "Detection": DETECTOR_STAGES, "Drawing": (DRAWING,)}
_STEPS = 1000  # of a full bar
_SECOND = 1000.0  # milliseconds


class StageChart(QWidget):
    """A bar each for reading, detection and drawing; a full one takes the time of a frame.

    The three run in parallel, so each must be done within that time.
    """

    def __init__(
        self, meter: FigureMeter, playback: Playback, parent: QWidget | None = None
    ) -> None:
        """Show the times that ``meter`` took and the rate that ``playback`` has."""
        super().__init__(parent)
        self._meter, self._playback = meter, playback
        small = theme.tabular(theme.scaled(self.font(), 0.9))
        self.verdict, self.detection = QLabel(), ElidedLabel(muted=True)
        for label in (self.verdict, self.detection):
            label.setFont(small)
        self.rows: dict[str, tuple[QProgressBar, QLabel]] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(_BARS):
            caption, bar, number = QLabel(name), QProgressBar(), QLabel()
            caption.setProperty("muted", True)
            bar.setRange(0, _STEPS)
            bar.setTextVisible(False)
            bar.setAccessibleName(name)
            number.setFont(small)
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            number.setMinimumWidth(number.fontMetrics().horizontalAdvance("0000.0 ms"))
            caption.setFont(small)
            for column, widget in enumerate((caption, bar, number)):
                grid.addWidget(widget, row, column)
            self.rows[name] = (bar, number)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addWidget(self.verdict)
        layout.addLayout(grid)
        layout.addWidget(self.detection)
        self.setToolTip(
            "Median times of the last 10 seconds with this preset; a full bar is the time of a "
            "frame. Reading, detection and drawing run in parallel: the slowest of them sets the "
            "pace. A live source's reading includes the wait for its next frame."
        )
        self.refresh()

    def refresh(self) -> None:
        """Show the times as of now."""
        stages, rate = self._meter.stages(), self._playback.source.rate * self._playback.speed
        times = {
            name: sum(stages.get(stage, 0.0) for stage in bar)
            for name, bar in _BARS.items()
            if not stages.keys().isdisjoint(bar)
        }
        work = dict(times)
        if self._playback.source.live:
            # Mostly waiting, which is no work.
            work.pop("Reading", None)
        full = _SECOND / rate if rate > 0 else max([1.0, *work.values()])
        for name, (bar, number) in self.rows.items():
            bar.setValue(min(round(_STEPS * work.get(name, 0.0) / full), _STEPS))
            number.setText(f"{text.number(times.get(name), 1)} ms")
        self.verdict.setText(_judge(work, rate))
        parts = zip(("scaling", "inference", "boxes"), DETECTOR_STAGES, strict=True)
        words = [f"{name} {text.number(stages.get(stage), 1)}" for name, stage in parts]
        self.detection.show_text(f"{' · '.join(words)} ms")


def _judge(work: Mapping[str, float], rate: float) -> str:
    if not work:
        return ""
    if rate <= 0:
        return "The source does not report its frame rate"
    slowest = max(work, key=lambda name: work[name])
    if work[slowest] <= _SECOND / rate:
        return f"Keeps up with {rate:.3g} frames/s"
    return f"{slowest} is too slow for {rate:.3g} frames/s"
