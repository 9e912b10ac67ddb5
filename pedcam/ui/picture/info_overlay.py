"""What can be known of the picture on screen, in a few lines over it."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter

from pedcam.ui.base import text, theme
from pedcam.ui.figures.meter import DRAWING, FigureMeter
from pedcam.ui.picture.colors import HINT, draw_plate
from pedcam.ui.player.playback import Playback
from pedcam.ui.presets.selection import PresetSelection
from pedcam.video.stream.stream import Result


def info_lines(
    result: Result,
    playback: Playback,
    presets: PresetSelection,
    meter: FigureMeter,
) -> list[str]:
    """Return what is known of a result, its source and the times of its stages."""
    height, width, _ = result.frame.image.shape
    figures = meter.figures()
    source = [text.pixels(width, height)]
    if playback.source.rate:
        source.append(f"{playback.source.rate:.4g} frames/s")
    preset = presets.find(result.preset)
    title = text.title(preset) if preset is not None else result.preset
    lines = [
        playback.source.title,
        " · ".join(source),
        " · ".join(filter(None, [title, presets.provider(result.preset).upper()])),
        f"{text.number(figures.rate, 1)} frames/s shown · "
        f"{text.number(figures.latency_ms)} ms latency · {text.number(figures.dropped)} dropped",
        _times(meter.stages()),
        f"frame {result.frame.index} · {text.clock(result.frame.time)}",
    ]
    return [line for line in lines if line]


def draw_info(painter: QPainter, rect: QRectF, lines: Sequence[str]) -> None:
    """Draw lines in the upper left corner of a rectangle, shortened to its size."""
    unit = theme.UNIT
    painter.save()
    painter.setFont(theme.tabular(theme.scaled(painter.font(), 0.95)))
    metrics = QFontMetricsF(painter.font())
    height = metrics.height() + 2
    count = min(len(lines), int((rect.height() - 4 * unit) / height))
    room = rect.width() - 4 * unit
    if count > 0 and room > 0:
        shown = [
            metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines[:count]
        ]
        # Wide enough for the figures to change without the plate.
        widest = max(metrics.horizontalAdvance(line) for line in shown)
        width = min(room, -(-widest // (4 * unit)) * 4 * unit)
        plate = QRectF(
            rect.left() + unit, rect.top() + unit, width + 2 * unit, count * height + 2 * unit
        )
        draw_plate(painter, plate)
        painter.setPen(HINT)
        for number, line in enumerate(shown):
            place = plate.adjusted(unit, unit + number * height, 1, 0)
            place.setHeight(height)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, line)
    painter.restore()


def _times(stages: dict[str, float]) -> str:
    names = {
        "read_ms": "read {number} ms",
        "letterbox_ms": "scale {number} ms",
        "inference_ms": "infer {number} ms",
        "postprocess_ms": "boxes {number} ms",
        DRAWING: "draw {number} ms",
    }
    return " · ".join(
        names[stage].format(number=text.number(milliseconds, 1))
        for stage, milliseconds in stages.items()
    )
