"""How fast the presets are on this machine: what was measured, and what is being measured."""

from __future__ import annotations

import math
import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pedcam.detect.detector import STAGES
from pedcam.detect.presets import Preset
from pedcam.ui.base.observable import Observable
from pedcam.ui.presets.selection import PresetSelection

LIVE_RESULTS = 31  # whose median is shown
FEWEST_LIVE = 5  # results until there is something to show
BETWEEN_LIVE = 0.5  # seconds between two changes of it
LONGEST_WORDS = 200  # characters of a processor's name


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
        detect_ms: Median milliseconds of one detection: fitting the picture, the network, and
            selecting the boxes, as in :attr:`pedcam.video.stream.results.Result.detect_ms`.
        frames_per_second: With reading, detecting and drawing side by side; ``None`` if unknown.
        miss_rate: Measured by the user with ``pedcam evaluate``, 0..1; ``None`` if it was not.
    """

    file_bytes: int
    provider: str
    detect_ms: float
    frames_per_second: float | None
    miss_rate: float | None


class Measurements(Observable):
    """The measured speeds, the state of measuring, and the live speed of the running preset.

    Attributes:
        machine: What they were measured on; empty where nothing was measured.
        date: When, ISO 8601; may be empty.
        phase: Whether something is being measured.
        progress: How much of that is done, 0..1.
        error: Why measuring failed, for people; empty if it did not.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """Start with nothing measured; ``clock`` gives seconds."""
        super().__init__()
        self.machine = ""
        self.date = ""
        self.phase = Phase.IDLE
        self.progress = 0.0
        self.error = ""
        self._speeds: dict[str, Speed] = {}
        self._clock = clock
        self._live_name = ""
        self._live: deque[float] = deque(maxlen=LIVE_RESULTS)
        self._live_ms: float | None = None
        self._live_told = -math.inf

    def speed(self, preset: Preset, provider: str = "") -> Speed | None:
        """Return what was measured of a preset.

        Args:
            preset: The preset; what was measured of another file of its name does not count.
            provider: The device that matters, any by default.
        """
        found = self._speeds.get(preset.name)
        if found is None or found.file_bytes != preset.file_bytes:
            return None
        return found if provider in ("", found.provider) else None

    def missing(self, choice: PresetSelection) -> list[Preset]:
        """Return the presets that can run and were not measured on their present device."""
        return [
            preset
            for preset in choice.usable
            if self.speed(preset, choice.provider(preset.name)) is None
        ]

    def live_ms(self, name: str) -> float | None:
        """Return the median milliseconds of the latest detections, for the running preset only."""
        return self._live_ms if name == self._live_name else None

    def set_rows(self, rows: Mapping[str, Mapping[str, Any]], about: Mapping[str, Any]) -> None:
        """Show other measurements.

        Args:
            rows: As :func:`pedcam.measure.speed.results_file.load_measurements` returns them; those
                without a usable time are left out.
            about: What they were measured on and when: ``machine`` and ``date``.
        """
        self._speeds = {
            name: speed for name, row in rows.items() if (speed := _speed(row)) is not None
        }
        self.machine = _words(about.get("machine"))
        self.date = _words(about.get("date"))
        self._changed()

    def wait(self) -> None:
        """Measuring is wanted, once nothing plays."""
        self._go_to(Phase.WAITING)

    def start(self) -> None:
        """Measuring begins."""
        self._go_to(Phase.RUNNING)

    def advance(self, progress: float) -> None:
        """So much is done, 0..1."""
        if self.phase is Phase.RUNNING and progress != self.progress:
            self.progress = min(max(progress, 0.0), 1.0)
            self._changed()

    def stop(self, error: str = "") -> None:
        """Measuring is over; ``error`` says why it failed, if it did."""
        self._go_to(Phase.IDLE, error)

    def note(self, name: str, detect_ms: float) -> None:
        """Take note of a detection of the running preset ``name``."""
        if name != self._live_name:
            self.forget_live()
            self._live_name = name
        self._live.append(detect_ms)
        now = self._clock()
        if len(self._live) >= FEWEST_LIVE and now - self._live_told >= BETWEEN_LIVE:
            self._live_told = now
            self._live_ms = statistics.median(self._live)
            self._changed()

    def forget_live(self) -> None:
        """Nothing runs any more."""
        self._live.clear()
        self._live_told = -math.inf
        self._live_name = ""
        if self._live_ms is not None:
            self._live_ms = None
            self._changed()

    def _go_to(self, phase: Phase, error: str = "") -> None:
        if (phase, error) != (self.phase, self.error):
            self.phase, self.progress, self.error = phase, 0.0, error
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
    miss_rate = _positive(row.get("miss_rate"))
    return Speed(
        file_bytes=size,
        provider=_words(row.get("provider")),
        detect_ms=detect_ms,
        frames_per_second=_positive(row.get("frames_per_second")),
        miss_rate=miss_rate if miss_rate is not None and miss_rate <= 1 else None,
    )


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < math.inf else None


def _words(value: object) -> str:
    return value[:LONGEST_WORDS] if isinstance(value, str) and value.isprintable() else ""
