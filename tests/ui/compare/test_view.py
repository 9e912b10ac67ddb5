from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import supervision as sv
from PyQt6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.compare.state import ComparisonState, Layout
from pedcam.ui.compare.view import CompareView
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.video.stream.comparison import Pair
from pedcam.video.stream.results import Result


@pytest.fixture
def state() -> ComparisonState:
    made = ComparisonState()
    made.set_other("full")
    return made


@pytest.fixture
def view(qtbot: QtBot, state: ComparisonState) -> CompareView:
    made = CompareView(ViewOptions(), state, str.title)
    qtbot.addWidget(made)
    made.resize(802, 300)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def pair(make_result: Callable[..., Result]) -> Pair:
    """Two people on the left, one of them also on the right with two others."""
    right = sv.Detections(
        np.array([[0, 4, 6, 20], [30, 4, 36, 20], [40, 4, 46, 20]], np.float32),
        confidence=np.array([0.9, 0.8, 0.7], np.float32),
    )
    return Pair(
        make_result(count=2), right, "full", 3.0, np.array([False, True]), np.array([0, 1, 1], bool)
    )


def test_side_by_side(view: CompareView, pair: Pair) -> None:
    view.set_pair(pair)
    assert view.panes() == [view.left, view.right]
    assert (view.left.width(), view.right.width()) == (400, 400)
    assert view.left.viewport.picture == view.right.viewport.picture == (64, 48)
    assert view.left.accessibleDescription() == "Half · people: 2 · only here: 1"
    assert view.right.accessibleDescription() == "Full · people: 3 · only here: 2"


def test_with_a_divider(view: CompareView, state: ComparisonState, pair: Pair) -> None:
    view.set_pair(pair)
    state.set_layout(Layout.DIVIDER)
    assert view.panes() == [view.both]
    assert view.both.isVisible()
    assert not view.left.isVisible()
    assert view.both.accessibleDescription() == (
        "Half · people: 2 · only here: 1; Full · people: 3 · only here: 2"
    )


def test_the_rates_are_told(view: CompareView, state: ComparisonState, pair: Pair) -> None:
    view.set_pair(pair)
    state.set_rates(24.6, None)
    assert view.left.accessibleDescription().startswith("Half · 25 frames/s · ")
    assert "frames/s" not in view.right.accessibleDescription()


def test_whom_both_found_is_not_counted_as_different(view: CompareView, pair: Pair) -> None:
    view.set_pair(replace(pair, only_left=np.zeros(2, bool), only_right=np.zeros(3, bool)))
    assert view.left.accessibleDescription() == "Half · people: 2"


def test_no_pair(view: CompareView, pair: Pair) -> None:
    view.set_pair(pair)
    view.set_pair(None)
    assert view.pair is None
    assert view.left.viewport is None


def test_both_look_at_the_same_place(view: CompareView, pair: Pair) -> None:
    view.set_pair(pair)
    view.left.zoom_in()
    assert view.right.zoom == 1.25
    view.right.look(4.0, (0.3, 0.6))
    assert (view.left.zoom, view.left.center) == (4.0, (0.3, 0.6))
    view.left.fit()
    assert (view.right.zoom, view.right.center) == (1.0, (0.5, 0.5))


@pytest.mark.parametrize("layout", list(Layout))
def test_a_double_click_is_told(
    qtbot: QtBot, view: CompareView, state: ComparisonState, pair: Pair, layout: Layout
) -> None:
    state.set_layout(layout)
    view.set_pair(pair)
    for pane in view.panes():
        with qtbot.waitSignal(view.double_clicked):
            # Beside the divider.
            qtbot.mouseDClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(40, 150))


def test_the_focus_stays_with_the_picture(view: CompareView, state: ComparisonState) -> None:
    view.setFocus()
    assert view.left.hasFocus()
    state.set_layout(Layout.DIVIDER)
    assert view.both.hasFocus()
    state.set_layout(Layout.SIDE_BY_SIDE)
    assert view.left.hasFocus()
    view.left.clearFocus()
    state.set_layout(Layout.DIVIDER)
    assert not view.both.hasFocus()


@pytest.mark.parametrize("layout", list(Layout))
def test_who_is_hidden_by_the_blur(
    view: CompareView, state: ComparisonState, pair: Pair, layout: Layout
) -> None:
    state.set_layout(layout)
    assert view.hidden.shape == (0, 4)
    everybody = [*pair.left.detections.xyxy.tolist(), *pair.right.xyxy.tolist()]
    view.set_pair(pair)
    assert view.hidden.tolist() == everybody
    nobody, none = sv.Detections.empty(), np.zeros(0, bool)
    view.set_pair(
        replace(
            pair,
            left=replace(pair.left, detections=nobody),
            right=nobody,
            only_left=none,
            only_right=none,
        )
    )
    # As in the picture: whoever is missed stays hidden for a moment.
    assert view.hidden.tolist() == everybody
    view.set_pair(None)
    assert view.hidden.shape == (0, 4)
