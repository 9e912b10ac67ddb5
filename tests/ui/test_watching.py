import gc
import weakref

from PyQt6 import sip
from PyQt6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pedcam.ui.state.threshold import Threshold
from pedcam.ui.watching import watch


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
