"""The note about the measurements."""

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.panels.tradeoff_measuring import TradeoffMeasuring
from pedcam.ui.state.measurements import Measurements
from pedcam.ui.state.presets import PresetChoice
from tests.ui.conftest import PRESETS


@pytest.fixture
def measurements() -> Measurements:
    return Measurements()


@pytest.fixture
def panel(qtbot: QtBot, measurements: Measurements) -> TradeoffMeasuring:
    made = TradeoffMeasuring(measurements, PresetChoice(PRESETS))
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
    measurements.start()
    measurements.advance(0.35)
    assert not panel.progress.isHidden()
    assert panel.progress.value() == 35
    assert panel.note.text() == "Measuring the presets… 35 %"
    with qtbot.waitSignal(panel.cancelled), qtbot.assertNotEmitted(panel.asked):
        panel.button.click()


def test_it_says_what_it_waits_for_and_what_failed(
    panel: TradeoffMeasuring, measurements: Measurements
) -> None:
    measurements.wait()
    assert panel.note.text() == "Measuring begins when the video is paused or closed."
    assert panel.button.text() == "Cancel"
    measurements.stop("It broke.")
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
