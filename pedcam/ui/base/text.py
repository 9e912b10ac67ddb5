"""How numbers and states are put into words."""

from __future__ import annotations

import html

from PyQt6.QtCore import QCoreApplication

from pedcam.detect.presets import Preset
from pedcam.video.stream.stream import StreamState

UNKNOWN = "–"  # noqa: RUF001 - a dash where a number would be


def tr(text: str) -> str:
    """Translate a text that belongs to no widget."""
    return QCoreApplication.translate("text", text)


def plain(text: str) -> str:
    """Return a text so that a tooltip or message box shows it letter by letter.

    They take whatever looks like HTML for that, also where it is out of a stranger's file.
    """
    if "<" not in text:
        return text
    return "<span>{}</span>".format(html.escape(text).replace("\n", "<br>"))


def file_size(size: int) -> str:
    """Return a file's size in the unit that reads best, as file managers show it."""
    if size < 1000:
        return tr("{size} bytes").format(size=size)
    if size < 1_000_000:
        return tr("{size:.0f} KB").format(size=size / 1000)
    return tr("{size:.1f} MB").format(size=size / 1_000_000)


def depth(preset: Preset) -> str:
    """Return how much of a preset is binary."""
    return tr("{depth} of {limit} layers binary").format(
        depth=preset.info.depth, limit=preset.info.depth_limit
    )


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
        StreamState.CONNECTING: tr("Opening…"),
        StreamState.PLAYING: tr("Playing"),
        StreamState.PAUSED: tr("Paused"),
        StreamState.STALLED: tr("Waiting for the next picture…"),
        StreamState.RECONNECTING: tr("Connection lost, trying again…"),
        StreamState.ENDED: tr("Ended · Space plays again"),
        StreamState.FAILED: tr("Stopped"),
        StreamState.CLOSED: "",
    }[value]
