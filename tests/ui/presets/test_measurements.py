"""What is known of the presets' speed on this machine."""

import math
from typing import Any

import pytest

from pedcam.ui.presets.measurements import Measurements, Phase
from tests.factories import fake_preset as make_preset
from tests.ui.conftest import PRESETS

FLOAT, HALF, _ = PRESETS
SIZE = FLOAT.file_bytes
ABOUT = {"machine": "Some processor", "date": "2026-11-24T15:00:00+00:00"}
ROW = {
    "file_bytes": SIZE,
    "provider": "cpu",
    "inference_ms": 20.0,
    "frames_per_second": 45.0,
    "stages": {"read_ms": 9.0, "letterbox_ms": 1.0, "inference_ms": 22.0, "postprocess_ms": 0.5},
}


def measured(row: dict[str, Any]) -> Measurements:
    measurements = Measurements()
    measurements.set_rows({"float": row}, ABOUT)
    return measurements


def test_a_detection_is_fitting_the_network_and_selecting_without_reading() -> None:
    speed = measured(ROW).speed(FLOAT)
    assert speed is not None
    assert speed.detect_ms == 23.5
    assert speed.frames_per_second == 45.0


@pytest.mark.parametrize("stages", [None, {}, {"inference_ms": 22.0}, {"letterbox_ms": "1"}, []])
def test_without_all_stages_the_network_alone_counts(stages: object) -> None:
    speed = measured(ROW | {"stages": stages}).speed(FLOAT)
    assert speed is not None
    assert speed.detect_ms == 20.0


@pytest.mark.parametrize("value", [None, 0, -1, math.nan, math.inf, "20", True])
def test_rows_without_a_time_are_left_out(value: object) -> None:
    assert measured({"file_bytes": SIZE, "inference_ms": value}).speed(FLOAT) is None


def test_another_file_of_the_name_or_another_device_is_not_measured() -> None:
    measurements = measured(ROW)
    assert measurements.speed(make_preset("float", 0, 0.5, SIZE + 1)) is None
    assert measurements.speed(HALF) is None
    assert measurements.speed(FLOAT, "cuda") is None
    assert measurements.speed(FLOAT, "cpu") is not None


def test_what_is_said_of_the_machine_is_plain_and_short() -> None:
    measurements = Measurements()
    measurements.set_rows({}, {"machine": "a\x1bb", "date": "9" * 1000})
    assert measurements.machine == ""
    assert measurements.date == "9" * 200


def test_phases_follow_each_other() -> None:
    measurements, seen = Measurements(), []
    measurements.subscribe(lambda: seen.append((measurements.phase, measurements.progress)))
    measurements.set_progress(0.5)
    measurements.set_phase(Phase.WAITING)
    measurements.set_phase(Phase.RUNNING)
    measurements.set_progress(0.5)
    measurements.set_progress(7.0)
    measurements.set_phase(Phase.IDLE, "It broke.")
    assert seen == [
        (Phase.WAITING, 0),
        (Phase.RUNNING, 0),
        (Phase.RUNNING, 0.5),
        (Phase.RUNNING, 1),
        (Phase.IDLE, 0),
    ]
    assert measurements.error == "It broke."
    measurements.set_phase(Phase.RUNNING)
    assert measurements.error == ""
