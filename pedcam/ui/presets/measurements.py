"""How fast the presets are on this machine, and whether that is being measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pedcam.detect.detector import STAGES
from pedcam.detect.presets import Preset
from pedcam.ui.base.observable import Observable
from pedcam.ui.presets.selection import PresetSelection

LONGEST_NAME = 200  # characters of a processor's name


class Phase(Enum):
    """Whether something is being measured."""

    IDLE = "idle"
    WAITING = "waiting"
    RUNNING = "running"


@dataclass(frozen=True)
class Speed:
    """What was measured of one preset on this machine.

    Attributes:
        file_bytes: Size of the file measured, which tells it from another of the same name.
        provider: The device computed on.
        detect_ms: Median milliseconds of one detection: letterboxing, inference and
            postprocessing, as in :attr:`pedcam.video.stream.results.Result.detect_ms`.
        frames_per_second: With reading, detecting and drawing in parallel; ``None`` if unknown.
    """

    file_bytes: int
    provider: str
    detect_ms: float
    frames_per_second: float | None


class Measurements(Observable):
    """The measured speeds and the state of measuring.

    Attributes:
        machine: What they were measured on; empty where nothing was measured.
        date: When, ISO 8601; may be empty.
        phase: Whether something is being measured, or waits until nothing plays.
        progress: How much of that is done, 0..1.
        error: Why measuring failed, for people; empty if it did not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.machine = ""
        self.date = ""
        self.phase = Phase.IDLE
        self.progress = 0.0
        self.error = ""
        self._speeds: dict[str, Speed] = {}

    def speed(self, preset: Preset, provider: str = "") -> Speed | None:
        """Return what was measured of this very file on ``provider``, on any by default."""
        found = self._speeds.get(preset.name)
        if found is None or found.file_bytes != preset.file_bytes:
            return None
        return found if provider in ("", found.provider) else None

    def missing(self, selection: PresetSelection) -> list[Preset]:
        """Return the presets that can run and were not measured on their present device."""
        return [
            preset
            for preset in selection.usable
            if self.speed(preset, selection.provider(preset.name)) is None
        ]

    def set_rows(self, rows: Mapping[str, Mapping[str, Any]], about: Mapping[str, Any]) -> None:
        """Show other measurements.

        Args:
            rows: As :func:`pedcam.measure.speed.results_file.load_measurements` returns them; those
                without a usable time are left out.
            about: What they were measured on and when: ``machine`` and ``date``.
        """
        speeds = {name: _speed(row) for name, row in rows.items()}
        self._speeds = {name: speed for name, speed in speeds.items() if speed is not None}
        self.machine = _text(about.get("machine"))
        self.date = _text(about.get("date"))
        self._changed()

    def set_phase(self, phase: Phase, error: str = "") -> None:
        """Measuring waits, begins or is over; ``error`` says why it failed, if it did."""
        if (phase, error) != (self.phase, self.error):
            self.phase, self.progress, self.error = phase, 0.0, error
            self._changed()

    def set_progress(self, progress: float) -> None:
        """So much is done, 0..1."""
        if self.phase is Phase.RUNNING and progress != self.progress:
            self.progress = min(max(progress, 0.0), 1.0)
            self._changed()


def _speed(row: Mapping[str, Any]) -> Speed | None:
    stages = row.get("stages")
    parts = [_positive(stages.get(stage)) for stage in STAGES] if isinstance(stages, dict) else []
    known = [part for part in parts if part is not None]
    detect_ms = sum(known) if known and len(known) == len(parts) else None
    detect_ms = detect_ms or _positive(row.get("inference_ms"))
    size = row.get("file_bytes")
    if detect_ms is None or not isinstance(size, int):
        return None
    return Speed(
        size, _text(row.get("provider")), detect_ms, _positive(row.get("frames_per_second"))
    )


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < math.inf else None


def _text(value: object) -> str:
    return value[:LONGEST_NAME] if isinstance(value, str) and value.isprintable() else ""
