"""The comparison of two presets in the whole window."""

from dataclasses import replace
from typing import Any

import pytest
import supervision as sv
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import PresetError
from pedcam.ui.compare.state import Layout
from pedcam.ui.main_window import MainWindow
from tests.factories import make_detections
from tests.ui.wired import CTRL, PERSON, MakeResult, compared, secret

# Where a test fails, a real question would wait for ever.
pytestmark = pytest.mark.usefixtures("answers")


@pytest.mark.parametrize("layout", list(Layout))
def test_nothing_of_a_person_is_left_in_the_comparison(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    monkeypatch: pytest.MonkeyPatch,
    layout: Layout,
) -> None:
    # Only the other preset finds the person.
    found = make_detections(PERSON)
    monkeypatch.setattr(
        type(window.player.pool), "detect", lambda pool, name, image, threshold, rows: found
    )
    window.services.comparison.set_layout(layout)
    qtbot.keyClick(window, "C")

    def seen(phase: int, index: int) -> list[Any]:
        result = replace(secret(make_result(), phase, index), detections=sv.Detections.empty())
        playing.on_result(result)
        view = window.compare_view
        qtbot.waitUntil(lambda: view.pair is not None and view.pair.left is result)
        return [pane.grab().toImage() for pane in view.panes()]

    for clear in zip(seen(0, 1), seen(1, 2), strict=True):
        assert clear[0] != clear[1]
    qtbot.keyClick(window, "P")
    assert seen(0, 3) == seen(1, 4)


def test_comparing_and_back(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    view = window.compare_view
    qtbot.keyClick(window, "C")
    assert window.actions_.compare.isChecked()
    assert window.actions_.divider.isEnabled()
    # The picture on the screen is compared at once, also where it stands still.
    qtbot.waitUntil(lambda: view.pair is not None)
    assert view.isVisible()
    assert not window.view.isVisible()
    pair = view.pair
    assert pair is not None
    # Preset half finds the two of the result, float never anybody; both are as far as full from it.
    assert (pair.left.preset, pair.right_preset, len(pair.right)) == ("half", "float", 0)
    assert pair.only_left.tolist() == [True, True]
    assert view.panes() == [view.left, view.right]
    assert view.left.accessibleDescription() == "Title of half · 10 ms · people: 2 · only here: 2"
    right = f"Title of float · {pair.right_ms:.0f} ms · people: 0"
    assert view.right.accessibleDescription() == right
    assert view.left.isVisible()
    assert view.right.isVisible()

    qtbot.keyClick(window, "V")
    assert window.actions_.divider.isChecked()
    assert view.panes() == [view.both]
    assert view.both.isVisible()
    assert not view.left.isVisible()
    assert view.both.accessibleDescription() == (
        f"Title of half · 10 ms · people: 2 · only here: 2; {right}"
    )

    # What goes on is compared, and makes the figures too.
    playing.on_result(make_result(index=1, count=1))
    qtbot.waitUntil(lambda: view.pair is not None and view.pair.left.frame.index == 1)
    assert window.services.meter.figures().people == 1

    qtbot.keyClick(window, "C")
    assert not window.actions_.compare.isChecked()
    assert window.view.isVisible()
    assert view.pair is None
    qtbot.keyClick(window, "V")
    assert window.services.comparison.layout is Layout.DIVIDER  # its key means nothing now


def test_the_zoom_keys_work_on_the_comparison(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    view = window.compare_view
    qtbot.keyClick(window, "C")
    qtbot.waitUntil(lambda: view.pair is not None)
    qtbot.keyClick(window, Qt.Key.Key_Plus, CTRL)
    assert (view.left.zoom, view.right.zoom, window.view.zoom) == (1.25, 1.25, 1.0)
    qtbot.keyClick(window, Qt.Key.Key_0, CTRL)
    assert (view.left.zoom, view.right.zoom) == (1.0, 1.0)
    qtbot.keyClick(window, "V")
    qtbot.keyClick(window, Qt.Key.Key_Plus, CTRL)
    assert (view.both.zoom, view.left.zoom) == (1.25, 1.0)


def test_the_divider_is_moved_by_keys_at_once(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    view = window.compare_view
    qtbot.keyClick(window, "C")
    qtbot.keyClick(window, "V")
    qtbot.waitUntil(lambda: view.pair is not None)
    focused = window.focusWidget()
    assert focused is view.both
    qtbot.keyClick(focused, Qt.Key.Key_Right, CTRL)
    assert view.both.divider == pytest.approx(0.52)
    assert playing.seeks == []


def test_the_sides_swap_where_the_other_preset_is_to_run(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    view = window.compare_view
    heard: list[tuple[str | None, str | None]] = []
    qtbot.keyClick(window, "C")
    assert compared(window) == ("half", "float")
    window.services.comparison.subscribe(lambda: heard.append(compared(window)))
    qtbot.keyClick(window, "1")
    assert compared(window) == ("float", "half")
    assert playing.preset == "float"
    result = make_result(preset="float", count=0, index=1)
    playing.on_result(result)
    qtbot.waitUntil(lambda: view.pair is not None and view.pair.left is result)
    # Both are of preset half now, which finds one person in everything.
    assert view.pair is not None
    assert (view.pair.right_preset, len(view.pair.right)) == ("half", 1)
    assert window.compare_box.other.currentData() == "half"
    assert all(left != right for left, right in heard)


def test_what_runs_may_go_to_a_third_preset(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    qtbot.keyClick(window, "C")
    qtbot.keyClick(window, "3")
    assert compared(window) == ("full", "float")
    qtbot.keyClick(window, "1")
    assert compared(window) == ("float", "full")


@pytest.mark.parametrize("removed", [False, True])
def test_where_the_preset_that_runs_is_gone_the_comparison_ends_with_it(
    qtbot: QtBot, playing: Any, window: MainWindow, removed: bool
) -> None:
    control = window.player.preset_control
    window.player.preset_control.choose("float")
    window.services.comparison_control.compare("half", window.view.result)
    if removed:
        control.remove("float")
    else:
        control.drop("float", PresetError("Preset float cannot be run."))
    # The nearest, which runs now, is the one that it was compared with.
    assert compared(window) == ("half", None)
    assert window.view.isVisible()


def test_another_source_is_compared_as_a_whole(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    view = window.compare_view
    panes = [view.left, view.right, view.both]
    qtbot.keyClick(window, "C")
    qtbot.waitUntil(lambda: view.pair is not None)
    for pane in panes:
        pane.look(2.0, (0.3, 0.6))
    window.player.open("other.mp4")
    assert window.services.comparison.active
    assert [(pane.zoom, pane.center) for pane in panes] == [(1.0, (0.5, 0.5))] * 3


def test_the_end_of_the_source_ends_the_comparison(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    qtbot.keyClick(window, "C")
    qtbot.waitUntil(lambda: window.compare_view.pair is not None)
    window.player.close_source()
    assert not window.services.comparison.active
    assert window.compare_view.pair is None
    assert not window.playing_page_shown
