"""How numbers and states are put into words."""

from __future__ import annotations

import html
import re

from pedcam.detect.presets import Preset
from pedcam.video.stream.stream import StreamState

UNKNOWN = "–"  # noqa: RUF001 - a dash where a number would be


def plain(text: str) -> str:
    """Return a text so that a tooltip or message box shows it letter by letter.

    They take whatever looks like HTML for that, also where it is out of a stranger's file.
    """
    if "<" not in text:
        return text
    return "<span>{}</span>".format(html.escape(text).replace("\n", "<br>"))


def breakable(text: str) -> str:
    """Return a text whose long words, such as paths, a label can break where it must."""
    return re.sub(r"(\S{20})", "\\1\N{ZERO WIDTH SPACE}", text)


def file_size(size: int) -> str:
    """Return a file's size in the unit that reads best, as file managers show it."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1000:.0f} KB"
    return f"{size / 1_000_000:.1f} MB"


def depth(preset: Preset) -> str:
    """Return how much of a preset is binary."""
    info = preset.info
    eight_bit = not info.depth and any(layer.bits == 8 for layer in info.layers)
    return f"{'8 bits, ' * eight_bit}{info.depth} of {info.depth_limit} layers binary"


def size(preset: Preset) -> str:
    """Return the width and height of a preset's input."""
    return pixels(*preset.info.input_size)


def pixels(width: int, height: int) -> str:
    """Return a size as sizes are written: ``1280 × 720``."""  # noqa: RUF002
    return f"{width} × {height}"  # noqa: RUF001


def title(preset: Preset) -> str:
    """Return a preset's title, with the input size where there is a choice of sizes."""
    return f"{preset.info.title}, {size(preset)}" if preset.info.sizes else preset.info.title


def clock(seconds: float) -> str:
    """Return a position in a video as minutes and seconds."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: float | None, digits: int = 0) -> str:
    """Return a figure, or a dash where there is none."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def state(value: StreamState) -> str:
    """Return what the stream is doing."""
    return {
        StreamState.CONNECTING: "Opening…",
        StreamState.PLAYING: "Playing",
        StreamState.PAUSED: "Paused",
        StreamState.STALLED: "Waiting for the next picture…",
        StreamState.RECONNECTING: "Connection lost, trying again…",
        StreamState.ENDED: "Ended · Space plays again",
        StreamState.FAILED: "Stopped",
        StreamState.CLOSED: "",
    }[value]
