"""Fitting a frame of any size into the network's input, and boxes back into the frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

PADDING_VALUE = 114  # the middle gray that training pads with


@dataclass(frozen=True)
class Letterbox:
    """A frame scaled with its aspect ratio kept and centred on gray."""

    scale: float  # input pixels per frame pixel
    left: int  # columns of padding on the left, in input pixels
    top: int  # rows of padding above, in input pixels
    frame_size: tuple[int, int]  # width and height
    input_size: tuple[int, int]  # width and height

    @classmethod
    def fit(cls, frame_size: tuple[int, int], input_size: tuple[int, int]) -> Letterbox:
        """Choose the largest scale at which the frame fits; ValueError for an empty frame."""
        width, height = frame_size
        if width < 1 or height < 1:
            raise ValueError(f"a frame of {width}x{height} pixels has no picture")
        scale = min(input_size[0] / width, input_size[1] / height)
        inner = _inner_size(frame_size, scale)
        return cls(
            scale=scale,
            left=(input_size[0] - inner[0]) // 2,
            top=(input_size[1] - inner[1]) // 2,
            frame_size=frame_size,
            input_size=input_size,
        )

    def apply(self, frame: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
        """Draw ``frame`` (H x W x 3 uint8) into ``out`` (input height x input width x 3 uint8)."""
        width, height = _inner_size(self.frame_size, self.scale)
        right, bottom = self.left + width, self.top + height
        out[: self.top] = PADDING_VALUE
        out[bottom:] = PADDING_VALUE
        out[:, : self.left] = PADDING_VALUE
        out[:, right:] = PADDING_VALUE
        # Small people need every pixel averaged in when shrinking. Halving as long as that leaves
        # enough, then interpolating, costs a third of averaging in one step and finds the same
        # people (python -m tests.benchmarks.preprocessing).
        while frame.shape[1] >= 2 * width and frame.shape[0] >= 2 * height:
            half = frame.shape[1] // 2, frame.shape[0] // 2
            frame = np.asarray(cv2.resize(frame, half, interpolation=cv2.INTER_AREA), np.uint8)
        inner = out[self.top : bottom, self.left : right]
        if (width, height) == (frame.shape[1], frame.shape[0]):
            inner[:] = frame
        else:
            cv2.resize(frame, (width, height), dst=inner, interpolation=cv2.INTER_LINEAR)

    def to_frame(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map boxes (N x 4, x1 y1 x2 y2, input pixels) to frame pixels, clipped to the frame."""
        offset = np.array([self.left, self.top, self.left, self.top], np.float32)
        limit = np.array([*self.frame_size, *self.frame_size], np.float32)
        mapped = (boxes - offset) / np.float32(self.scale)
        clipped: NDArray[np.float32] = np.clip(mapped, 0, limit).astype(np.float32)
        return clipped


def _inner_size(frame_size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(frame_size[0] * scale)), max(1, round(frame_size[1] * scale))
