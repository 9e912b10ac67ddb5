"""A duration that can be typed as people say it."""

from __future__ import annotations

import math
import re

from PyQt6.QtGui import QValidator
from PyQt6.QtWidgets import QDoubleSpinBox

from pedcam.video.people.rules import MAX_SECONDS

_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_FORM = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(?:(s|m|h)[a-z]*)?\s*", re.I)
_STEPS = ((10, 1), (60, 5), (600, 30), (3600, 300))  # below so many seconds, steps of so many


class DurationBox(QDoubleSpinBox):
    """Seconds, shown as ``30 s``, ``2 min`` or ``1 h``; a number alone is typed for seconds."""

    def __init__(self, least: float = 0.0) -> None:
        super().__init__()
        self.setDecimals(6)
        self.setRange(least, MAX_SECONDS)

    def textFromValue(self, value: float) -> str:
        if value >= 3600 and value % 3600 == 0:
            return f"{value / 3600:.0f} h"
        if value >= 120 and value % 60 == 0:
            return f"{value / 60:.0f} min"
        return f"{value:.10g} s"

    def valueFromText(self, text: str | None) -> float:
        seconds = _parse(text or "")
        return self.value() if seconds is None else seconds

    def validate(self, text: str | None, position: int) -> tuple[QValidator.State, str, int]:
        seconds = _parse(text or "")
        possible = seconds is not None and self.minimum() <= seconds <= self.maximum()
        state = QValidator.State.Acceptable if possible else QValidator.State.Intermediate
        return state, text or "", position

    def stepBy(self, steps: int) -> None:
        value = self.value()
        for _ in range(abs(steps)):
            if steps > 0:
                step = _step(value)
                value = (math.floor(value / step) + 1) * step
            else:
                step = _step(value - 1e-6)
                value = (math.ceil(value / step) - 1) * step
        self.setValue(value)
        self.selectAll()


def _parse(text: str) -> float | None:
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    unit = {"m": "min"}.get((found[2] or "s").lower(), (found[2] or "s").lower())
    return float(found[1].replace(",", ".")) * _UNITS[unit]


def _step(value: float) -> float:
    return next((step for limit, step in _STEPS if value < limit), 1800)
