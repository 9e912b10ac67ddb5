"""The camera that bench makes, and what it says of live latency."""

import numpy as np
import pytest

from pedcam.detect.pool import DetectorPool
from pedcam.video.sources.spec import SourceError, open_source, parse_source
from tests.benchmarks.live_latency import live_latency
from tests.benchmarks.loopback_camera import (
    BITS,
    LENGTH,
    RATE,
    SIZE,
    LoopbackCamera,
    mark,
    marked_number,
    write_clip,
)
from tests.factories import fake_preset
from tests.factories import write_clip as write_numbered
from tests.video.standins import FakeDetector


@pytest.mark.parametrize("number", [0, 1, 2, 85, 119, 2**BITS - 1])
def test_a_mark_survives_noise(number):
    image = np.full((40, 200, 3), 128, np.uint8)
    mark(image, number)
    noise = np.random.default_rng(0).integers(-60, 60, image.shape)
    assert marked_number(np.clip(image + noise, 0, 255).astype(np.uint8)) == number


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("camera")
    source = write_numbered(folder / "source.mp4", [number / 25 for number in range(5)])
    write_clip(parse_source(str(source)), folder / "camera.ts")
    return folder / "camera.ts"


def test_the_clip_has_every_number_once_and_the_size_of_a_camera(clip):
    source = open_source(str(clip))
    numbers = []
    while (frame := source.read()) is not None:
        assert frame.image.shape == (SIZE[1], SIZE[0], 3)
        numbers.append(marked_number(frame.image))
    source.close()
    assert numbers == list(range(LENGTH))


def test_pictures_arrive_after_they_were_sent_and_not_long_after(clip):
    import time

    with LoopbackCamera(clip) as camera:
        source = open_source(camera.address)
        assert source.live
        ages = []
        for _ in range(2 * RATE):
            frame = source.read()
            now = time.perf_counter()
            ages.append(now - camera.sent(marked_number(frame.image), now))
        source.close()
    assert min(ages) > 0
    assert ages[-1] < LENGTH / RATE


def test_when_a_picture_was_sent():
    camera = LoopbackCamera.__new__(LoopbackCamera)
    camera._started = 100.0
    # Number 6 is sent 0.2 s into each round of 4 s.
    assert camera.sent(6, 100.3) == pytest.approx(100.2)
    assert camera.sent(6, 104.1) == pytest.approx(100.2)
    assert camera.sent(6, 104.3) == pytest.approx(104.2)


def test_what_is_told_of_each_preset(clip, tmp_path):
    presets = [fake_preset("one"), fake_preset("two")]
    pool = DetectorPool(presets, make=lambda preset, **_: FakeDetector(preset))
    source = write_numbered(tmp_path / "source.mp4", [number / 25 for number in range(5)])
    rows = live_latency(pool, ["one", "two"], parse_source(str(source)), frames=10)
    assert list(rows) == ["one", "two"]
    for row in rows.values():
        assert 0 < row["frame_age_ms"] <= row["frame_age_p95_ms"]
        assert row["frame_age_ms"] < row["sent_to_result_ms"] <= row["sent_to_result_p95_ms"]
        bound = row["decode_ms"] + row["detect_ms"] + 1000 / RATE
        assert row["bound_ms"] == pytest.approx(bound)
        assert row["frames_per_second"] > 0
    pool.close()


def test_a_source_without_pictures(tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(SourceError, match="is empty"):
        write_clip(parse_source(str(path)), tmp_path / "camera.ts")
