"""Blur, heat map and traces: what is drawn between the picture and the boxes."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from pedcam.ui.picture.blur import Patch, ScreenBlur
from pedcam.ui.picture.colors import DARK, identity_color
from pedcam.ui.picture.frame_image import bgra_image
from pedcam.ui.picture.heat_map import HeatMap
from pedcam.ui.picture.traces import Timeline, Trace, Traces
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Viewport
from pedcam.video.stream.results import Result

_LINE = 2.5
_FADES = 4  # steps in which a trace fades away


class PictureLayers:
    """Remembers what results leave behind, and draws it.

    It remembers whatever is switched on, so that a layer is complete as soon as it is wanted.
    """

    def __init__(self) -> None:
        self.clear()

    def end(self) -> None:
        """The source is over: the next result begins another one.

        Until then everything stays, also the blur, as the last picture may.
        """
        self._ended = True

    def clear(self) -> None:
        """Forget everything, the picture too."""
        self._timeline = Timeline()
        self._traces = Traces()
        self._heat = HeatMap()
        self._blur = ScreenBlur()
        self._result: Result | None = None
        self._patches: list[Patch] | None = None
        self._ended = False

    def add(self, result: Result, others: NDArray[np.generic] | None = None) -> None:
        """Take in the result that is shown next.

        ``others`` are N x 4 corners in pixels of people who are not in it, but in the picture: the
        blur hides them as well.
        """
        if self._ended:
            self.clear()
        self._result, self._patches = result, None
        frame, people = result.frame, result.detections
        height, width = frame.image.shape[:2]
        hidden = people.xyxy if others is None else np.concatenate([people.xyxy, others])
        self._blur.add(hidden, frame.time)
        step = self._timeline.step(frame)
        if step is None:
            self._traces.clear()
        if step != 0:
            self._heat.add(step or 0.0, (width, height), people.xyxy)
            corners, identities = people.xyxy, people.tracker_id
            feet = np.column_stack([corners[:, [0, 2]].mean(axis=1), corners[:, 3]])
            self._traces.add(
                frame.time,
                [-1] * len(people) if identities is None else identities.tolist(),
                (feet / (width, height)).tolist(),
            )

    @property
    def hidden(self) -> NDArray[np.float64]:
        """N x 4 corners in pixels of everybody whom the blur hides."""
        return self._blur.boxes

    def draw(self, painter: QPainter, viewport: Viewport, options: ViewOptions) -> None:
        """Draw what is switched on over the picture."""
        if self._result is None or not (options.blur or options.heat_map or options.traces):
            return
        painter.save()
        painter.setClipRect(QRectF(*viewport.visible_rect))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if options.blur:
            self._draw_blur(painter, viewport)
        if options.heat_map:
            painter.drawImage(QRectF(*viewport.rect), bgra_image(self._heat.layer()))
        if options.traces:
            # Smooth lines of this width cost five times as much.
            for trace in self._traces.traces():
                _draw_trace(painter, viewport, trace, own_color=options.identities)
        painter.restore()

    def _draw_blur(self, painter: QPainter, viewport: Viewport) -> None:
        assert self._result is not None
        image = self._result.frame.image
        if self._patches is None:
            self._patches = self._blur.patches(image)
        left, top, width, height = viewport.device_rect
        across, down = width / image.shape[1], height / image.shape[0]
        painter.save()
        painter.scale(1 / viewport.ratio, 1 / viewport.ratio)
        for patch in self._patches:
            x1, y1, x2, y2 = patch.box
            # Outwards to whole pixels, so that no edge lets through what is below. A pixel more,
            # as scaling the frame mixes neighbours.
            target = QRectF(
                QPointF(left + floor(x1 * across) - 1, top + floor(y1 * down) - 1),
                QPointF(left + ceil(x2 * across) + 1, top + ceil(y2 * down) + 1),
            )
            painter.drawImage(target, bgra_image(patch.cells, opaque=True))
        painter.restore()


def _draw_trace(painter: QPainter, viewport: Viewport, trace: Trace, *, own_color: bool) -> None:
    points = [QPointF(*viewport.to_widget(*point)) for point in trace.points]
    color = identity_color(trace.identity if own_color else -1)
    _draw_line(painter, points, QColor(DARK.red(), DARK.green(), DARK.blue(), 90), _LINE + 2)
    # The oldest first: line by line until the next is visibly younger.
    start = 0
    for end in range(1, len(points)):
        fade = int(trace.ages[end] * _FADES)
        if end == len(points) - 1 or int(trace.ages[end + 1] * _FADES) != fade:
            faded = QColor(color)
            faded.setAlphaF(min(1.0, (1 - fade / _FADES) * 0.9 + 0.1))
            _draw_line(painter, points[start : end + 1], faded, _LINE)
            start = end


def _draw_line(painter: QPainter, points: list[QPointF], color: QColor, width: float) -> None:
    cap, join = Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin
    painter.setPen(QPen(color, width, cap=cap, join=join))
    painter.drawPolyline(QPolygonF(points))
