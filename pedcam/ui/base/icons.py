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
    "step": '<path d="M7 6.5l8 5.5-8 5.5zM18 6.5v11"/>',
    "step-back": '<path d="M17 6.5L9 12l8 5.5zM6 6.5v11"/>',
    "loop": '<path d="M4.5 11.5v-1a4 4 0 0 1 4-4h10M15.5 3.5l3 3-3 3M19.5 12.5v1a4 4 0 0 1-4 4h-10'
    'M8.5 20.5l-3-3 3-3"/>',
    "record": '<circle cx="12" cy="12" r="8"/><circle cx="12" cy="12" r="2" stroke-width="4"/>',
    "stop": '<circle cx="12" cy="12" r="8"/><path d="M9.5 9.5h5v5h-5z"/>',
    "snapshot": '<path d="M4 8.5a1.5 1.5 0 0 1 1.5-1.5h2.3l1.5-2.2h5.4L16.2 7h2.3A1.5 1.5 0 0 1 20'
    ' 8.5v8.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17z"/><circle cx="12" cy="12.5" r="3.2"/>',
    "folder": '<path d="M3.5 7A1.5 1.5 0 0 1 5 5.5h4.2l2 2.2H19A1.5 1.5 0 0 1 20.5 9.2v8.3A1.5 1.5'
    ' 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.5z"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="1.5"/>'
    '<path d="M15.5 8.5V6A1.5 1.5 0 0 0 14 4.5H6A1.5 1.5 0 0 0 4.5 6v8A1.5 1.5 0 0 0 6 15.5h2.5"/>',
    "check": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "appeared": '<circle cx="9.5" cy="7" r="3"/><path d="M3.5 19.5v-1.5a5 5 0 0 1 5-5h2a5 5 0 0 1 5'
    ' 5v1.5M18.5 6.5v6M15.5 9.5h6"/>',
    "left": '<circle cx="9.5" cy="7" r="3"/><path d="M3.5 19.5v-1.5a5 5 0 0 1 5-5h2a5 5 0 0 1 5'
    ' 5v1.5M15.5 9.5h6"/>',
    "crossed": '<path d="M12 3.5v3M12 9v1M12 14v1M12 17.5v3M4 12h15.5M15.5 8l4 4-4 4"/>',
    "entered": '<path d="M10 5H6.5A1.5 1.5 0 0 0 5 6.5v11A1.5 1.5 0 0 0 6.5 19h11a1.5 1.5 0 0 0'
    ' 1.5-1.5V14M20 4l-9 9M10.5 8v5.5H16"/>',
    "exited": '<path d="M10 5H6.5A1.5 1.5 0 0 0 5 6.5v11A1.5 1.5 0 0 0 6.5 19h11a1.5 1.5 0 0 0'
    ' 1.5-1.5V14M11 13l9-9M14.5 4H20v5.5"/>',
    "alert": '<path d="M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5zM10 20.5h4M3.5 8a8 8 0 0 1'
    ' 2.3-4M20.5 8a8 8 0 0 0-2.3-4"/>',
    "trash": '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.3 10.5v5.5'
    'M13.7 10.5v5.5"/>',
    "history": '<path d="M4.6 9.5A8 8 0 1 1 4 12M4.5 5v4.5H9M12 7.5V12l3 2"/>',
    "line": '<path d="M5 19L19 5M10 10l-4-4M6 9.5V6h3.5"/>',
    "ignore": '<path d="M5 7.5l8-3 6.5 6-3 8.5-10-1.5zM5.4 12l4.6-6M6 17l8.5-11M11.5 18l6.5-8"/>',
    "zone": '<path d="M5 7.5l8-3 6.5 6-3 8.5-10-1.5z"/>',
    "swap": '<path d="M4.5 9h14M15 5.5L18.5 9M19.5 15h-14M9 18.5L5.5 15"/>',
    "undo": '<path d="M9 5L4.5 9.5 9 14M4.5 9.5H14a5 5 0 0 1 0 10h-3"/>',
    "redo": '<path d="M15 5l4.5 4.5L15 14M19.5 9.5H10a5 5 0 0 0 0 10h3"/>',
    "clip": '<rect x="3.5" y="5" width="17" height="14" rx="1.5"/><path d="M7.5 5v14M16.5 5v14'
    'M3.5 9.7h4M3.5 14.3h4M16.5 9.7h4M16.5 14.3h4"/>',
    "sound": '<path d="M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1'
    ' 0 11"/>',
    "notify": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4"/>',
    "send": '<path d="M20.5 4L3.5 10.5l6.5 3 3 6.5zM10 13.5l4.5-4.5"/>',
    "plus": '<path d="M12 5.5v13M5.5 12h13"/>',
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
        # Qt's own icon of a disabled button is hard to tell from the usual one on a dark window.
        for mode, opacity in ((QIcon.Mode.Normal, 1.0), (QIcon.Mode.Disabled, 0.4)):
            pixmap = QPixmap(QSize(size, size) * ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setOpacity(opacity)
            renderer.render(painter, QRectF(pixmap.rect()))
            painter.end()
            pixmap.setDevicePixelRatio(ratio)
            result.addPixmap(pixmap, mode)
    return result


def app_icon() -> QIcon:
    """Return the application's icon; an empty one if this copy of pedcam came without it."""
    try:
        return QIcon(str(asset("icon.png")))
    except FileNotFoundError:
        return QIcon()
