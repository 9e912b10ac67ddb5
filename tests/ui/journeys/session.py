"""One session of the whole window in a process of its own, driven by key presses.

Run by test_session.py as ``session.py MODE SOURCE LOG``; exits with the window's own code, or with
3 and the name of the step at which it got stuck. With the mode "real" the presets are those that
pedcam finds by itself. The last line it says is a JSON list of every result and key press.
"""

import atexit
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import PRESETS, FakeDetector
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from pedcam.detect.pool import DetectorPool, load_pool
from pedcam.ui.app import run_window
from pedcam.ui.base import error_log
from pedcam.ui.base.background import NewestOnly
from pedcam.ui.main_window import MainWindow
from pedcam.ui.presets.selection import Condition
from pedcam.video.stream.stream import Result

Check = Callable[[], object]

PATIENCE = {"real": 100}  # seconds for a whole session; for other modes 30

events: list[dict[str, Any]] = []
"""Every result where the stream hands it over, and every key press, as they happen."""

streams: list[NewestOnly[Result]] = []
"""What takes the results of each stream; a stream is told by its place here."""


def record(newest: NewestOnly[Result], result: Result) -> None:
    """Note a result; called on the detector thread."""
    if newest not in streams:
        streams.append(newest)
    events.append(
        {
            "stream": streams.index(newest),
            "index": result.frame.index,
            "preset": result.preset,
            "dropped": result.dropped,
            "detect_ms": result.detect_ms,
            "time": time.perf_counter(),
        }
    )


def press(
    window: MainWindow,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press a key on the window."""
    events.append({"key": key.value, "time": time.perf_counter()})
    QTest.keyClick(window.windowHandle(), key, modifier)


def switches(window: MainWindow) -> Iterator[tuple[str, Check]]:
    """Switch through all presets while the video plays."""
    names = [preset.name for preset in window.player.presets.presets][
        :9
    ]  # there are nine number keys

    def ready() -> bool:
        conditions = {window.player.presets.condition(name) for name in names}
        return conditions <= {Condition.READY, Condition.RUNNING}

    def results_of(name: str, since: int) -> Check:
        return lambda: sum(event.get("preset") == name for event in events[since:]) > 3

    yield "the first picture", lambda: window.view.result is not None
    window.activateWindow()
    yield "the window is active", window.isActiveWindow
    yield "every preset is ready", ready
    for turn in range(1, len(names) + 1):
        number = turn % len(names)
        since = len(events)
        press(window, Qt.Key(Qt.Key.Key_1 + number))
        yield f"some results of {names[number]}", results_of(names[number], since)
    press(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def presses(window: MainWindow) -> Iterator[tuple[str, Check]]:
    """Act, then yield what must become true before the next act."""

    def running(name: str) -> Check:
        return lambda: window.player.presets.condition(name) is Condition.RUNNING

    def people(count: int) -> Check:
        return lambda: len(window.view.result.detections) == count

    def goes_on() -> Check:
        index = window.view.result.frame.index
        return lambda: window.view.result.frame.index > index + 3

    yield "the first picture", lambda: window.view.result is not None
    window.activateWindow()  # without a window manager nobody else does
    yield "the window is active", window.isActiveWindow
    yield "preset 2 runs", running("half")
    press(window, Qt.Key.Key_1)
    yield "preset 1 runs", running("float")
    yield "it finds nobody", people(0)
    yield "the picture goes on", goes_on()
    press(window, Qt.Key.Key_3)
    yield "preset 3 runs", running("full")
    yield "it finds two", people(2)
    yield "the picture still goes on", goes_on()
    press(window, Qt.Key.Key_Space)
    yield "paused", lambda: window.bar.state.text() == "Paused"
    press(window, Qt.Key.Key_2)
    yield "the paused picture is looked at again", people(1)
    yield "still paused", lambda: window.bar.state.text() == "Paused"
    press(window, Qt.Key.Key_Space)
    yield "it ends", lambda: "Ended" in window.bar.state.text()
    press(window, Qt.Key.Key_Space)
    yield "it plays again", lambda: window.bar.state.text() == "Playing"
    press(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def drive(mode: str) -> None:
    """Carry out the presses, each as soon as the step before it has come true."""
    steps: Iterator[tuple[str, Check]] | None = None
    waiting: tuple[str, Check] = ("the window", lambda: True)

    def advance() -> None:
        nonlocal steps, waiting
        if steps is None:
            shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
            if not shown:
                return
            steps = switches(shown[0]) if mode == "real" else presses(shown[0])
            if mode not in ("presses", "real"):
                steps = iter([("the first picture", lambda: shown[0].view.result is not None)])
            waiting = next(steps)
        if waiting[1]():
            sys.stdout.write(f"{QGuiApplication.platformName()}: {waiting[0]}\n")
            sys.stdout.flush()
            waiting = next(steps, ("the end", lambda: False))

    def give_up() -> None:
        sys.stdout.write(f"stuck waiting for: {waiting[0]}\n")
        sys.stdout.flush()
        os._exit(3)

    ticks = QTimer(QApplication.instance())
    ticks.timeout.connect(advance)
    ticks.start(5)
    QTimer.singleShot(1000 * PATIENCE.get(mode, 30), give_up)


class StuckDetector(FakeDetector):
    """Never gets ready, except for the preset that is used."""

    def warm_up(self) -> None:
        if self.preset.name != "half":
            threading.Event().wait()


if __name__ == "__main__":
    mode, source, log = sys.argv[1:]
    # Runs only if Python shuts down in the ordinary way.
    atexit.register(lambda: sys.stdout.write("an ordinary end\n"))
    error_log.log_file = lambda: Path(log)
    show = MainWindow.show

    def show_and_drive(window: MainWindow) -> None:
        show(window)
        drive(mode)

    MainWindow.show = show_and_drive  # type: ignore[method-assign]
    put = NewestOnly.put

    def record_and_put(newest: NewestOnly[Result], result: Result) -> None:
        # A comparison hands over pairs.
        if isinstance(result, Result):
            record(newest, result)
        put(newest, result)

    NewestOnly.put = record_and_put  # type: ignore[method-assign]
    if mode == "real":
        pool, _ = load_pool()
        preset = pool.presets[0].name
    else:
        detector = StuckDetector if mode == "stuck" else FakeDetector
        pool, preset = DetectorPool(PRESETS, make=detector), "half"
    code = run_window(source, preset, pool, [])
    sys.stdout.write(json.dumps(events) + "\n")
    sys.exit(code)
