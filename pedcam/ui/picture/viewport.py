"""Where the picture lies in the widget; knows nothing of Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

MOST_ZOOM = 16.0
Point = tuple[float, float]
Size = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Viewport:
    """A picture in a widget: as large as fits, or nearer.

    Edges of the picture lie on whole device pixels. Zoomed in, the picture leaves no more of the
    widget free than it must.

    Attributes:
        widget: ``(width, height)`` of the widget, in its coordinates.
        picture: ``(width, height)`` of the picture in its own pixels.
        ratio: Device pixels per widget coordinate.
        zoom: 1 shows the whole picture, as large as fits; at most :data:`MOST_ZOOM`.
        center: The point of the picture, in fractions, that is wanted in the widget's middle.
    """

    widget: Size
    picture: tuple[int, int]
    ratio: float = 1.0
    zoom: float = 1.0
    center: Point = (0.5, 0.5)

    @cached_property
    def rect(self) -> Box:
        """The whole picture as ``(x, y, width, height)`` in widget coordinates."""
        left, top, width, height = self.device_rect
        ratio = self.ratio
        return left / ratio, top / ratio, width / ratio, height / ratio

    @cached_property
    def device_rect(self) -> tuple[int, int, int, int]:
        """The whole picture as ``(x, y, width, height)`` in device pixels of the widget."""
        (left, width), (top, height) = (
            _span(room * self.ratio, own * self.scale, center)
            for room, own, center in zip(self.widget, self.picture, self.center, strict=True)
        )
        return left, top, width, height

    @property
    def visible_rect(self) -> Box:
        """The part of :attr:`rect` that lies in the widget."""
        x, y, width, height = self.rect
        left, top = max(x, 0.0), max(y, 0.0)
        right = min(x + width, self.widget[0])
        bottom = min(y + height, self.widget[1])
        return left, top, max(right - left, 0.0), max(bottom - top, 0.0)

    @property
    def zoomed(self) -> bool:
        """Whether the picture is larger than what fits."""
        return self.zoom > 1

    @property
    def scale(self) -> float:
        """Device pixels per pixel of the picture."""
        return self._fit_scale() * self.zoom

    @property
    def actual_zoom(self) -> float:
        """The zoom at which a pixel of the picture is a device pixel, within what is allowed."""
        return _clip(1 / self._fit_scale(), 1.0, MOST_ZOOM)

    def to_widget(self, x: float, y: float) -> Point:
        """Turn fractions of the picture into widget coordinates."""
        left, top, width, height = self.rect
        return left + x * width, top + y * height

    def to_picture(self, x: float, y: float) -> Point:
        """Turn widget coordinates into fractions of the picture; outside it below 0 or above 1."""
        left, top, width, height = self.rect
        return (x - left) / width, (y - top) / height

    def zoomed_to(self, zoom: float, about: Point | None = None) -> Viewport:
        """Zoom in or out.

        Args:
            zoom: Wanted; clipped to what is allowed.
            about: The position in the widget at which the picture stays where it is, as far as the
                edges allow; the middle without one.
        """
        x, y = about or (self.widget[0] / 2, self.widget[1] / 2)
        across, down = self.to_picture(x, y)
        nearer = replace(self, zoom=_clip(zoom, 1.0, MOST_ZOOM))
        _, _, width, height = nearer.rect
        center = (
            across - (x - self.widget[0] / 2) / width,
            down - (y - self.widget[1] / 2) / height,
        )
        return replace(nearer, center=nearer._allowed(center))

    def moved_by(self, dx: float, dy: float) -> Viewport:
        """Move the picture by widget coordinates, as far as its edges allow."""
        _, _, width, height = self.rect
        # Since it was set, the widget may have grown.
        x, y = self._allowed(self.center)
        return replace(self, center=self._allowed((x - dx / width, y - dy / height)))

    def _fit_scale(self) -> float:
        return min(
            room * self.ratio / own for room, own in zip(self.widget, self.picture, strict=True)
        )

    def _allowed(self, center: Point) -> Point:
        """Move the centre to where the widget shows no more than it must beside the picture."""
        _, _, width, height = self.rect
        across, down = (
            0.5 if length <= room else _clip(wanted, room / 2 / length, 1 - room / 2 / length)
            for wanted, room, length in zip(center, self.widget, (width, height), strict=True)
        )
        return across, down


def _span(room: float, length: float, center: float) -> tuple[int, int]:
    whole, pixels = round(room), max(1, round(length))
    if pixels <= whole:
        return (whole - pixels) // 2, pixels
    return min(max(round(room / 2 - center * pixels), whole - pixels), 0), pixels


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
