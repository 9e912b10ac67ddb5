import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.rules.duration_box import DurationBox


@pytest.fixture
def box(qtbot: QtBot) -> DurationBox:
    made = DurationBox(least=1.0)
    qtbot.addWidget(made)
    made.setKeyboardTracking(False)
    made.show()
    return made


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1.0, "1 s"),
        (2.5, "2.5 s"),
        (60.0, "60 s"),
        (90.0, "90 s"),
        (120.0, "2 min"),
        (5400.0, "90 min"),
        (3600.0, "1 h"),
        (86400.0, "24 h"),
        (3601.0, "3601 s"),
    ],
)
def test_it_says_a_duration_as_people_do(box: DurationBox, seconds: float, text: str) -> None:
    box.setValue(seconds)
    assert box.text() == text


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("45", 45.0),
        ("45 s", 45.0),
        ("45 seconds", 45.0),
        ("2,5", 2.5),
        ("3 min", 180.0),
        ("3m", 180.0),
        ("1.5 h", 5400.0),
        ("2 Hours", 7200.0),
    ],
)
def test_it_is_typed_in_any_unit(
    qtbot: QtBot, box: DurationBox, typed: str, seconds: float
) -> None:
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == seconds


@pytest.mark.parametrize("typed", ["", "soon", "0", "25 h", "-3", "1 parsec"])
def test_what_is_no_duration_changes_nothing(qtbot: QtBot, box: DurationBox, typed: str) -> None:
    box.setValue(30.0)
    box.selectAll()
    qtbot.keyClick(box, Qt.Key.Key_Delete)
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 30.0
    assert box.text() == "30 s"


@pytest.mark.parametrize(
    ("start", "up", "down"),
    [(1, 2, 1), (9, 10, 8), (10, 15, 9), (32, 35, 30), (60, 90, 55), (600, 900, 570)],
)
def test_steps_grow_with_the_duration(box: DurationBox, start: int, up: int, down: int) -> None:
    box.setValue(start)
    box.stepBy(1)
    assert box.value() == up
    box.setValue(start)
    box.stepBy(-1)
    assert box.value() == down


def test_several_steps_at_once(box: DurationBox) -> None:
    box.setValue(9)
    box.stepBy(3)
    assert box.value() == 20
