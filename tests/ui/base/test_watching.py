import gc
import weakref
from collections.abc import Callable

from PyQt6 import sip
from PyQt6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pedcam.ui.base.watching import watch
from pedcam.ui.presets.selection import Threshold


class Counted(Threshold):
    """Knows how many watch it."""

    def __init__(self) -> None:
        super().__init__()
        self.watched = 0

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        end = super().subscribe(watcher)
        self.watched += 1

        def ended() -> None:
            end()
            self.watched -= 1

        return ended


class Watcher(QObject):
    def __init__(self, state: Threshold) -> None:
        super().__init__()
        self.calls = 0
        watch(state, self.look)

    def look(self) -> None:
        self.calls += 1


def test_it_hears_until_it_is_deleted(qtbot: QtBot) -> None:
    state = Threshold()
    watcher = Watcher(state)
    state.set(0.5)
    assert watcher.calls == 1
    sip.delete(watcher)
    state.set(0.6)
    assert watcher.calls == 1


def test_the_state_does_not_keep_it(qtbot: QtBot) -> None:
    state = Threshold()
    reference = weakref.ref(Watcher(state))
    gc.collect()
    assert reference() is None
    assert state.set(0.5)


def test_nothing_is_left_of_those_that_are_gone(qtbot: QtBot) -> None:
    state = Counted()
    watchers = [Watcher(state) for _ in range(3)]
    assert state.watched == 3
    sip.delete(watchers[0])
    del watchers[1]
    gc.collect()
    for value in (0.5, 0.6):
        state.set(value)
        assert state.watched == 1
    assert watchers[1].calls == 2
