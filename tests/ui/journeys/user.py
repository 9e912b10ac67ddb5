"""A person at the window, in a process of its own, who uses it by mouse and keys.

Run by test_user.py as ``user.py JOURNEY FOLDER [ADDRESS]``. It ends with the window's own code, or
with 3 and the name of the step at which the journey got stuck. What it says last is a JSON object
of what the person saw, with the time at which the window was told to close.
"""

import faulthandler
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

import psutil
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QScrollArea, QWidget

from pedcam.detect.pool import load_pool
from pedcam.ui.app import run_window
from pedcam.ui.main_window import MainWindow
from pedcam.ui.presets.selection import Condition
from pedcam.video.stream.results import Result

Check = Callable[[], object]
Steps = Iterator[tuple[str, Check]]

PATIENCE = 100  # seconds for a whole journey, many times what it takes
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class User:
    """Acts on a window as a person would.

    Acts are done from the event loop and not where they are called: one that opens a question
    returns only once that is answered. Typing lets other events through, so what follows it has to
    wait until the text is there.

    Attributes:
        window: The main window.
        folder: Where the person's own things are.
        address: A stream that can be watched.
        results: Name of the preset, number of the frame and milliseconds of every result so far.
        told: What is said at the end.
    """

    def __init__(self, window: MainWindow, folder: Path, address: str) -> None:
        self.window, self.folder, self.address = window, folder, address
        self.results: list[tuple[str, int, float]] = []
        self.told: dict[str, Any] = {}
        window.player.subscribers.subscribe(self._see)

    def begin(self, *, ready: bool = False) -> Steps:
        """Wait until the window can be used, and all presets where ``ready``."""
        presets = self.window.player.presets
        yield self.activate()
        if ready:
            settled = {Condition.READY, Condition.RUNNING}
            yield (
                "every preset is ready",
                lambda: {presets.condition(one.name) for one in presets.presets} <= settled,
            )

    def activate(self) -> tuple[str, Check]:
        """Do what a window manager does after a dialog; there is none on the tests' screen."""
        self._do(self.window.activateWindow)
        return "the window is active", self.window.isActiveWindow

    def shows(self, size: tuple[int, int]) -> Check:
        """Whether a picture of this size, by which sources are told apart, is on the screen."""
        since = len(self.results)

        def check() -> bool:
            result = self.window.view.result
            # Several: it plays.
            return (
                len(self.results) > since + 3
                and result is not None
                and result.frame.image.shape[1::-1] == size
            )

        return check

    def results_of(self, preset: str, count: int = 3) -> Check:
        """Whether so many results of a preset came since this was called."""
        since = len(self.results)
        return lambda: sum(name == preset for name, *_ in self.results[since:]) >= count

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN, into: QWidget | None = None
    ) -> None:
        """Press a key on a window, by default the main one."""
        self._do(lambda: QTest.keyClick((into or self.window).windowHandle(), key, modifiers))

    def type(self, text: str, into: QWidget | None = None) -> None:
        """Type on a window."""

        def act() -> None:
            for character in text:
                QTest.keyClick((into or self.window).windowHandle(), character)

        self._do(act)

    def click(self, widget: QWidget, place: Callable[[], QPointF] | None = None) -> None:
        """Click on a widget, in its middle or at a place that is found at that moment."""

        def act() -> None:
            where = self._on(widget, place() if place is not None else None)
            QTest.mouseMove(widget.window().windowHandle(), where)
            QTest.mouseClick(widget.window().windowHandle(), LEFT, PLAIN, where)

        self._do(act)

    def drag(self, widget: QWidget, start: QPointF, end: QPointF, pieces: int = 8) -> None:
        """Press, move in some steps, and release; it may end outside of the widget."""

        def act() -> None:
            handle = widget.window().windowHandle()
            QTest.mousePress(handle, LEFT, PLAIN, self._on(widget, start))
            for piece in range(1, pieces + 1):
                there = start + (end - start) * (piece / pieces)
                QTest.mouseMove(handle, widget.mapTo(widget.window(), there.toPoint()))
            QTest.mouseRelease(handle, LEFT, PLAIN, widget.mapTo(widget.window(), there.toPoint()))

        self._do(act)

    def scroll_to(self, widget: QWidget) -> tuple[str, Check]:
        """Turn the wheel over the side panel until all of a widget can be seen."""

        def check() -> bool:
            area: QWidget | None = widget
            while area is not None and not isinstance(area, QScrollArea):
                area = area.parentWidget()
            assert isinstance(area, QScrollArea)
            viewport, bar = area.viewport(), area.verticalScrollBar()
            top = widget.mapTo(viewport, QPoint()).y()
            if top >= 0 and top + widget.height() <= viewport.height():
                return True
            at = QPointF(2, viewport.height() / 2)
            turn = QPoint(0, 120 if top < 0 else -120)
            before = bar.value()
            QApplication.sendEvent(
                viewport,
                QWheelEvent(
                    at,
                    QPointF(viewport.mapToGlobal(at.toPoint())),
                    QPoint(),
                    turn,
                    Qt.MouseButton.NoButton,
                    PLAIN,
                    Qt.ScrollPhase.NoScrollPhase,
                    False,
                ),
            )
            assert bar.value() != before, f"{widget} cannot be scrolled to"
            return False

        return "it can be seen", check

    def drop(self, path: Path) -> None:
        """Drop a file or folder in the middle of the window."""

        def act() -> None:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(path))])
            middle = self.window.rect().center()
            copy = Qt.DropAction.CopyAction
            QApplication.sendEvent(self.window, QDragEnterEvent(middle, copy, data, LEFT, PLAIN))
            QApplication.sendEvent(
                self.window, QDropEvent(QPointF(middle), copy, data, LEFT, PLAIN)
            )

        self._do(act)

    def close(self) -> None:
        """Close the window as its frame does; works also where keys do not reach it."""
        self.note_closing()
        self._do(self.window.windowHandle().close)

    def quit(self) -> None:
        """Close the window by its key."""
        self.note_closing()
        self.press(Qt.Key.Key_Q, CTRL)

    def note_closing(self) -> None:
        """The next act is what closes the window."""

        def act() -> None:
            self.told["closing"] = time.time()
            self.told["children"] = [child.pid for child in psutil.Process().children()]

        self._do(act)

    def _on(self, widget: QWidget, place: QPointF | None) -> QPoint:
        """Return a place on a widget in its window, having made sure that it can be hit there."""
        point = widget.rect().center() if place is None else place.toPoint()
        window = widget.window()
        where = widget.mapTo(window, point)
        hit = window.childAt(where) or window
        assert hit is widget or widget.isAncestorOf(hit), f"{hit} is in front of {widget}"
        return where

    def _do(self, act: Callable[[], object]) -> None:
        QTimer.singleShot(0, lambda: guarded(act))

    def _see(self, result: Result) -> None:
        self.results.append((result.preset, result.frame.index, result.detect_ms))


