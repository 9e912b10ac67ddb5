"""Boxes and scores drawn into a picture, for recordings."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray

BOX_COLOR = sv.Color.from_hex("#00d27f")
TEXT_COLOR = sv.Color.BLACK


class PeopleAnnotator:
    """Draws people as boxes with tracks and scores, in lines and letters that suit the picture."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Choose line and letter sizes for pictures of ``size``, ``(width, height)`` pixels."""
        scale = min(size) / 1080
        self._boxes = sv.BoxAnnotator(
            color=BOX_COLOR,
            thickness=max(1, sv.calculate_optimal_line_thickness(size)),
            color_lookup=sv.ColorLookup.INDEX,
        )
        self._labels = sv.LabelAnnotator(
            color=BOX_COLOR,
            text_color=TEXT_COLOR,
            text_scale=max(0.35, 0.8 * scale),
            text_thickness=max(1, round(2 * scale)),
            text_padding=max(2, round(6 * scale)),
            color_lookup=sv.ColorLookup.INDEX,
        )

    def annotate(self, image: NDArray[np.uint8], detections: sv.Detections) -> NDArray[np.uint8]:
        """Return the picture with everybody in it marked; the one given stays as it is.

        Args:
            image: H x W x 3 uint8, BGR.
            detections: Boxes in pixels, with scores, and with tracks where people are followed.
        """
        if not len(detections):
            return image
        # Confidences rather than classes would change the colors, which mean nothing here.
        scene = self._boxes.annotate(image.copy(), detections)
        return np.asarray(self._labels.annotate(scene, detections, labels_of(detections)), np.uint8)


def labels_of(detections: sv.Detections) -> list[str]:
    """Return what is written beside each box: ``#3 87%`` for track 3, ``87%`` without a track."""
    scores = detections.confidence
    assert scores is not None, "a detector gives every box a score"
    percent = [f"{100 * score:.0f}%" for score in scores]
    if detections.tracker_id is None:
        return percent
    return [
        f"#{track} {text}" if track >= 0 else text
        for track, text in zip(detections.tracker_id, percent, strict=True)
    ]
