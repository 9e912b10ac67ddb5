from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QApplication

from pedcam.detect.presets import Preset
from pedcam.ui.figures.meter import FigureMeter
from pedcam.ui.picture.info_overlay import draw_info, info_lines
from pedcam.ui.player.playback import Playback
from pedcam.ui.presets.selection import PresetSelection
from pedcam.video.sources.frame import SourceInfo
from pedcam.video.stream.stream import Result


def test_what_is_known_is_told(
    qapp: QApplication, presets: Sequence[Preset], make_result: Callable[..., Result]
) -> None:
    playback, choice, meter = Playback(), PresetSelection(presets), FigureMeter(clock=lambda: 1.0)
    result = make_result(index=1500, dropped=3, latency_ms=41.0)
    meter.add(result)
    assert info_lines(result, playback, choice, meter) == [
        "64 × 48",  # noqa: RUF001
        "Title of half",
        "– frames/s shown · 41 ms latency · 3 dropped",  # noqa: RUF001
        "read 0.0 ms",
        "frame 1500 · 1:00",
    ]

    playback.set_status(playback.status, SourceInfo("street", rate=29.97))
    choice.mark_ready("half", "cpu")
    result.detections.metadata = {"letterbox_ms": 1.0, "inference_ms": 15.2, "postprocess_ms": 0.5}
    meter.clear()
    meter.add(replace(result, frame=replace(result.frame, read_ms=2.0)))
    meter.add_drawing(1.8)
    assert info_lines(result, playback, choice, meter) == [
        "street",
        "64 × 48 · 29.97 frames/s",  # noqa: RUF001
        "Title of half · CPU",
        "– frames/s shown · 41 ms latency · 3 dropped",  # noqa: RUF001
        "read 2.0 ms · scale 1.0 ms · infer 15.2 ms · boxes 0.5 ms · draw 1.8 ms",
        "frame 1500 · 1:00",
    ]


@pytest.mark.parametrize("room", [QRectF(20, 20, 300, 200), QRectF(20, 20, 90, 60)])
def test_it_stays_within_its_room(qapp: QApplication, room: QRectF) -> None:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    draw_info(painter, room, ["a line that is rather long for such a small picture"] * 6)
    painter.end()
    drawn = [
        (x, y)
        for x in range(400)
        for y in range(300)
        if image.pixelColor(x, y) != Qt.GlobalColor.white
    ]
    assert drawn
    assert all(room.contains(x + 0.5, y + 0.5) for x, y in drawn)


def test_without_room_nothing_is_drawn(qapp: QApplication) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    before = image.copy()
    painter = QPainter(image)
    draw_info(painter, QRectF(0, 0, 20, 20), ["a"])
    draw_info(painter, QRectF(0, 0, 40, 30), [])
    painter.end()
    assert image == before
