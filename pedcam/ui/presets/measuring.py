"""Measures the presets in a process of their own, while nothing plays."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer

from pedcam.detect.detector import Provider
from pedcam.errors import UserError
from pedcam.measure.speed.background import Order
from pedcam.measure.speed.results_file import load_kept
from pedcam.ui.base.background import Worker
from pedcam.ui.presets.choice import Condition, PresetChoice
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.measuring_process import MeasuringProcess

COMMAND = (sys.executable, "-m", "pedcam.measure.speed.background")
CALM = 2000  # milliseconds without a source before measuring begins by itself
LONGEST_START = 60_000  # milliseconds
LONGEST_PRESET = 120_000  # milliseconds, of each preset

_log = logging.getLogger("pedcam.measuring")


class Measuring(QObject):
    """Keeps the measurements of this machine complete.

    All of it is called on the window's thread and returns at once. It measures by itself when there
    are presets not measured yet and no source is open, and whenever the user asks and nothing
    moves: playing and measuring would slow each other. What playing interrupts begins again
    afterwards.
    """

    def __init__(
        self,
        measurements: Measurements,
        presets: PresetChoice,
        *,
        path: Path | None = None,
        command: Sequence[str] = COMMAND,
        calm: int = CALM,
    ) -> None:
        """Prepare; nothing is read or measured yet.

        Args:
            measurements: What the user sees of it.
            presets: What to measure.
            path: Where the results are kept, by default where ``pedcam bench --save`` keeps them.
            command: What measures; see :mod:`pedcam.measure.speed.background`.
            calm: Milliseconds without a source before it begins unasked.
        """
        super().__init__()
        self._measurements = measurements
        self._presets = presets
        self._path = path
        self._command = tuple(command)
        self._provider: Provider = "cpu"
        self._threads: int | None = None
        self._open = self._moving = True
        self._known = False
        self._asked = False
        self._given_up = False
        self._offered = presets.presets
        self._closed = False
        self._process: MeasuringProcess | None = None
        self._worker = Worker("pedcam-measurements", self)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(calm)
        self._calm.timeout.connect(self._begin)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._take_too_long)
        presets.subscribe(self._consider)

    def start(self) -> None:
        """Read what was measured before; what is missing is measured when there is no source."""
        self._read(self._consider)

    def configure(self, provider: Provider, threads: int | None) -> None:
        """Measure with these from the next time on.

        Args:
            provider: Where to compute.
            threads: Threads of each detector; all cores by default.
        """
        self._provider, self._threads = provider, threads

    def set_activity(self, *, source: bool, moving: bool) -> None:
        """Say what the processor is needed for.

        Args:
            source: Whether one is open; only without one does measuring begin by itself.
            moving: Whether it plays, or is being opened: neither paused nor at its end.
        """
        self._open, self._moving = source, moving
        if self._process is not None and not self._may_run():
            self._kill()
            if self._asked:
                self._measurements.wait()
            else:
                self._measurements.stop()
        if self._asked and not moving:
            self._begin()
        self._consider()

    def measure(self) -> None:
        """Measure every preset anew, now or once nothing plays: the user asked for it."""
        self._asked = True
        if self._process is not None:
            return
        self._measurements.wait()
        if not self._moving:
            self._begin()

    def cancel(self) -> None:
        """Stop measuring, until the user asks again."""
        self._give_up()
        self._kill()
        self._measurements.stop()

    def close(self) -> None:
        """Stop for good, without waiting."""
        self._closed = True
        self._give_up()
        self._kill()
        self._worker.stop()

    def _give_up(self) -> None:
        self._asked = False
        self._given_up = True
        self._calm.stop()

    def _may_run(self) -> bool:
        return not self._moving if self._asked else not self._open

    def _missing(self) -> bool:
        return any(
            self._measurements.speed(preset, self._presets.provider(preset.name)) is None
            for preset in self._presets.presets
            if self._presets.condition(preset.name) is not Condition.FAILED
        )

    def _loading(self) -> bool:
        # Preparing the presets takes all cores.
        return any(
            self._presets.condition(preset.name) is Condition.LOADING
            for preset in self._presets.presets
        )

    def _consider(self) -> None:
        """Begin by itself soon, if that is the time for it."""
        if self._presets.presets != self._offered:
            self._offered = self._presets.presets
            self._given_up = False
        calm = not (self._open or self._given_up or self._loading() or self._process is not None)
        if not (calm and self._known and not self._closed and self._missing()):
            self._calm.stop()
        elif not self._calm.isActive():
            self._calm.start()

    def _begin(self) -> None:
        if self._closed or self._process is not None:
            return
        files = [
            preset.path
            for preset in self._presets.presets
            if self._presets.condition(preset.name) is not Condition.FAILED
        ]
        if not files:
            self._give_up()
            self._measurements.stop()
            return
        self._calm.stop()
        self._measurements.start()
        order = Order(tuple(files), self._provider, self._threads, keep_in=self._path)
        process = self._process = MeasuringProcess(self._command, order.to_json())
        process.start(
            lambda message: self._heard(process, message),
            lambda code: self._ended(process, code),
        )
        self._limit.start(LONGEST_START + LONGEST_PRESET * len(files))

    def _kill(self) -> None:
        process, self._process = self._process, None
        self._limit.stop()
        if process is not None:
            process.kill()

    def _heard(self, process: MeasuringProcess, message: dict[str, Any]) -> None:
        if process is not self._process:
            return
        progress, error = message.get("progress"), message.get("error")
        if isinstance(progress, int | float):
            self._measurements.advance(float(progress))
        elif isinstance(error, str):
            self._finish(error)
        elif message.get("done"):
            self._process = None
            self._limit.stop()
            self._give_up()
            self._read(self._measurements.stop)

    def _ended(self, process: MeasuringProcess, code: int | None) -> None:
        if process is not self._process:
            return
        _log.warning("measuring ended with %s: %s", code, process.said())
        if code is None:
            self._finish("The presets cannot be measured: the process did not start.")
        else:
            self._finish(
                f"Measuring ended unexpectedly (code {code}). Measure again, or see what "
                "“pedcam bench” says."
            )

    def _take_too_long(self) -> None:
        self._finish("Measuring took too long and was stopped. Close other programs and try again.")

    def _finish(self, error: str) -> None:
        self._kill()
        self._give_up()
        self._measurements.stop(error)

    def _read(self, then: Callable[[], object]) -> None:
        def job() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
            return load_kept(self._path)

        def done(kept: tuple[dict[str, dict[str, Any]], dict[str, Any]]) -> None:
            self._known = True
            if not self._closed:
                self._measurements.set_rows(*kept)
                then()

        def failed(error: Exception) -> None:
            if not isinstance(error, UserError):
                raise error
            # Not measured unasked: the user is to see what is wrong.
            self._known = self._given_up = True
            if not self._closed:
                self._measurements.stop(str(error))

        self._worker.submit(job, done, failed)
