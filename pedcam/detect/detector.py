"""One preset, ready to run: a BGR frame in, people as ``sv.Detections`` out."""

from __future__ import annotations

import copy
import os
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from pedcam.detect.letterbox import PADDING_VALUE, Letterbox
from pedcam.detect.postprocess import select
from pedcam.detect.presets import (
    MAX_SIDE,
    SIZE_MULTIPLE,
    Preset,
    PresetError,
    plain_reason,
    session_options,
)
from pedcam.detect.providers import AUTO, Provider
from pedcam.detect.session import ProviderSession, fastest

if TYPE_CHECKING:
    import supervision as sv

STAGES = ("letterbox_ms", "inference_ms", "postprocess_ms")


class Detector:
    """A warm ONNX Runtime session of one preset at one input size, for one thread at a time."""

    def __init__(
        self,
        preset: Preset,
        *,
        input_size: tuple[int, int] | None = None,
        threads: int | None = None,
        provider: Provider = "cpu",
    ) -> None:
        """Load the preset and prepare it for one input size.

        Args:
            preset: What to load.
            input_size: ``(width, height)``, multiples of 32; the preset's own by default.
            threads: Threads of ONNX Runtime; all cores by default.
            provider: Where to compute, ``auto`` for where this preset is fastest; the processor
                computes where that cannot be used, or fails later.

        Raises:
            PresetError: ONNX Runtime cannot run the file.
            ValueError: The input size cannot be used.
        """
        self.preset = preset
        self.input_size = input_size or preset.info.input_size  # width and height
        width, height = self.input_size
        if any(side % SIZE_MULTIPLE or not 0 < side <= MAX_SIDE for side in (width, height)):
            raise ValueError(
                f"an input of {width}x{height} cannot be used: both sides must be multiples of "
                f"{SIZE_MULTIPLE} up to {MAX_SIDE}"
            )
        # With the size fixed, the anchor grid and all shapes fold into constants at load. Where
        # there are more sizes they share the session; a frame takes the same time either way.
        fixed = None if preset.info.sizes else self.input_size
        options = partial(make_options, threads or os.cpu_count() or 1, fixed)
        try:
            if provider == AUTO:
                provider = fastest(preset.path, options, self.input_size)
            self._session = ProviderSession(preset.path, options, provider)
        # ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            raise self._unusable(error) from error
        self._input = np.empty((1, height, width, 3), np.uint8)

    @property
    def provider(self) -> Provider:
        """What it computes on."""
        return self._session.provider

    @property
    def problem(self) -> str:
        """Why that is not what was asked for, for people; empty where it is."""
        return self._session.problem

    def at(self, preset: Preset) -> Detector:
        """Return a detector for ``preset``, which is this one's at a further input size.

        They share the session, so that the weights are in memory once; each may have a thread of
        its own.
        """
        other = copy.copy(self)
        other.preset, other.input_size = preset, preset.info.input_size
        other._input = np.empty((1, *other.input_size[::-1], 3), np.uint8)
        return other

    def warm_up(self) -> None:
        """Run once on a gray picture, so that the first real frame does not wait."""
        width, height = self.input_size
        self.detect(np.full((height, width, 3), PADDING_VALUE, np.uint8))

    def infer(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network alone.

        Args:
            images: ``[1, height, width, 3]`` uint8, BGR.

        Returns:
            Boxes ``[anchors, 4]`` (x1 y1 x2 y2, input pixels) and scores ``[anchors]``.

        Raises:
            PresetError: ONNX Runtime fails, or the outputs are not of these shapes.
        """
        try:
            boxes, scores = self._session.run(images)
        # ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            raise self._unusable(error) from error
        if scores.ndim != 2 or len(scores) != 1 or boxes.shape != (*scores.shape, 4):
            raise PresetError(
                f"Preset {self.preset.path} gives boxes {boxes.shape} and scores {scores.shape} "
                "instead of [1, anchors, 4] and [1, anchors]. Export it again."
            )
        return boxes[0], scores[0]

    def detect(
        self, frame: NDArray[np.uint8], score_threshold: float | None = None
    ) -> sv.Detections:
        """Find the people in a frame.

        Args:
            frame: H x W x 3 uint8, BGR, of any size.
            score_threshold: Lowest score kept, the preset's calibrated one by default.

        Returns:
            Boxes in frame pixels with their scores, best first; ``class_id`` is 0 throughout.
            ``metadata`` holds the milliseconds of each of :data:`STAGES`.

        Raises:
            PresetError: The preset cannot be run after all.
            ValueError: The frame has another shape or type.
        """
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise ValueError(
                f"a frame must be H x W x 3 uint8, not {frame.shape} {frame.dtype.name}"
            )
        if score_threshold is None:
            score_threshold = self.preset.info.score_threshold
        ticks = [time.perf_counter()]
        letterbox = Letterbox.fit((frame.shape[1], frame.shape[0]), self.input_size)
        letterbox.apply(frame, self._input[0])
        ticks.append(time.perf_counter())
        anchors = self.infer(self._input)
        ticks.append(time.perf_counter())
        # Here, since it takes long to import and presets can be read meanwhile; at the latest
        # warming up does it.
        import supervision as sv

        boxes, scores = select(*anchors, score_threshold)
        people = sv.Detections(
            xyxy=letterbox.to_frame(boxes),
            confidence=scores,
            class_id=np.zeros(len(scores), np.int64),
        )
        ticks.append(time.perf_counter())
        for stage, start, end in zip(STAGES, ticks, ticks[1:], strict=False):
            people.metadata[stage] = 1000 * (end - start)
        return people

    def _unusable(self, error: Exception) -> PresetError:
        return PresetError(f"Preset {self.preset.path} cannot be run: {plain_reason(error)}")


def make_options(threads: int, size: tuple[int, int] | None) -> ort.SessionOptions:
    """Return settings for sessions of some threads, and for one input size where that is known."""
    options = session_options()
    options.intra_op_num_threads = threads
    # Measured beside a busy window (python -m tests.benchmarks.session_settings): a thread per
    # core halves the time of one less. Spinning saves at most 10 % of it and, at 25 frames/s,
    # doubles the processor time, which decoding and the window need. Everything below the
    # full graph level is slower, up to four times; without the memory arena, without memory
    # patterns and with bound inputs and outputs it is the same, so they stay as they are.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if size is not None:
        for dimension, value in zip(("width", "height"), size, strict=True):
            options.add_free_dimension_override_by_name(dimension, value)
    return options
