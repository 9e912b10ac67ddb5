from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from pedcam.ui.main_window import MainWindow
from pedcam.ui.side_panel import WIDTH, SidePanel


@pytest.fixture
def panel(qtbot: QtBot) -> SidePanel:
    made = SidePanel()
    qtbot.addWidget(made)
    made.resize(WIDTH, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def labels() -> list[QLabel]:
    return [QLabel(name) for name in ("one", "two", "three")]


def test_pages_are_turned(qtbot: QtBot, panel: SidePanel, labels: list[QLabel]) -> None:
    panel.add_page("a", "Page A", labels[:2])
    panel.add_page("b", "Page B", labels[2:], scrolls=False)
    assert [panel.tabText(number) for number in (0, 1)] == ["Page A", "Page B"]
    assert panel.current == "a"
    assert labels[0].isVisible()
    assert not labels[2].isVisible()
    panel.turn_to("b")
    assert panel.current == "b"
    assert labels[2].isVisible()
    panel.turn_to("not there")
    assert panel.current == "b"
    qtbot.mouseClick(panel.tabs, Qt.MouseButton.LeftButton, pos=panel.tabs.tabRect(0).center())
    assert panel.current == "a"


def test_a_panel_without_pages(panel: SidePanel) -> None:
    assert panel.current == ""
    panel.turn_to("a")
    assert panel.current == ""


def test_parts_are_set_apart(panel: SidePanel, labels: list[QLabel]) -> None:
    panel.add_page("a", "Page A", labels)
    lines = [line for line in panel.findChildren(QFrame) if line.property("hairline")]
    assert len(lines) == 2


def test_only_a_page_that_is_too_long_scrolls(
    qtbot: QtBot, panel: SidePanel, labels: list[QLabel]
) -> None:
    panel.add_page("a", "Page A", labels[:1])
    panel.add_page("b", "Page B", labels[1:2], scrolls=False)
    (area,) = panel.findChildren(QScrollArea)
    bar = area.verticalScrollBar()
    assert bar is not None
    assert bar.maximum() == 0
    labels[0].setFixedHeight(900)
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    # The last part of one that does not scroll takes the room there is.
    panel.turn_to("b")
    qtbot.waitUntil(lambda: labels[1].height() > 150)


@pytest.mark.parametrize("width", [WIDTH, 480])
def test_pages_are_as_wide_as_the_panel(
    qtbot: QtBot, panel: SidePanel, labels: list[QLabel], width: int
) -> None:
    labels[0].setText("very long words " * 40)
    labels[0].setWordWrap(True)
    panel.add_page("a", "Page A", labels[:1])
    panel.resize(width, 300)
    qtbot.waitUntil(lambda: width - 80 < labels[0].width() <= width)


def test_the_tabs_keep_their_keys_in_the_window(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    tabs = window.panel.tabs
    tabs.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert window.panel.current == "zones"
    qtbot.keyClick(tabs, Qt.Key.Key_Left)
    assert window.panel.current == "live"
    assert playing.seeks == []
    # Others are the window's also here.
    qtbot.keyClick(tabs, "1")
    assert playing.preset == "float"