def guarded(act: Callable[[], Any]) -> Any:
    """Do something; a mistake of the person's own ends everything."""
    try:
        return act()
    except Exception:
        end(4, traceback.format_exc())


def end(code: int, words: str) -> None:
    """Say something and end the process at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
    os._exit(code)


def drive(user: User, journey: Callable[[User], Steps]) -> None:
    """Go through a journey, each step as soon as the one before has come true."""
    steps = journey(user)
    began = time.monotonic()
    waiting: list[tuple[str, Check]] = [("the window", lambda: True)]

    def advance() -> None:
        if guarded(waiting[0][1]):
            sys.stdout.write(f"{time.monotonic() - began:5.1f} s {waiting[0][0]}\n")
            sys.stdout.flush()
            waiting[0] = guarded(lambda: next(steps, ("the end", lambda: False)))

    def give_up() -> None:
        faulthandler.dump_traceback(sys.stdout)
        end(3, f"stuck waiting for: {waiting[0][0]}")

    ticks = QTimer(QApplication.instance())
    ticks.timeout.connect(advance)
    ticks.start(5)
    # Not a timer of Qt: the window may be what is stuck.
    watchdog = threading.Timer(PATIENCE, give_up)
    watchdog.daemon = True
    watchdog.start()


def main() -> int:
    """Show the window and go through the journey."""
    from tests.ui.journeys.alerts import ALERTS
    from tests.ui.journeys.closings import CLOSINGS
    from tests.ui.journeys.journeys import JOURNEYS, STARTS_WITH

    journey, folder, address = sys.argv[1], Path(sys.argv[2]), [*sys.argv, ""][3]
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    users: list[User] = []
    show = MainWindow.show

    def show_and_drive(window: MainWindow) -> None:
        show(window)
        users.append(User(window, folder, address))
        drive(users[0], (JOURNEYS | ALERTS | CLOSINGS)[journey])

    MainWindow.show = show_and_drive  # type: ignore[method-assign]
    pool, errors = load_pool()
    preset = pool.presets[STARTS_WITH.get(journey, -1)].name
    code = run_window(None, preset, pool, errors)
    sys.stdout.write(json.dumps(users[0].told) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
