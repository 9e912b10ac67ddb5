"""The same stream through two presets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from pedcam.ui.compare.pane import SEPARATOR, ComparePane, Side
from pedcam.ui.compare.state import ComparisonState, Layout
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Point
from pedcam.video.stream.comparison import Pair


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
        """Start without a picture.

        Args:
            options: What is drawn over the pictures.
            state: How they are laid out, and the rates.
            title: Returns what people call a preset, by its name.
            parent: The widget it is part of.
        """
        super().__init__(parent)
        self._state, self._title = state, title
        self._pair: Pair | None = None
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
    def pair(self) -> Pair | None:
        """What is on the screen."""
        return self._pair

    @property
    def hidden(self) -> NDArray[np.float64]:
        """N x 4 corners in pixels of everybody whom the privacy blur hides, also when missed."""
        return self.panes()[0].hidden

    def set_pair(self, pair: Pair | None) -> None:
        """Show a frame seen by two presets, or nothing."""
        self._pair = pair
        if pair is None:
            for pane in (self.left, self.right, self.both):
                pane.fit()
        self._refresh()

    def panes(self) -> list[ComparePane]:
        """Return the pictures that are shown."""
        if self._state.layout is Layout.DIVIDER:
            return [self.both]
        return [self.left, self.right]

    def _follow(self, pane: ComparePane, zoom: float, center: Point) -> None:
        if (pane.zoom, pane.center) != (zoom, center):
            pane.look(zoom, center)

    def _lay_out(self) -> None:
        pane = self.panes()[0]
        if pane is self.focusProxy():
            return
        self._pages.setCurrentIndex(1 if pane is self.both else 0)
        self.setFocusProxy(pane)

    def _refresh(self) -> None:
        self._lay_out()
        pair = self._pair
        if pair is None:
            for pane in (self.left, self.right, self.both):
                pane.show_sides(None, ())
            return
        left = Side(
            pair.left.detections,
            pair.only_left,
            self._words(
                pair.left.preset, self._state.left_rate, len(pair.only_left), pair.only_left.sum()
            ),
        )
        right = Side(
            pair.right,
            pair.only_right,
            self._words(
                pair.right_preset, self._state.right_rate, len(pair.right), pair.only_right.sum()
            ),
        )
        found = pair.right.xyxy
        if self._state.layout is Layout.DIVIDER:
            self.both.show_sides(pair.left, (left, right), found)
        else:
            self.left.show_sides(pair.left, (left,), found)
            self.right.show_sides(pair.left, (right,), found)

    def _words(self, preset: str, rate: float | None, people: int, only: int) -> str:
        words = [self._title(preset)]
        if rate is not None:
            words.append(f"{rate:.0f} frames/s")
        words.append(f"people: {people}")
        if only:
            words.append(f"only here: {only}")
        return SEPARATOR.join(words)
