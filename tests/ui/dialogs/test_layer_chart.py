from dataclasses import replace

import pytest
from PyQt6.QtCore import QEvent, QPoint
from PyQt6.QtGui import QColor, QHelpEvent
from PyQt6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import LayerInfo
from pedcam.ui import text, theme
from pedcam.ui.dialogs.layer_chart import LayerChart

# 16, 144 and 64 weights: roots of 4, 12 and 8.
LAYERS = (
    LayerInfo("stem", 32, (4, 4, 1, 1), 0, 64),
    LayerInfo("deep", 1, (4, 4, 3, 3), 0, 18),
    LayerInfo("head", 8, (8, 8, 1, 1), 0, 64),
)


@pytest.fixture
def chart(qtbot: QtBot) -> LayerChart:
    made = LayerChart()
    qtbot.addWidget(made)
    made.resize(249, 28)
    with qtbot.waitExposed(made):
        made.show()
    made.set_layers(LAYERS)
    return made


def test_layers_are_as_wide_as_they_have_weights(chart: LayerChart) -> None:
    # 3 for each, and 240 shared by 4, 12 and 8 of 24.
    assert [(span.left(), span.width()) for span in chart.spans()] == [
        (0, 43),
        (43, 123),
        (166, 83),
    ]
    assert chart.accessibleDescription() == "1 of 3 layers have 1 bit per weight"


def test_nothing_is_beyond_the_edge(chart: LayerChart) -> None:
    chart.set_layers(LAYERS * 40)
    spans = chart.spans()
    assert len(spans) == 120
    assert spans[-1].right() == pytest.approx(249)
    assert min(span.width() for span in spans) > 0


def test_without_layers(chart: LayerChart) -> None:
    chart.set_layers(())
    assert chart.spans() == []
    image = chart.grab().toImage()
    assert image.pixelColor(10, 14) == image.pixelColor(200, 14)


def test_bits_look_different(chart: LayerChart) -> None:
    image = chart.grab().toImage()
    colors = theme.colors()

    def share(left: int, right: int) -> float:
        """How much of a part has the colour of binary layers."""
        places = [(x, y) for x in range(left, right) for y in range(2, 26)]
        accent = QColor(colors.accent)
        return sum(image.pixelColor(*place) == accent for place in places) / len(places)

    assert share(2, 40) == 0
    assert share(46, 160) == 1
    assert 0.05 < share(170, 245) < 0.6
    assert image.pixelColor(20, 14) == QColor(colors.line)


def ask(chart: LayerChart, x: int) -> None:
    place = QPoint(x, 14)
    QApplication.sendEvent(chart, QHelpEvent(QEvent.Type.ToolTip, place, chart.mapToGlobal(place)))


def test_the_layer_under_the_pointer_is_named(
    chart: LayerChart, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, words, widget: told.append(words))
    for x in (10, 100, 240):
        ask(chart, x)
    assert told == [
        "stem: 32 bits per weight, 16 weights",
        "deep: 1 bits per weight, 144 weights",
        "head: 8 bits per weight, 64 weights",
    ]


def test_names_of_strangers_are_no_markup(
    chart: LayerChart, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, words, widget: told.append(words))
    chart.set_layers((replace(LAYERS[0], name="<img src='/tmp/x'>"),))
    ask(chart, 100)
    assert told == [text.plain("<img src='/tmp/x'>: 32 bits per weight, 16 weights")]
