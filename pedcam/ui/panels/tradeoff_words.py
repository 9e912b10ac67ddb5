"""What the trade-off chart says about a preset."""

from __future__ import annotations

from pedcam.ui import text
from pedcam.ui.panels.tradeoff_points import Point, Quality, Yardstick
from pedcam.ui.state.presets import Condition


def explain(point: Point, yardstick: Yardstick | None) -> list[str]:
    """Return all there is to say about a preset, one line each; the first is its title."""
    lines = [point.preset.info.title, f"{text.depth(point.preset)} · {size(point)}"]
    lines += [speed(point), quality(point, yardstick)]
    if point.error:
        lines.append(point.error)
    elif point.running:
        lines.append(text.tr("Running now"))
    elif point.key:
        lines.append(text.tr("Click, or press {key}, to switch").format(key=point.key))
    else:
        lines.append(text.tr("Click to switch"))
    return lines


def size(point: Point) -> str:
    """Return the file's size, and how much smaller than the float preset it is."""
    bytes_ = text.file_size(point.preset.file_bytes)
    ratio = smaller(point)
    return f"{bytes_}, {ratio}" if ratio else bytes_


def smaller(point: Point) -> str:
    """Return how many times smaller than the float preset the file is; empty if it is not."""
    ratio = point.preset.info.ratio_file
    return text.tr("{ratio:.1f}× smaller").format(ratio=ratio) if ratio > 1.05 else ""  # noqa: RUF001


def speed(point: Point) -> str:
    """Return how fast it is on this machine."""
    parts = []
    if point.detect_ms is not None:
        parts.append(text.tr("{ms} ms per picture").format(ms=milliseconds(point.detect_ms)))
        if point.rate is not None:
            parts.append(text.tr("{rate:.0f} frames/s").format(rate=point.rate))
    else:
        parts.append(text.tr("speed not measured yet"))
    if point.live_ms is not None:
        parts.append(text.tr("{ms} ms just now").format(ms=milliseconds(point.live_ms)))
    return " · ".join(parts)


def quality(point: Point, yardstick: Yardstick | None) -> str:
    """Return how well it finds people, and on which pictures that was measured."""
    if point.quality is None or yardstick is None:
        return text.tr("accuracy not measured")
    if yardstick.quality is Quality.MISS_RATE:
        figure = text.tr("misses {percent:.1f} % of people").format(percent=point.quality)
    else:
        figure = text.tr("average precision {percent:.1f} %").format(percent=point.quality)
    return f"{figure} ({pictures(yardstick)})"


def pictures(yardstick: Yardstick) -> str:
    """Return what the yardstick was measured on."""
    if not yardstick.data:
        return text.tr("measured on your pictures")
    if not yardstick.images:
        return text.tr("data “{data}”").format(data=yardstick.data)
    return text.tr("data “{data}”, {images} pictures").format(
        data=yardstick.data, images=yardstick.images
    )


def state(point: Point) -> str:
    """Return how far a preset is; empty where it only waits to be chosen."""
    return {
        Condition.LOADING: text.tr("loading…"),
        Condition.READY: text.tr("switching…") if point.chosen else "",
        Condition.RUNNING: text.tr("running"),
        Condition.FAILED: text.tr("cannot run"),
    }[point.condition]


def milliseconds(value: float) -> str:
    """Return a time with as many digits as mean something."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
