import queue
import threading
from collections.abc import Callable

import numpy as np
import pytest
from PyQt6.QtWidgets import QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

from pedcam.ui.start import screen_dialog
from pedcam.ui.start.screen_dialog import ScreenDialog
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.screen import Area, Desktop

LEFT, MAIN = Area(-80, 20, 80, 60), Area(0, 0, 120, 90)
TWO = Desktop(np.zeros((90, 200, 3), np.uint8), Area(-80, 0, 200, 90), (LEFT, MAIN), 2)
ONE = Desktop(np.zeros((90, 120, 3), np.uint8), MAIN, (MAIN,), 1)


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[Callable[[], Desktop]], ScreenDialog]:
    def make(look: Callable[[], Desktop]) -> ScreenDialog:
        dialog = ScreenDialog(look)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def open_button(dialog: ScreenDialog) -> QPushButton:
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Open)
    assert button is not None
    return button


def choices(dialog: ScreenDialog) -> dict[str, str]:
    box = dialog.choice
    return {box.itemData(at): box.itemText(at) for at in range(box.count())}


def test_the_main_screen_is_chosen_first(qtbot: QtBot, show) -> None:
    threads: list[threading.Thread] = []
    go_on = threading.Event()

    def look() -> Desktop:
        threads.append(threading.current_thread())
        go_on.wait(10)
        return TWO

    dialog = show(look)
    assert dialog.status.text() == "Looking at the screen…"
    assert not open_button(dialog).isEnabled()
    go_on.set()
    qtbot.waitUntil(lambda: dialog.choice.count() == 3)
    assert threads[0] is not threading.current_thread()
    assert choices(dialog) == {
        "screen:1": "Screen 1: 80 × 60",  # noqa: RUF001
        "screen": "Screen 2 (main): 120 × 90",  # noqa: RUF001
        "screen:all": "All screens: 200 × 90",  # noqa: RUF001
    }
    assert dialog.picture.chosen == MAIN
    with qtbot.waitSignal(dialog.chosen) as chosen:
        open_button(dialog).click()
    assert chosen.args == ["screen"]


def test_another_is_chosen_by_name_or_by_a_click(qtbot: QtBot, show) -> None:
    dialog = show(lambda: TWO)
    qtbot.waitUntil(lambda: dialog.choice.count() == 3)
    dialog.choice.setCurrentIndex(2)
    assert dialog.picture.chosen == TWO.area
    dialog.picture.screen_clicked.emit(1)
    assert dialog.choice.currentData() == "screen:1"
    assert dialog.picture.chosen == LEFT
    dialog.picture.screen_clicked.emit(2)
    assert dialog.choice.currentData() == "screen"


def test_a_part_is_one_more_choice(qtbot: QtBot, show) -> None:
    dialog = show(lambda: ONE)
    qtbot.waitUntil(lambda: choices(dialog) == {"screen": "Screen 1: 120 × 90"})  # noqa: RUF001
    dialog.picture.part_drawn.emit(Area(5, 6, 20, 30))
    dialog.picture.part_drawn.emit(Area(10, 20, 64, 48))
    assert list(choices(dialog).values()) == [
        "Screen 1: 120 × 90",  # noqa: RUF001
        "A part: 64 × 48 at 10, 20",  # noqa: RUF001
    ]
    assert dialog.picture.chosen == Area(10, 20, 64, 48)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.accept()
    assert chosen.args == ["screen:10,20,64,48"]


def test_it_goes_on_looking_until_it_is_closed(
    qtbot: QtBot, show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_dialog, "LOOK_AGAIN_MS", 0)
    answers: queue.Queue[Desktop] = queue.Queue()
    shown: list[Desktop] = []
    dialog = show(lambda: answers.get(timeout=10))
    monkeypatch.setattr(dialog.picture, "show_desktop", lambda *desktop: shown.append(desktop))
    answers.put(ONE)
    qtbot.waitUntil(lambda: dialog.choice.count() == 1)
    # A part stays chosen while the screens stay the same.
    dialog.picture.part_drawn.emit(Area(10, 20, 64, 48))
    answers.put(ONE)
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert dialog.choice.currentData() == "screen:10,20,64,48"
    answers.put(TWO)
    qtbot.waitUntil(lambda: dialog.choice.count() == 3)
    assert dialog.choice.currentData() == "screen"
    answers.put(TWO)
    dialog.reject()
    assert not dialog._again.isActive()


def test_a_screen_that_cannot_be_seen_is_explained(qtbot: QtBot, show) -> None:
    looks: list[None] = []

    def look() -> Desktop:
        looks.append(None)
        raise SourceError("On Wayland, programs may not look.")

    dialog = show(look)
    qtbot.waitUntil(lambda: "Wayland" in dialog.status.text())
    assert dialog.status.property("error")
    assert not open_button(dialog).isEnabled()
    # It is not tried again: a Mac would ask its user each time.
    assert not dialog._again.isActive()
    with qtbot.assertNotEmitted(dialog.chosen):
        dialog.accept()
    assert looks == [None]
