"""A window that measures how long it is held up.

``python -m tests.benchmarks.window.probed CLIP SECONDS``; the last line of output is what was
found, as JSON.
"""

import itertools
import json
import os
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from PyQt6.QtCore import QObject, Qt, QTimer
from PyQt6.QtWidgets import QApplication

import pedcam
from pedcam.detect.pool import load_pool
from pedcam.ui.app import run_window, undo_opencv_qt
from pedcam.ui.main_window import MainWindow
from pedcam.ui.presets.selection import Condition
from pedcam.ui.recording.recording import RecordingPhase
from pedcam.video.stream.results import StreamState

TICK, SWITCH, TURN = 5, 2000, 5000  # milliseconds
LONG = 25.0  # milliseconds; gaps beyond are looked into
CALM = 2.0  # seconds from when everything runs until measuring begins
SIZE = 1920, 1080
PAGES = ("presets", "live", "zones", "events")
_PACKAGE = str(Path(pedcam.__file__).parent)


class Lookout(threading.Thread):
    """Looks at what the window's thread does when it has not ticked for long."""

    def __init__(self) -> None:
        """Prepare to look at the thread that makes this object."""
        super().__init__(name="lookout", daemon=True)
        self._watched = threading.get_ident()
        self.ticked = time.perf_counter()
        self.seen = ""

    def run(self) -> None:
        """Look for as long as the process lives."""
        while True:
            time.sleep(0.005)
            if time.perf_counter() - self.ticked > (TICK + 0.6 * LONG) / 1000:
                self.seen = _place(sys._current_frames().get(self._watched)) or self.seen


class Probe(QObject):
    """Waits until everything runs, measures for some seconds, and closes the window."""

    def __init__(self, seconds: float, recordings: Path) -> None:
        """Begin as soon as there is a window."""
        super().__init__()
        self._seconds, self._recordings = seconds, recordings
        self._window: MainWindow | None = None
        self._calm_since: float | None = None
        self._gaps: list[float] = []
        self._long: list[dict[str, Any]] = []
        self._started = self._switched = self._turned = 0.0
        self._pictures = self._switches = 0
        self._lookout = Lookout()
        self._prepare = self._timer(50, self._begin_if_ready)
        self._ticks = self._timer(TICK, self._tick, start=False)
        self._others = [
            self._timer(SWITCH, self._switch, start=False),
            self._timer(TURN, self._turn, start=False),
        ]

    def _timer(self, interval: int, call: Any, *, start: bool = True) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(interval)
        timer.timeout.connect(call)
        if start:
            timer.start()
        return timer

    def _begin_if_ready(self) -> None:
        windows = [one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)]
        if not windows:
            return
        window = self._window = windows[0]
        # Before all presets are loaded; where the machine is busy a short clip has ended by then.
        window.player.set_loop(True)
        if window.player.playback.state is StreamState.ENDED:
            window.player.restart()
        presets, recording = window.player.presets, window.services.recording
        settled = {Condition.READY, Condition.RUNNING}
        ready = {presets.condition(one.name) for one in presets.presets} <= settled
        if not ready or window.view.result is None:
            return
        if recording.phase is RecordingPhase.IDLE:
            window.resize(*SIZE)
            window.services.settings.set("recordings", str(self._recordings))
            window.services.settings.set("confirm_close", False)
            window.actions_.record.trigger()
        if recording.phase is not RecordingPhase.RUNNING or not recording.frames:
            return
        now = time.perf_counter()
        self._calm_since = self._calm_since or now
        if now - self._calm_since >= CALM:
            self._begin()

    def _begin(self) -> None:
        assert self._window is not None
        self._prepare.stop()
        names = [preset.name for preset in self._window.player.presets.presets]
        self._presets, self._pages = itertools.cycle(names), itertools.cycle(PAGES)
        self._window.view.shown.connect(self._count)
        self._started = self._switched = self._turned = time.perf_counter()
        self._last = self._lookout.ticked = self._started
        self._worked = time.thread_time()
        self._lookout.start()
        for timer in (self._ticks, *self._others):
            timer.start()

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        gap = max(0.0, 1000 * (now - self._last) - TICK)
        self._gaps.append(gap)
        if gap > LONG:
            self._long.append(
                {
                    "ms": gap,
                    "worked_ms": 1000 * (worked - self._worked),
                    "at_s": now - self._started,
                    "since_switch_s": now - self._switched,
                    "since_page_s": now - self._turned,
                    "ran": self._lookout.seen,
                }
            )
        self._lookout.seen = ""
        self._last = self._lookout.ticked = now
        self._worked = worked
        if now - self._started >= self._seconds:
            self._end()

    def _count(self) -> None:
        self._pictures += 1

    def _switch(self) -> None:
        assert self._window is not None
        self._switched = time.perf_counter()
        self._switches += 1
        self._window.player.preset_control.choose(next(self._presets))

    def _turn(self) -> None:
        assert self._window is not None
        self._turned = time.perf_counter()
        self._window.panel.turn_to(next(self._pages))

    def _end(self) -> None:
        assert self._window is not None
        for timer in (self._ticks, *self._others):
            timer.stop()
        self.found = {
            "seconds": self._last - self._started,
            "ticks": len(self._gaps),
            "pictures": self._pictures,
            "recorded": self._window.services.recording.frames,
            "switches": self._switches,
            "p50_ms": float(np.percentile(self._gaps, 50)),
            "p99_ms": float(np.percentile(self._gaps, 99)),
            "longest_ms": max(self._gaps),
            "over_25": sum(gap > 25 for gap in self._gaps),
            "over_50": sum(gap > 50 for gap in self._gaps),
            "gaps": sorted(self._long, key=lambda gap: -gap["ms"]),
        }
        self._window.close()


def _place(frame: FrameType | None) -> str:
    """Name the innermost functions of pedcam that a thread is in."""
    names: list[str] = []
    while frame is not None and len(names) < 3:
        code = frame.f_code
        if code.co_filename.startswith(_PACKAGE):
            names.append(f"{Path(code.co_filename).stem}.{code.co_name}")
        frame = frame.f_back
    # Without its event loop, which everything runs in.
    return " < ".join(name for name in names if name != "app.run_window")


def main() -> int:
    """Run the window."""
    clip, seconds = Path(sys.argv[1]), float(sys.argv[2])
    undo_opencv_qt(os.environ)
    # Before the window makes one, since timers need it.
    app = QApplication(sys.argv[:1])
    probe = Probe(seconds, clip.parent)
    pool, errors = load_pool()
    code = run_window(str(clip), None, pool, errors)
    sys.stdout.write(f"\n{json.dumps(probe.found)}\n")
    sys.stdout.flush()
    del app
    return code


if __name__ == "__main__":
    sys.exit(main())
