"""The colours drawn over the picture, which are the same in the light and the dark look."""

from __future__ import annotations

from functools import cache

from PyQt6.QtGui import QColor

BACKGROUND = QColor(14, 15, 18)
HINT = QColor(176, 182, 190)
# A bright line inside a dark one can be seen on any background.
BRIGHT = QColor(198, 255, 74)
DARK = QColor(10, 14, 6, 200)
OUTLINE = QColor(10, 14, 6)

IDENTITY_COLORS = ("#56b4e9", "#ffa500", "#ff85c0", "#00c292", "#fff3c4", "#ff6a3d", "#3f8cff")
"""Colours of identities in turn, after Okabe and Ito.

All can be read on :data:`DARK`, and told apart, also from :data:`BRIGHT`, by people who see red and
green alike.
"""


@cache
def identity_color(identity: int) -> QColor:
    """Return the colour of an identity; of somebody without one (-1) the common one."""
    if identity < 0:
        return BRIGHT
    return QColor(IDENTITY_COLORS[identity % len(IDENTITY_COLORS)])
