"""Two presets side by side: which, how they are laid out, and how fast each is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from enum import Enum

from pedcam.ui.base.observable import Observable


class Layout(Enum):
    """How two presets share the picture's place."""

    SIDE_BY_SIDE = "side by side"
    DIVIDER = "divider"


class ComparisonState(Observable):
    """What is compared.

    Attributes:
        other: Name of the preset beside the running one; ``None`` while nothing is compared.
        layout: Two pictures, or one with a divider.
        left_rate: Frames per second of the running preset, ``None`` while unknown.
        right_rate: Frames per second of the other one.
    """

    def __init__(self) -> None:
        """Start without a comparison."""
        super().__init__()
        self.other: str | None = None
        self.layout = Layout.SIDE_BY_SIDE
        self.left_rate: float | None = None
        self.right_rate: float | None = None

    @property
    def active(self) -> bool:
        """Whether two presets are compared."""
        return self.other is not None

    def set_other(self, name: str | None) -> bool:
        """Compare with another preset, or with none; tell whether that is new."""
        if name == self.other:
            return False
        self.other = name
        self.right_rate = None
        if name is None:
            self.left_rate = None
        self._changed()
        return True

    def set_layout(self, layout: Layout) -> None:
        """Show it another way."""
        if layout is not self.layout:
            self.layout = layout
            self._changed()

    def set_rates(self, left: float | None, right: float | None) -> None:
        """Note how fast both are."""
        if (left, right) != (self.left_rate, self.right_rate):
            self.left_rate, self.right_rate = left, right
            self._changed()


class RateMeter:
    """How often something happens, over the last seconds."""

    def __init__(self, span: float = 2.0, clock: Callable[[], float] = time.perf_counter) -> None:
        """Average over ``span`` seconds of ``clock``."""
        self._span, self._clock = span, clock
        self._times: deque[float] = deque()

    def clear(self) -> None:
        """Begin again."""
        self._times.clear()

    def tick(self) -> None:
        """It happened."""
        self._times.append(self._clock())

    @property
    def rate(self) -> float | None:
        """Times per second; ``None`` before there were two."""
        now = self._clock()
        while self._times and self._times[0] < now - self._span:
            self._times.popleft()
        if len(self._times) < 2:
            return None
        return (len(self._times) - 1) / max(now - self._times[0], 1e-9)
