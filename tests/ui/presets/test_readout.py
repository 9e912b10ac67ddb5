"""The figures under the chart."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.presets.measurements import Measurements, Phase
from pedcam.ui.presets.readout import TradeoffMeasuring, TradeoffReadout
from pedcam.ui.presets.selection import PresetSelection
from tests.ui.conftest import PRESETS
from tests.ui.presets.test_points import POINT, VALIDATION


def shown(readout: TradeoffReadout) -> list[tuple[str, str]]:
    figures = (readout.time, readout.rate, readout.file, readout.found)
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
        ("65 %", "found"),
    ]
    assert "671 pictures" in readout.found.toolTip()


def test_dashes_where_nothing_is_known(qtbot: QtBot) -> None:
    readout = TradeoffReadout()
    qtbot.addWidget(readout)
    estimated = replace(POINT, detect_ms=None, rate=None, expected_ms=193.0)
    readout.show_point(estimated, VALIDATION)
    assert shown(readout)[0] == ("193 ms", "estimated")
    dash = "\N{EN DASH}"
    readout.show_point(replace(POINT, detect_ms=None, rate=None, found=None), None)
    assert [number for number, _ in shown(readout)] == [dash, dash, "2.1 MB", dash]
    readout.show_point(None, None)
    assert [number for number, _ in shown(readout)] == [dash] * 4


@pytest.fixture
def measurements() -> Measurements:
    return Measurements()


@pytest.fixture
def panel(qtbot: QtBot, measurements: Measurements) -> TradeoffMeasuring:
    made = TradeoffMeasuring(measurements, PresetSelection(PRESETS))
    qtbot.addWidget(made)
    return made


def test_first_it_offers_to_measure(qtbot: QtBot, panel: TradeoffMeasuring) -> None:
    assert panel.note.text() == "Speed not measured on this computer yet."
    assert panel.button.text() == "Measure"
    with qtbot.waitSignal(panel.asked):
        panel.button.click()


def test_progress_can_be_cancelled(
    qtbot: QtBot, panel: TradeoffMeasuring, measurements: Measurements
) -> None:
    measurements.set_phase(Phase.RUNNING)
    measurements.set_progress(0.35)
    assert not panel.progress.isHidden()
    assert panel.progress.value() == 35
    assert panel.note.text() == "Measuring the presets… 35 %"
    with qtbot.waitSignal(panel.cancelled), qtbot.assertNotEmitted(panel.asked):
        panel.button.click()


def test_it_says_what_it_waits_for_and_what_failed(
    panel: TradeoffMeasuring, measurements: Measurements
) -> None:
    measurements.set_phase(Phase.WAITING)
    assert panel.note.text() == "Measuring begins when the video is paused or closed."
    assert panel.button.text() == "Cancel"
    measurements.set_phase(Phase.IDLE, "It broke.")
    assert panel.note.text() == "It broke."
    assert panel.progress.isHidden()


def test_it_names_the_machine_the_date_and_what_is_missing(
    panel: TradeoffMeasuring, measurements: Measurements
) -> None:
    row = {"file_bytes": PRESETS[0].file_bytes, "inference_ms": 20.0}
    about = {"machine": "Some processor", "date": "2026-11-24T12:00:00+00:00"}
    measurements.set_rows({"float": row}, about)
    # The month is named in the language of the computer.
    assert panel.note.text().startswith("Measured on Some processor, 24 ")
    assert panel.note.text().endswith("2026 · 2 not yet")
    measurements.set_rows({preset.name: row for preset in PRESETS}, about)
    assert panel.note.text().endswith("2026")
    assert panel.button.text() == "Measure again"
