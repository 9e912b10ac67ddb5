from collections.abc import Callable, Sequence

from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.panels.figures_panel import FiguresPanel
from pedcam.ui.state.figures import FigureMeter
from pedcam.ui.state.presets import PresetChoice
from pedcam.ui.text import UNKNOWN
from pedcam.video.stream import Result

NAMES = ("people", "rate", "dropped", "detect_ms", "latency_ms", "provider")


def test_figures_are_shown_by_themselves(
    qtbot: QtBot, presets: Sequence[Preset], make_result: Callable[..., Result]
) -> None:
    times = iter([10.0, 10.0, 10.04, 10.04, 10.04])
    meter = FigureMeter(clock=lambda: next(times, 10.04))
    choice = PresetChoice(presets, "half")
    panel = FiguresPanel(meter, choice)
    qtbot.addWidget(panel)
    assert {panel.value(name) for name in NAMES} == {UNKNOWN}

    choice.mark_ready("half", "cpu")
    meter.add(make_result(index=0, detect_ms=12.34))
    meter.add(make_result(index=1, detect_ms=12.34, latency_ms=21.6, count=7, dropped=3))
    qtbot.waitUntil(lambda: panel.value("people") == "7")
    assert panel.value("detect_ms") == "12.3"
    assert panel.value("dropped") == "3"
    assert panel.value("provider") == "CPU"


def test_numbers_do_not_move_their_neighbours(
    qtbot: QtBot, presets: Sequence[Preset], make_result: Callable[..., Result]
) -> None:
    meter = FigureMeter()
    panel = FiguresPanel(meter, PresetChoice(presets))
    qtbot.addWidget(panel)
    panel.resize(272, 90)
    panel.show()
    before = [child.geometry() for child in panel.children() if hasattr(child, "set_value")]
    meter.add(make_result(count=88, detect_ms=1234.5, latency_ms=9999, dropped=123_456))
    panel.refresh()
    panel.layout().activate()
    assert [child.geometry() for child in panel.children() if hasattr(child, "set_value")] == before
