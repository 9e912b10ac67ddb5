"""One session of the whole window in a process of its own, driven by key presses.

Run by test_session.py as ``session.py MODE CLIP LOG``; exits with the window's own code, or with 3
and the name of the step at which it got stuck.
"""

import atexit
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import PRESETS, FakeDetector
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from pedcam.detect.pool import DetectorPool
from pedcam.ui import crash
from pedcam.ui.app import run_window
from pedcam.ui.main_window import MainWindow
from pedcam.ui.state import Condition

Check = Callable[[], object]


def presses(window: MainWindow) -> Iterator[tuple[str, Check]]:
    """Act, then yield what must become true before the next act."""

    def running(name: str) -> Check:
        return lambda: window.player.presets.condition(name) is Condition.RUNNING

    def people(count: int) -> Check:
        return lambda: len(window.view.result.detections) == count

    def goes_on() -> Check:
        index = window.view.result.frame.index
        return lambda: window.view.result.frame.index > index + 3

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(window.windowHandle(), key, modifier)

    yield "the first picture", lambda: window.view.result is not None
    window.activateWindow()  # without a window manager nobody else does
    yield "the window is active", window.isActiveWindow
    yield "preset 2 runs", running("half")
    press(Qt.Key.Key_1)
    yield "preset 1 runs", running("float")
    yield "it finds nobody", people(0)
    yield "the picture goes on", goes_on()
    press(Qt.Key.Key_3)
    yield "preset 3 runs", running("full")
    yield "it finds two", people(2)
    yield "the picture still goes on", goes_on()
    press(Qt.Key.Key_Space)
    yield "paused", lambda: window.transport.state.text() == "Paused"
    press(Qt.Key.Key_2)
    yield "the paused picture is looked at again", people(1)
    yield "still paused", lambda: window.transport.state.text() == "Paused"
    press(Qt.Key.Key_Space)
    yield "it ends", lambda: "Ended" in window.transport.state.text()
    press(Qt.Key.Key_Space)
    yield "it plays again", lambda: window.transport.state.text() == "Playing"
    press(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


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
            steps = presses(shown[0])
            if mode != "presses":
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
    QTimer.singleShot(30_000, give_up)


class StuckDetector(FakeDetector):
    """Never gets ready, except for the preset that is used."""

    def warm_up(self) -> None:
        if self.preset.name != "half":
            threading.Event().wait()


if __name__ == "__main__":
    mode, clip, log = sys.argv[1:]
    # Runs only if Python shuts down in the ordinary way.
    atexit.register(lambda: sys.stdout.write("an ordinary end\n"))
    crash.log_file = lambda: Path(log)
    show = MainWindow.show

    def show_and_drive(window: MainWindow) -> None:
        show(window)
        drive(mode)

    MainWindow.show = show_and_drive  # type: ignore[method-assign]
    detector = StuckDetector if mode == "stuck" else FakeDetector
    sys.exit(run_window(clip, "half", DetectorPool(PRESETS, make=detector), []))
