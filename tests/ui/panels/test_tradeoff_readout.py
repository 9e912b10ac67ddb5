"""The figures under the chart."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from pedcam.ui.panels.tradeoff_points import Quality, Yardstick
from pedcam.ui.panels.tradeoff_readout import TradeoffReadout
from tests.ui.panels.test_tradeoff_words import POINT, VALIDATION


def shown(readout: TradeoffReadout) -> list[tuple[str, str]]:
    figures = (readout.time, readout.rate, readout.file, readout.quality)
    return [(figure.number.text(), figure.caption.text()) for figure in figures]


def test_figures_of_a_preset(qtbot: QtBot) -> None:
    readout = TradeoffReadout()
    qtbot.addWidget(readout)
    readout.show_point(POINT, VALIDATION)
    assert readout.title.text() == "Title of net-19"
    assert shown(readout) == [
        ("39 ms", "a picture"),
        ("31", "frames/s"),
        ("2.1 MB", "8.0\N{MULTIPLICATION SIGN} smaller"),
        ("34.9 %", "missed"),
    ]
    assert "671 pictures" in readout.quality.toolTip()


def test_the_live_speed_and_the_precision_have_their_captions(qtbot: QtBot) -> None:
    readout = TradeoffReadout()
    qtbot.addWidget(readout)
    readout.show_point(replace(POINT, live_ms=51.4), Yardstick(Quality.AP50, "val", 1))
    assert shown(readout)[0] == ("39 ms", "now 51 ms")
    assert shown(readout)[3] == ("34.9 %", "precision")


def test_dashes_where_nothing_is_known(qtbot: QtBot) -> None:
    readout = TradeoffReadout()
    qtbot.addWidget(readout)
    dash = "\N{EN DASH}"
    readout.show_point(replace(POINT, detect_ms=None, rate=None, quality=None), None)
    assert [number for number, _ in shown(readout)] == [dash, dash, "2.1 MB", dash]
    readout.show_point(None, None)
    assert [number for number, _ in shown(readout)] == [dash] * 4
