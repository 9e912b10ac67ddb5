"""Line icons, drawn here so that they take the theme's colours and any size."""

from __future__ import annotations

from PyQt6.QtCore import QByteArray, QRectF, QSize, Qt
from PyQt6.QtGui import QIcon, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from pedcam.bundled import asset

# Each is drawn in a square of 24 units.
_PATHS = {
    "file": '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M10 9.2l5 2.8-5 2.8z"/>',
    "camera": '<rect x="2.5" y="6.5" width="13" height="11" rx="2"/>'
    '<path d="M15.5 11l6-3.2v8.4l-6-3.2"/>',
    "stream": '<circle cx="12" cy="12" r="1.6"/><path d="M8.2 8.2a5.4 5.4 0 0 0 0 7.6'
    "M15.8 8.2a5.4 5.4 0 0 1 0 7.6M5 5a9.9 9.9 0 0 0 0 14M19 5a9.9 9.9 0 0 1 0 14"
    '"/>',
    "walker": '<circle cx="13" cy="4.5" r="1.8"/>'
    '<path d="M9 12l1-3.6 3-1 2 3 2.6 1M12.6 8l-1.2 5.6 3 3 .8 4.4M11.2 14.6L10 17.6 7.4 21"/>',
    "play": '<path d="M8 5.5l10.5 6.5L8 18.5z"/>',
    "pause": '<path d="M8.5 6v12M15.5 6v12"/>',
    "restart": '<path d="M5.5 12a6.5 6.5 0 1 0 2-4.7M5 4.5v4h4"/>',
    "full": '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
    "back": '<path d="M19 12H5.5M11 6l-6 6 6 6"/>',
    "warning": '<path d="M12 4.5l8.5 15h-17zM12 10v4.5M12 17v.2"/>',
    "close": '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
}


def icon(name: str, color: str, size: int = 20) -> QIcon:
    """Return one of the line icons.

    Args:
        name: Which one.
        color: ``#rrggbb``.
        size: Side in logical pixels.
    """
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" '
        f'stroke="{color}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">'
        f"{_PATHS[name]}</svg>"
    )
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    result = QIcon()
    for ratio in (1, 2, 3):
        pixmap = QPixmap(QSize(size, size) * ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(pixmap.rect()))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        result.addPixmap(pixmap)
    return result


def app_icon() -> QIcon:
    """Return the application's icon; an empty one if this copy of pedcam came without it."""
    try:
        return QIcon(str(asset("icon.png")))
    except FileNotFoundError:
        return QIcon()
