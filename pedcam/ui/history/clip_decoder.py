"""Decoding a clip again and again, in time, on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import Frame, SourceError

AT_END = 0.5  # seconds for which the last frame stays


class ClipDecoder:
    """Gives the frames of a clip when each is due, from the start again after the end.

    One frame is held at a time. Whatever the disk does, its methods return at once.
    """

    def __init__(
        self,
        clip: Path,
        on_frame: Callable[[Frame, float | None], None],
        on_error: Callable[[str], None],
    ) -> None:
        """Begin to play; the callbacks come on the decoder's thread.

        ``on_frame`` gets a frame, whose segment grows with every jump, and the clip's length in
        seconds if it is known. ``on_error`` is the end, and gets the reason.
        """
        self._clip = clip
        self._on_frame, self._on_error = on_frame, on_error
        self._changed = threading.Condition()
        self._paused = self._closed = False
        self._target: float | None = None
        self.thread = threading.Thread(target=self._run, name="pedcam-clip", daemon=True)
        self.thread.start()

    def set_paused(self, paused: bool) -> None:
        """Stay at a frame, or go on from there."""
        with self._changed:
            self._paused = paused
            self._changed.notify()

    def seek(self, seconds: float) -> None:
        """Go on from there; while paused, only that frame comes."""
        with self._changed:
            self._target = seconds
            self._changed.notify()

    def close(self) -> None:
        """End; at most the frame that is just being given still comes."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            source = FileSource(self._clip)
            try:
                self._play(source)
            finally:
                source.close()
        except SourceError as error:
            self._on_error(str(error))

    def _play(self, source: FileSource) -> None:
        segment = 0
        start: float | None = None  # of the clip, on the clock of time.perf_counter
        while True:
            with self._changed:
                if self._paused:
                    start = None
                self._changed.wait_for(lambda: not self._paused or self._interrupted())
                if self._closed:
                    return
                target, self._target = self._target, None
            if target is not None:
                source.seek(target)
                segment, start = segment + 1, None
            frame = source.read()
            if frame is None and target is not None:
                raise SourceError(f"{self._clip} has no more pictures; it may be damaged.")
            if frame is None:
                self._begin_again()
                continue
            now = time.perf_counter()
            start = now - frame.time if start is None else start
            with self._changed:
                self._changed.wait_for(
                    lambda: self._paused or self._interrupted(), start + frame.time - now
                )
                if self._closed:
                    return
            self._on_frame(replace(frame, segment=segment), source.duration)

    def _begin_again(self) -> None:
        with self._changed:
            self._changed.wait_for(self._interrupted, AT_END)
            self._changed.wait_for(lambda: not self._paused or self._interrupted())
            if self._target is None:
                self._target = 0.0

    def _interrupted(self) -> bool:
        return self._closed or self._target is not None
