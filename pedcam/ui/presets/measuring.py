"""Measures the presets with ``pedcam bench`` in a process of its own, while nothing plays."""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from PyQt6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer

from pedcam.detect.pool import MODELS_VARIABLE, DetectorPool
from pedcam.detect.presets import Preset
from pedcam.errors import UserError
from pedcam.measure.speed.results_file import load_kept, machine, merge_measurements
from pedcam.ui.base.background import Worker
from pedcam.ui.presets.measurements import Measurements, Phase
from pedcam.ui.presets.selection import Condition, PresetSelection

# A frozen pedcam is its own command.
COMMAND = (sys.executable, *(() if getattr(sys, "frozen", False) else ("-m", "pedcam")))
RUNS = 10  # of each preset
NICENESS = 10
CALM = 2000  # milliseconds without a source before measuring begins by itself
KILLED_WITHIN = 500  # milliseconds
LONGEST_START = 60_000  # milliseconds
LONGEST_PRESET = 120_000  # milliseconds, of each preset
LAST_CHARACTERS = 10_000  # of what the process printed
PARTS = 3  # that "pedcam bench" announces before the memory of each preset

_log = logging.getLogger("pedcam.measuring")


class Measuring(QObject):
    """Keeps the measurements of this machine complete.

    Called on the window's thread; returns at once. It measures by itself when no source is open and
    presets are not measured yet, and on request while nothing plays, as playing and measuring slow
    each other down. What playing interrupts begins again afterwards. Presets at further input sizes
    are measured in a second round, so that the others are known sooner.
    """

    def __init__(
        self,
        measurements: Measurements,
        presets: PresetSelection,
        pool: DetectorPool,
        *,
        path: Path | None = None,
        command: Sequence[str] = COMMAND,
        calm: int = CALM,
    ) -> None:
        """Prepare; nothing is read or measured yet.

        Args:
            measurements: What the user sees of it.
            presets: What to measure.
            pool: Says which device and how many threads to measure with.
            path: The results file, by default that of ``pedcam bench --save``.
            command: pedcam, to which ``bench`` and its options are added.
            calm: Milliseconds without a source before it begins unasked.
        """
        super().__init__()
        self._measurements = measurements
        self._presets, self._pool = presets, pool
        self._path = path
        self._command = tuple(command)
        self._open = self._moving = True
        self._known = False
        self._asked = False
        self._given_up = False
        self._further = False  # whether it is the round of the further input sizes
        self._offered = presets.presets
        self._closed = False
        self._process: QProcess | None = None
        self._errors = ""
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

    def set_activity(self, *, source: bool, moving: bool) -> None:
        """Say what the processor is needed for.

        Args:
            source: Whether one is open; only without one does measuring begin by itself.
            moving: Whether it plays, or is being opened: neither paused nor at its end.
        """
        self._open, self._moving = source, moving
        if self._process is not None and (moving if self._asked else source):
            self._kill()
            self._measurements.set_phase(Phase.WAITING if self._asked else Phase.IDLE)
        if self._asked and not moving:
            self._begin()
        self._consider()

    def measure(self) -> None:
        """Measure every preset anew, now or once nothing plays: the user asked for it."""
        self._asked = True
        if self._process is not None:
            return
        self._further = False
        self._measurements.set_phase(Phase.WAITING)
        if not self._moving:
            self._begin()

    def cancel(self) -> None:
        """Stop measuring, until the user asks again."""
        self._finish("")

    def close(self) -> None:
        """Stop for good."""
        self._closed = True
        process = self._process
        self._kill()
        self._give_up()
        if process is not None:
            # It was killed, so this is a matter of milliseconds.
            process.waitForFinished(KILLED_WITHIN)
        self._worker.stop()

    def _give_up(self) -> None:
        self._asked = self._further = False
        self._given_up = True
        self._calm.stop()

    def _consider(self) -> None:
        """Begin by itself soon, if that is the time for it."""
        if self._presets.presets != self._offered:
            self._offered = self._presets.presets
            self._given_up = self._further = False
        missing = self._measurements.missing(self._presets)
        # Preparing the presets takes all cores.
        loading = any(
            self._presets.condition(preset.name) is Condition.LOADING
            for preset in self._presets.presets
        )
        busy = self._open or loading or self._process is not None
        if busy or self._given_up or self._closed or not self._known or not missing:
            self._calm.stop()
        elif not self._calm.isActive():
            self._calm.start()

    def _begin(self) -> None:
        if self._closed or self._process is not None:
            return
        missing = self._measurements.missing(self._presets)
        if not self._asked and not any(preset.default_size for preset in missing):
            self._further = True
        presets = [one for one in self._presets.usable if one.default_size is not self._further]
        if not presets:
            self._finish("")
            return
        self._calm.stop()
        self._measurements.set_phase(Phase.RUNNING)
        self._errors = ""
        process = self._process = self._make_process(presets)
        self._limit.start(LONGEST_START + LONGEST_PRESET * len(presets))
        process.start()

    def _make_process(self, presets: Sequence[Preset]) -> QProcess:
        threads, provider = self._pool.threads, self._pool.provider
        options = ["--json", "--runs", str(RUNS), "--provider", provider]
        options += ["--threads", str(threads)] if threads else []
        # A name comes from a stranger's file and must not become another option.
        options += [f"--preset={preset.name}" for preset in presets]
        environment = QProcessEnvironment.systemEnvironment()
        folders = dict.fromkeys(str(preset.path.parent) for preset in presets)
        environment.insert(MODELS_VARIABLE, os.pathsep.join(folders))
        process = QProcess(self)
        process.setProgram(self._command[0])
        process.setArguments([*self._command[1:], "bench", *options])
        process.setProcessEnvironment(environment)
        process.setStandardInputFile(QProcess.nullDevice())
        if sys.platform != "win32":
            # With the processes it starts it can then be ended as one group.
            parameters = QProcess.UnixProcessParameters()
            parameters.flags = QProcess.UnixProcessFlag.CreateNewSession
            process.setUnixProcessParameters(parameters)
        about = {"threads": threads or os.cpu_count(), "runs": RUNS, "source": "demo"}
        parts = PARTS + len(presets)
        process.started.connect(lambda: _give_way(process))
        process.readyReadStandardError.connect(lambda: self._follow(process, parts))
        process.errorOccurred.connect(lambda error: self._failed_to_start(process, error))
        process.finished.connect(lambda code, _: self._ended(process, code, about))
        process.finished.connect(process.deleteLater)
        return process

    def _kill(self) -> None:
        process, self._process = self._process, None
        self._limit.stop()
        if process is None or process.state() is QProcess.ProcessState.NotRunning:
            return
        for signal_ in (
            process.started,
            process.readyReadStandardError,
            process.errorOccurred,
            process.finished,
        ):
            signal_.disconnect()
        process.finished.connect(process.deleteLater)
        pid = process.processId()
        if sys.platform != "win32" and pid > 0:
            # Fails where it has just been started and leads no group yet; then it is alone.
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        process.kill()

    def _follow(self, process: QProcess, parts: int) -> None:
        text = process.readAllStandardError().data().decode(errors="replace")
        if process is self._process:
            self._errors = (self._errors + text)[-LAST_CHARACTERS:]
            self._measurements.set_progress((self._errors.count("measuring ") - 1) / parts)

    def _failed_to_start(self, process: QProcess, error: QProcess.ProcessError) -> None:
        if process is self._process and error is QProcess.ProcessError.FailedToStart:
            self._finish("The presets cannot be measured: the process did not start.")
            process.deleteLater()

    def _ended(self, process: QProcess, code: int, about: dict[str, Any]) -> None:
        if process is not self._process:
            return
        output = process.readAllStandardOutput().data()
        try:
            rows = _rows(output) if code == 0 else None
        except ValueError:
            rows = None
        if rows is not None:
            self._kill()
            about["date"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            self._read(
                self._end_round,
                lambda: merge_measurements(rows, {"machine": machine(), **about}, self._path),
            )
            return
        _log.warning("measuring ended with %s: %s", code, self._errors)
        _, found, reason = self._errors.rpartition("pedcam: error: ")
        self._finish(
            reason.strip()
            if found
            else f"Measuring ended unexpectedly (code {code}). Measure again, or see what "
            "“pedcam bench” says."
        )

    def _end_round(self) -> None:
        missing = self._measurements.missing(self._presets)
        wanted = self._presets.usable if self._asked else missing
        if self._further or all(preset.default_size for preset in wanted):
            self._finish("")
            return
        self._further = True
        if not self._asked:
            self._measurements.set_phase(Phase.IDLE)
            self._consider()
        elif self._moving:
            self._measurements.set_phase(Phase.WAITING)
        else:
            self._begin()

    def _take_too_long(self) -> None:
        self._finish("Measuring took too long and was stopped. Close other programs and try again.")

    def _finish(self, error: str) -> None:
        self._kill()
        self._give_up()
        self._measurements.set_phase(Phase.IDLE, error)

    def _read(
        self, then: Callable[[], object], before: Callable[[], object] = lambda: None
    ) -> None:
        def job() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
            before()
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
                self._measurements.set_phase(Phase.IDLE, str(error))

        self._worker.submit(job, done, failed)


def _rows(output: bytes) -> list[dict[str, Any]]:
    """What ``pedcam bench --json`` printed; a ValueError if it is something else."""
    try:
        rows = json.loads(output)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and {"name", "file_bytes"} <= row.keys() for row in rows
    ):
        raise ValueError("not the rows of a benchmark")
    return rows


def _give_way(process: QProcess) -> None:
    # The window, and whatever else the user does, go first.
    with contextlib.suppress(OSError, psutil.Error):
        psutil.Process(process.processId()).nice(
            getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", NICENESS)
        )
