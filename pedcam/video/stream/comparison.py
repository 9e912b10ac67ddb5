"""A second preset at work on the frames of a stream, so that two can be compared."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.detect.pool import DetectorPool
from pedcam.errors import UserError
from pedcam.video.people.counters import without_ignored
from pedcam.video.stream.results import Result

SAME_PERSON = 0.5
"""Overlap (intersection over union) from which two boxes are of the same person, as evaluated."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """One frame seen by two presets."""

    left: Result  # what the stream's own preset found
    right: sv.Detections  # what the other preset found in the same frame
    right_preset: str  # name of the other preset
    right_ms: float  # milliseconds that the other preset took
    only_left: NDArray[np.bool_]  # whom the other preset missed, bool [left people]
    only_right: NDArray[np.bool_]  # whom the stream's own preset missed, bool [right people]


class Comparison:
    """Detects with another preset in the frames of a stream, in a thread of its own.

    It takes the newest frame whenever it is free, so the stream goes on at its own pace; both
    share the processor, and so both are slower than alone.
    """

    def __init__(
        self,
        pool: DetectorPool,
        preset: str,
        on_pair: Callable[[Pair], None],
        on_error: Callable[[str], None],
        score_threshold: float | None = None,
    ) -> None:
        """Prepare; :meth:`start` begins.

        Both callbacks come on the comparison's thread: ``on_pair`` with every frame compared,
        ``on_error`` with a text for people when the preset cannot be used, after which the
        comparison waits for another one. KeyError if there is no preset of that name.
        """
        pool.ready(preset)
        self._pool = pool
        self._on_pair, self._on_error = on_pair, on_error
        self._changed = threading.Condition()
        self._settings = (preset, score_threshold)
        self._latest: Result | None = None
        self._due = False  # whether the latest result was not yet compared with these settings
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="pedcam-compare", daemon=True)

    @property
    def preset(self) -> str:
        return self._settings[0]

    def start(self) -> None:
        self._thread.start()

    def put(self, result: Result) -> None:
        """Take a result of the stream; called on its detector thread."""
        with self._changed:
            self._due |= result is not self._latest
            self._latest = result
            self._changed.notify_all()

    def set_preset(self, name: str) -> None:
        """Compare with another preset from now on, including the frame on display."""
        self._pool.ready(name)
        self._set(name, self._settings[1])

    def set_score_threshold(self, value: float | None) -> None:
        """Keep people from this score on; ``None`` for the calibrated one."""
        self._set(self._settings[0], value)

    def close(self, timeout: float = 0.9) -> None:
        """Stop within the time-out in seconds; no callback comes after that."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _set(self, preset: str, score_threshold: float | None) -> None:
        with self._changed:
            self._due |= self._settings != (preset, score_threshold)
            self._settings = preset, score_threshold
            self._changed.notify_all()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            result, (preset, threshold) = job
            try:
                started = time.perf_counter()
                found = self._pool.detect(preset, result.frame.image, threshold, result.rows)
                taken = 1000 * (time.perf_counter() - started)
                height, width = result.frame.image.shape[:2]
                found = without_ignored(found, result.ignored, (width, height))
            # ONNX Runtime's errors share no base class of their own.
            except Exception as error:
                if not self._closing:
                    _log.exception("preset %s failed while comparing", preset)
                    message = f"Comparing with preset '{preset}' stopped unexpectedly: {error}"
                    self._on_error(str(error) if isinstance(error, UserError) else message)
                continue
            only_left, only_right = differences(result.detections, found)
            pair = Pair(result, found, preset, taken, only_left, only_right)
            if not self._closing:
                self._on_pair(pair)

    def _next(self) -> tuple[Result, tuple[str, float | None]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or (self._due and self._latest))
            if self._closing or self._latest is None:
                return None
            # Before it is done: what fails once is not tried for ever.
            self._due = False
            return self._latest, self._settings


def differences(
    left: sv.Detections, right: sv.Detections, overlap: float = SAME_PERSON
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find who is on one side only, as bool ``[left people]`` and bool ``[right people]``.

    Boxes are paired one to one, those that overlap most first; ``overlap`` is the intersection over
    union from which two boxes are of the same person.
    """
    only_left = np.ones(len(left), bool)
    only_right = np.ones(len(right), bool)
    if not len(left) or not len(right):
        return only_left, only_right
    overlaps = np.asarray(sv.box_iou_batch(left.xyxy, right.xyxy))
    for place in np.argsort(-overlaps, axis=None, kind="stable"):
        row, column = np.unravel_index(place, overlaps.shape)
        if overlaps[row, column] < overlap:
            break
        if only_left[row] and only_right[column]:
            only_left[row] = only_right[column] = False
    return only_left, only_right
