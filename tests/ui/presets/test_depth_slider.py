"""The slider that snaps to presets."""

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.presets.depth_slider import DepthSlider
from pedcam.ui.presets.selection import PresetSelection
from tests.factories import fake_preset as make_preset

PRESETS = (
    make_preset("net-00", 0, 0.5, 17_000_000),
    make_preset("net-19", 19, 0.5, 2_100_000),
    make_preset("net-28", 28, 0.5, 620_000),
    make_preset("other-09", 9, 0.5),
)


@pytest.fixture
def choice() -> PresetSelection:
    return PresetSelection(PRESETS, "net-19")


@pytest.fixture
def slider(qtbot: QtBot, choice: PresetSelection) -> DepthSlider:
    made = DepthSlider(choice)
    qtbot.addWidget(made)
    made.resize(320, 90)
    made.chosen.connect(choice.select)
    with qtbot.waitExposed(made):
        made.show()
    return made


def names(slider: DepthSlider) -> list[str]:
    return [preset.name for preset in slider.stops]


def test_it_runs_over_the_network_of_the_chosen_one(
    slider: DepthSlider, choice: PresetSelection
) -> None:
    assert names(slider) == ["net-28", "net-19", "net-00"]
    assert slider.value.text() == "19 of 28 layers binary · 2.1 MB"
    assert slider.slider.value() == 1
    choice.select("other-09")
    assert names(slider) == ["other-09"]
    assert not slider.slider.isEnabled()
    assert "only one depth" in slider.slider.toolTip()


def test_of_two_of_the_same_depth_the_chosen_one_counts(
    slider: DepthSlider, choice: PresetSelection
) -> None:
    choice.set_presets([make_preset(name, 19, 0.5) for name in ("first-19", "first-019")])
    assert names(slider) == ["first-19"]
    choice.select("first-019")
    assert names(slider) == ["first-019"]


def test_what_cannot_run_is_no_stop(slider: DepthSlider, choice: PresetSelection) -> None:
    choice.mark_failed("net-28", "broken")
    assert names(slider) == ["net-19", "net-00"]


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ([Qt.Key.Key_Left], "net-28"),
        ([Qt.Key.Key_Left, Qt.Key.Key_Left], "net-28"),
        ([Qt.Key.Key_Right], "net-00"),
        ([Qt.Key.Key_Home], "net-28"),
        ([Qt.Key.Key_End], "net-00"),
        ([Qt.Key.Key_PageUp, Qt.Key.Key_PageDown], "net-19"),
    ],
)
def test_keys_go_from_stop_to_stop(
    qtbot: QtBot, slider: DepthSlider, choice: PresetSelection, keys: list[Qt.Key], name: str
) -> None:
    for key in keys:
        qtbot.keyClick(slider.slider, key)
    assert choice.selected == name
    assert slider.stops[slider.slider.value()].name == name


def test_clicks_and_drags_snap_to_the_nearest_stop(
    qtbot: QtBot, slider: DepthSlider, choice: PresetSelection
) -> None:
    inner = slider.slider
    # The fastest on the left, as in the chart.
    deepest, middle, float_ = (inner.place_of(stop).toPoint() for stop in range(3))
    qtbot.mousePress(inner, Qt.MouseButton.LeftButton, pos=float_ - QPoint(20, 0))
    assert choice.selected == "net-00"
    half_way = (deepest + middle) / 2
    qtbot.mouseMove(inner, half_way + QPoint(3, 0))
    assert choice.selected == "net-19"
    with qtbot.assertNotEmitted(slider.chosen):
        qtbot.mouseMove(inner, middle)
    qtbot.mouseMove(inner, half_way - QPoint(3, 0))
    assert choice.selected == "net-28"
    qtbot.mouseRelease(inner, Qt.MouseButton.LeftButton, pos=float_)
    assert choice.selected == "net-28"


def test_the_wheel_is_left_to_the_panel(slider: DepthSlider) -> None:
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider.slider, wheel)
    assert not wheel.isAccepted()
    assert slider.slider.value() == 1


def test_a_change_from_elsewhere_tells_nobody(
    qtbot: QtBot, slider: DepthSlider, choice: PresetSelection
) -> None:
    with qtbot.assertNotEmitted(slider.chosen):
        choice.select("net-00")
    assert slider.slider.value() == 2


def test_without_presets_there_is_a_dash(slider: DepthSlider, choice: PresetSelection) -> None:
    choice.set_presets([])
    assert slider.value.text() == "\N{EN DASH}"
    assert not slider.slider.isEnabled()
    slider.grab()


def test_stops_are_of_the_present_input_size(slider: DepthSlider, choice: PresetSelection) -> None:
    sizes = {(128, 96): None}
    sized = [make_preset(f"net-{depth:02}", depth, sizes=sizes) for depth in (0, 19)]
    choice.set_presets([*sized, make_preset("net-28", 28)])
    assert names(slider) == ["net-28", "net-19", "net-00"]
    choice.select("net-19@128x96")
    assert names(slider) == ["net-28", "net-19@128x96", "net-00@128x96"]
    assert slider.slider.value() == 1
