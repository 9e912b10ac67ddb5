"""The same stream through two presets."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from pedcam.ui.compare.pane import SEPARATOR, ComparePane, Side
from pedcam.ui.compare.state import ComparisonState, Layout
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Point
from pedcam.video.stream.comparison import Pair

TIMES = 15  # detections


class CompareView(QWidget):
    """Shows pairs side by side or as one picture with a divider, zoomed and moved together."""

    double_clicked = pyqtSignal()
    """A picture was double-clicked."""

    def __init__(
        self,
        options: ViewOptions,
        state: ComparisonState,
        title: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        """Start without a picture; ``title`` returns what people call a preset, by its name."""
        super().__init__(parent)
        self._state, self._title = state, title
        self.pair: Pair | None = None
        # By preset, milliseconds of its latest detections.
        self._times: dict[str, deque[float]] = {}
        self.left, self.right, self.both = (ComparePane(options) for _ in range(3))
        self.left.setAccessibleName("Picture of the running preset")
        self.right.setAccessibleName("Picture of the other preset")
        self.both.setAccessibleName("Picture with both presets")
        for pane in (self.left, self.right, self.both):
            pane.set_hint("Getting the presets ready…")
            pane.double_clicked.connect(self.double_clicked)
        # Both look at the same place: what one does the other follows.
        self.left.looked.connect(lambda zoom, center: self._follow(self.right, zoom, center))
        self.right.looked.connect(lambda zoom, center: self._follow(self.left, zoom, center))
        sides = QWidget()
        row = QHBoxLayout(sides)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.left)
        row.addWidget(self.right)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(sides)
        self._pages.addWidget(self.both)
        state.subscribe(self._refresh)
        self._refresh()

    @property
    def hidden(self) -> NDArray[np.float64]:
        """N x 4 corners in pixels of everybody whom the privacy blur hides, also when missed."""
        return self.panes()[0].hidden

    def set_pair(self, pair: Pair | None) -> None:
        """Show a frame seen by two presets, or nothing."""
        self.pair = pair
        if pair is None:
            self._times.clear()
        else:
            for name, ms in (
                (pair.left.preset, pair.left.detect_ms),
                (pair.right_preset, pair.right_ms),
            ):
                self._times.setdefault(name, deque(maxlen=TIMES)).append(ms)
        self._refresh()

    def panes(self) -> list[ComparePane]:
        """Return the pictures that are shown."""
        if self._state.layout is Layout.DIVIDER:
            return [self.both]
        return [self.left, self.right]

    def _follow(self, pane: ComparePane, zoom: float, center: Point) -> None:
        if (pane.zoom, pane.center) != (zoom, center):
            pane.look(zoom, center)

    def _refresh(self) -> None:
        shown, pair = self.panes(), self.pair
        if shown[0] is not self.focusProxy():
            self._pages.setCurrentIndex(1 if shown[0] is self.both else 0)
            self.setFocusProxy(shown[0])
        if pair is None:
            for pane in (self.left, self.right, self.both):
                pane.show_sides(None, ())
            return
        sides = (
            self._side(pair.left.preset, pair.left.detections, pair.only_left),
            self._side(pair.right_preset, pair.right, pair.only_right),
        )
        if len(shown) == 1:
            self.both.show_sides(pair.left, sides, pair.right.xyxy)
        else:
            for pane, side in zip(shown, sides, strict=True):
                pane.show_sides(pair.left, (side,), pair.right.xyxy)

    def _side(self, preset: str, people: sv.Detections, only: NDArray[np.bool_]) -> Side:
        # The median can be read, while single times change with every frame.
        time = statistics.median(self._times[preset])
        parts = [self._title(preset), f"{time:.0f} ms", f"people: {len(people)}"]
        if only.any():
            parts.append(f"only here: {only.sum()}")
        return Side(people, only, SEPARATOR.join(parts))
