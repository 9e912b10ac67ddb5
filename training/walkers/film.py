"""Write a clip as an H.264 file."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2

from training.walkers.arrays import Image
from training.walkers.clip import WalkerClip
from training.walkers.scene import WalkerImage


def write_clip(
    clip: WalkerClip,
    output: Path,
    *,
    boxes: bool = False,
    crf: int = 24,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a clip; an interrupted run leaves no half-written file behind the name.

    Args:
        clip: The clip.
        output: An .mp4 file; replaced where it exists.
        boxes: Whether to draw the boxes of the people.
        crf: H.264 quality, lower is better and larger.
        progress: Called with the number of frames written.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    draft = output.with_name(output.name + ".tmp")
    try:
        with av.open(str(draft), "w", format="mp4", options={"movflags": "+faststart"}) as file:
            stream = file.add_stream("libx264", rate=Fraction(clip.rate).limit_denominator(1001))
            stream.width, stream.height = clip.camera.width, clip.camera.height_px
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": str(crf), "preset": "slow"}
            for index, scene in enumerate(clip):
                picture = drawn(scene) if boxes else scene.image
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                file.mux(stream.encode(frame))
                if progress is not None:
                    progress(index + 1)
            file.mux(stream.encode(None))
        os.replace(draft, output)
    finally:
        draft.unlink(missing_ok=True)


def drawn(scene: WalkerImage) -> Image:
    """Return the picture with its boxes: green in view, orange where mostly hidden."""
    picture = scene.image.copy()
    for (x1, y1, x2, y2), visibility in zip(scene.boxes, scene.visibility, strict=True):
        color = (80, 220, 60) if visibility >= 0.5 else (40, 150, 255)
        cv2.rectangle(picture, (round(x1), round(y1)), (round(x2), round(y2)), color, 1)
    return picture
