import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from pedcam.ui.player.seek_slider import SeekSlider


@pytest.fixture
def slider(qtbot: QtBot) -> SeekSlider:
    """216 pixels wide: 200 between the ends, two seconds to the pixel."""
    made = SeekSlider()
    qtbot.addWidget(made)
    made.resize(216, 24)
    made.set_duration(400.0)
    made.set_position(100.0, 0)
    made.show()
    return made


@pytest.fixture
def sent(slider: SeekSlider) -> list[float]:
    wanted: list[float] = []
    slider.seek_wanted.connect(wanted.append)
    return wanted


def wheel(slider: SeekSlider, delta: int) -> None:
    event = QWheelEvent(
        QPointF(50, 10),
        QPointF(slider.mapToGlobal(QPoint(50, 10))),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)


@pytest.mark.parametrize(("x", "seconds"), [(58, 100.0), (8, 0.0), (0, 0.0), (208, 400.0)])
def test_a_click_jumps_to_its_place(qtbot, slider, sent, x, seconds) -> None:
    slider.set_position(50.0, 0)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
    assert sent == [seconds]
    assert slider.shown == seconds


def test_dragging_asks_for_one_picture_at_a_time(qtbot, slider, sent) -> None:
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(58, 10))
    for x in (68, 78, 88):
        qtbot.mouseMove(slider, QPoint(x, 10))
    assert sent == [100.0]
    assert slider.shown == 160.0
    slider.set_position(100.0, 1)
    assert sent == [100.0, 160.0]
    # The pointer has the handle, wherever the picture is.
    slider.set_position(160.0, 2)
    slider.set_position(160.1, 2)
    assert slider.shown == 160.0
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(88, 10))
    slider.set_position(160.2, 2)
    assert slider.shown == 160.2
    assert sent == [100.0, 160.0]


def test_pictures_from_before_a_jump_do_not_pull_the_handle_back(qtbot, slider, sent) -> None:
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(108, 10))
    slider.set_position(100.1, 0)
    assert slider.shown == 200.0
    slider.set_position(200.04, 1)
    assert slider.shown == 200.04


def test_a_jump_without_an_answer_is_given_up(qtbot, slider, sent) -> None:
    slider._patience.setInterval(1)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(108, 10))
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(118, 10))
    qtbot.waitUntil(lambda: slider.shown == 100.0)
    assert sent == pytest.approx([200.0, 220.0])


@pytest.mark.parametrize(
    ("key", "seconds"),
    [
        (Qt.Key.Key_Right, 105.0),
        (Qt.Key.Key_Left, 95.0),
        (Qt.Key.Key_PageUp, 160.0),
        (Qt.Key.Key_PageDown, 40.0),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, 400.0),
    ],
)
def test_keys(qtbot, slider, sent, key, seconds) -> None:
    qtbot.keyClick(slider, key)
    assert sent == [seconds]


def test_steps_add_up_while_a_jump_is_under_way(qtbot, slider, sent) -> None:
    for _ in range(3):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    slider.set_position(105.0, 1)
    assert sent == [105.0, 115.0]


def test_the_wheel_moves_by_five_seconds_a_notch(slider, sent) -> None:
    wheel(slider, 120)
    slider.set_position(105.0, 1)
    wheel(slider, -240)
    assert sent == [105.0, 95.0]


def test_the_time_under_the_pointer_is_told(qtbot, slider) -> None:
    qtbot.mouseMove(slider, QPoint(108, 10))
    assert QToolTip.isVisible()
    assert QToolTip.text() == "3:20"
    QToolTip.hideText()


def test_without_a_length_nothing_can_be_asked(qtbot, slider, sent) -> None:
    slider.set_duration(None)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(58, 10))
    assert not slider.isEnabled()
    assert sent == []


def test_it_tells_its_position_in_words(slider) -> None:
    assert slider.accessibleDescription() == "1:40 of 6:40"
