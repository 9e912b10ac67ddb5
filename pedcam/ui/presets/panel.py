"""The panel of presets: the chart that switches, the depth slider, Auto, and measuring."""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.presets.chart import TradeoffChart
from pedcam.ui.presets.controls import TradeoffAuto
from pedcam.ui.presets.depth_slider import DepthSlider
from pedcam.ui.presets.detail_row import DetailRow
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.readout import TradeoffMeasuring, TradeoffReadout
from pedcam.ui.presets.selection import AutoState, PresetSelection
from pedcam.ui.presets.size_row import SizeRow


class PresetPanel(QWidget):
    """Lets the user trade accuracy for speed and size; its parts say what is wanted."""

    def __init__(
        self,
        presets: PresetSelection,
        measurements: Measurements,
        auto: AutoState,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.chart = TradeoffChart(presets, measurements)
        self.readout = TradeoffReadout()
        self.slider = DepthSlider(presets)
        self.sizes = SizeRow(presets, self)
        self.detail = DetailRow(presets)
        self.auto = TradeoffAuto(auto)
        self.measuring = TradeoffMeasuring(measurements, presets)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT + theme.UNIT // 2)
        layout.addWidget(self.chart, 1)
        for part in (
            self.readout,
            self.slider,
            self.sizes,
            self.detail,
            self.auto,
            self.measuring,
        ):
            layout.addWidget(part)
        self.chart.explored.connect(self._show_figures)
        # After the chart, which subscribed when it was made.
        presets.subscribe(self._show_figures)
        measurements.subscribe(self._show_figures)
        self._show_figures()

    def _show_figures(self, *_: object) -> None:
        shown = self.chart.tradeoff
        self.readout.show_point(self.chart.hovered or shown.current, shown.data)
