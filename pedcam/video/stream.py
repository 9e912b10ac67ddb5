"""A source and a preset, running: frames in, results out, steered while it plays.

One thread reads frames, so that decoding the next overlaps detecting on this one; the other
detects and makes every callback::

    source -> capture thread -> slot for one frame -> detector thread -> on_result, on_status
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.video.capture import Capture
from pedcam.video.frames import Frame, Source
from pedcam.video.results import Result, StreamState, StreamStatus
from pedcam.video.slot import FrameSlot
from pedcam.video.sources import SourceSpec, open_source, parse_source

__all__ = ["Result", "Stream", "StreamState", "StreamStatus"]

FIRST_RETRY = 0.5  # seconds

_log = logging.getLogger(__name__)

_Job = tuple[Frame, str, float | None]

_AT_REST = (StreamState.PAUSED, StreamState.ENDED, StreamState.FAILED)


class Stream:
    """Reads a source and detects on it until it ends or is closed.

    In real time, files play at their own pace, and frames for which there is no time are dropped;
    of a live source the newest frame wins. With ``complete`` every frame is detected, in order, as
    fast as that goes.

    No method blocks, except :meth:`close` up to its time-out.

    Attributes:
        title: What people read about the source.
        live: Whether the source is live; known once it plays, as are the following.
        size: ``(width, height)`` of the source in pixels.
        rate: Frames per second of the source, 0 where unknown.
        duration: Seconds of the source, ``None`` where unknown.
    """

    def __init__(
        self,
        spec: SourceSpec | str,
        pool: DetectorPool,
        preset: str,
        *,
        complete: bool = False,
        loop: bool = False,
        score_threshold: float | None = None,
        on_result: Callable[[Result], None],
        on_status: Callable[[StreamStatus], None],
        opener: Callable[[SourceSpec], Source] = open_source,
        first_retry: float = FIRST_RETRY,
    ) -> None:
        """Prepare; nothing happens before :meth:`start`.

        Args:
            spec: What to read.
            pool: Where the detectors come from; it is not closed with the stream.
            preset: Name of the preset to begin with.
            complete: Detect on every frame instead of playing in real time.
            loop: Begin again at the end, unless the source is live.
            score_threshold: Lowest score kept; ``None`` for each preset's calibrated one.
            on_result: Called on the detector thread with every result; must return quickly.
            on_status: Called on the detector thread with every change of state.
            opener: Opens the source.
            first_retry: Seconds before the first attempt to reconnect; doubles with each.

        Raises:
            KeyError: There is no preset of that name.
            SourceError: The text names no source.
        """
        self._spec = parse_source(spec) if isinstance(spec, str) else spec
        pool.ready(preset)
        self._pool = pool
        self._wanted = preset
        self._active: str | None = None
        self._complete = complete
        self._loop = loop
        self._threshold = score_threshold
        self._on_result = on_result
        self._on_status = on_status
        self._opener = opener
        self._first_retry = first_retry
        self.title = self._spec.title
        self.live = self._spec.kind == "camera"
        self.size = (0, 0)
        self.rate = 0.0
        self.duration: float | None = None
        self._slot = FrameSlot(complete=complete)
        self._reader = Capture(
            lambda: opener(self._spec),
            self._slot,
            self,
            complete=complete,
            loop=loop,
            first_retry=first_retry,
        )
        # Guards everything below; the detector thread waits for it.
        self._changed = self._slot.changed
        self._state = StreamState.CONNECTING
        self._news: deque[StreamStatus] = deque()
        self._end: StreamStatus | None = None
        self._over: StreamStatus | None = None  # the end that was told
        self._last: Frame | None = None
        self._used: tuple[str, float | None] | None = None  # preset and threshold for it
        self._broken = False  # the active preset failed at detecting
        self._closing = False
        self._capturer = threading.Thread(
            target=self._reader.run, name="pedcam-capture", daemon=True
        )
        self._worker = threading.Thread(target=self._work, name="pedcam-detect", daemon=True)

    def start(self) -> None:
        """Open the source and go, in the background."""
        self._say(StreamState.CONNECTING)
        self._pool.request(self._wanted, self._wake)
        self._worker.start()
        self._capturer.start()

    @property
    def state(self) -> StreamState:
        """What the stream is doing; ``on_status`` hears of it shortly after it changes."""
        return self._state

    @property
    def paused(self) -> bool:
        """Whether the stream was paused; it may have ended or lost its source since."""
        return self._slot.paused

    def pause(self) -> None:
        """Stop at the frame on display; a result on its way may still come."""
        with self._changed:
            self._slot.pause()
            if self._state is StreamState.PLAYING:
                self._say(StreamState.PAUSED)

    def resume(self) -> None:
        """Go on: a file from where it is, a live source from now."""
        with self._changed:
            self._slot.resume()
            if self._state is StreamState.PAUSED:
                self._say(StreamState.PLAYING)

    def step(self) -> None:
        """Show the next frame and stay paused."""
        self._slot.step()

    def seek(self, seconds: float) -> None:
        """Jump within a file, also after its end; does nothing on a live source."""
        with self._changed:
            if not self.live and self._state in (
                StreamState.PLAYING,
                StreamState.PAUSED,
                StreamState.ENDED,
            ):
                self._end = self._over = None
                self._slot.seek(seconds)
                if self._state is StreamState.ENDED:
                    self._say(self._flowing())

    @property
    def preset(self) -> str:
        """Name of the preset wanted; until it is warm the one before goes on."""
        return self._wanted

    def set_preset(self, name: str) -> None:
        """Switch to another preset between two frames.

        At rest (paused, ended) the frame on display is detected again, and so is one at which the
        preset before failed.

        Raises:
            KeyError: There is no preset of that name.
        """
        self._pool.ready(name)
        with self._changed:
            self._wanted = name
            self._changed.notify_all()
        self._pool.request(name, self._wake)

    @property
    def score_threshold(self) -> float | None:
        """Lowest score kept, ``None`` for each preset's calibrated one."""
        return self._threshold

    def set_score_threshold(self, value: float | None) -> None:
        """Keep people from this score on; at rest the frame on display is detected again."""
        with self._changed:
            self._threshold = value
            self._changed.notify_all()

    def close(self, timeout: float = 0.9) -> None:
        """Stop everything; no callback comes after it, unless the time-out is over.

        Args:
            timeout: Seconds to wait. A read that hangs longer is left behind in its thread.
        """
        deadline = time.perf_counter() + timeout
        with self._changed:
            self._closing = True
            self._slot.close()
        self._reader.interrupt()
        # The detector first: its callbacks are what the caller must not meet again.
        for thread in (self._worker, self._capturer):
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.perf_counter()))

    # What the capture thread reports.

    def opened(self, source: Source) -> None:
        """Take over what the open source knows of itself."""
        with self._changed:
            self.title, self.live = source.title, source.live
            self.size, self.rate, self.duration = source.size, source.rate, source.duration
            # While the preset is broken nothing is shown, whatever the source does.
            if not self._broken and self._state is not self._flowing():
                self._say(self._flowing())

    def lost(self, message: str) -> None:
        """Tell that a live source is gone for now."""
        with self._changed:
            if not self._broken:
                self._say(StreamState.RECONNECTING, message)

    def finished(self, error: str | None) -> None:
        """Remember the end, which is told after the last result."""
        with self._changed:
            state = StreamState.ENDED if error is None else StreamState.FAILED
            self._end = StreamStatus(state, error or "")
            self._changed.notify_all()

    # What the detector thread does.

    def _work(self) -> None:
        while self._wait():
            try:
                news, job = self._next_job()
                for status in news:
                    self._on_status(status)
                if job is not None:
                    self._detect(*job)
            # Whatever goes wrong here must be seen by somebody instead of freezing the picture.
            except Exception as error:
                _log.exception("detecting stopped")
                # Not twice: telling may be what went wrong.
                if self._state is not StreamState.FAILED:
                    self._fail(f"Detecting stopped unexpectedly: {error}")
        self._state = StreamState.CLOSED
        try:
            self._on_status(StreamStatus(StreamState.CLOSED))
        except Exception:
            _log.exception("the end could not be told")

    def _wait(self) -> bool:
        """Wait for something to do; false when the stream closes."""

        def something_to_do() -> bool:
            return bool(
                self._closing
                or self._news
                or self._stale()
                or self._settled()
                or self._slot.can_take()
                or self._at_end()
            )

        with self._changed:
            self._changed.wait_for(something_to_do)
            return not self._closing

    def _next_job(self) -> tuple[list[StreamStatus], _Job | None]:
        with self._changed:
            if self._settled():
                self._switch()
            frame = self._last if self._stale() else self._slot.take()
            if frame is None and self._end is not None and self._at_end():
                self._say(self._end.state, self._end.message)
                self._over, self._end = self._end, None
            news = list(self._news)
            self._news.clear()
            if frame is None or self._active is None:
                return news, None
            return news, (frame, self._active, self._threshold)

    def _settled(self) -> bool:
        """Whether the wanted preset is not the active one and has become ready or failed."""
        wanted = self._wanted
        return wanted != self._active and (
            self._pool.ready(wanted) or self._pool.error(wanted) is not None
        )

    def _switch(self) -> None:
        error = self._pool.error(self._wanted)
        if error is None:
            if self._active is None:
                self._slot.release()
            self._active = self._wanted
        elif self._active is not None:
            # The one before goes on, and people learn why.
            self._wanted = self._active
            self._say(self._state, str(error))
        else:
            self._active = self._wanted
            self._fail(str(error))

    def _detect(self, frame: Frame, preset: str, threshold: float | None) -> None:
        started = time.perf_counter()
        # A frame detected again was captured long ago, which says nothing about latency.
        since = started if frame is self._last else frame.captured
        try:
            detections = self._pool.detect(preset, frame.image, threshold)
        # ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            if self._closing:
                return
            _log.exception("preset %s failed", preset)
            known = isinstance(error, PresetError)
            message = str(error) if known else f"Detecting stopped unexpectedly: {error}"
            with self._changed:
                self._last, self._used = frame, (preset, threshold)
                self._broken = True
                self._slot.hold()
                self._say(StreamState.FAILED, message)
            return
        done = time.perf_counter()
        with self._changed:
            if self._closing:
                return
            self._last, self._used = frame, (preset, threshold)
            if self._broken:
                self._recover()
        self._on_result(
            Result(
                frame=frame,
                detections=detections,
                preset=preset,
                detect_ms=1000 * (done - started),
                latency_ms=1000 * (done - since),
                dropped=self._slot.dropped,
            )
        )

    def _recover(self) -> None:
        self._broken = False
        self._slot.release()
        over = self._over or StreamStatus(self._flowing())
        self._say(over.state, over.message)

    def _fail(self, message: str) -> None:
        self._slot.close()
        with self._changed:
            self._end = None
            self._say(StreamState.FAILED, message)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _say(self, state: StreamState, message: str = "") -> None:
        with self._changed:
            # A read that was left behind may report long after the end.
            if not self._closing:
                self._state = state
                self._news.append(StreamStatus(state, message))
                self._changed.notify_all()

    def _flowing(self) -> StreamState:
        return StreamState.PAUSED if self._slot.paused else StreamState.PLAYING

    def _at_end(self) -> bool:
        return self._end is not None and self._slot.frame is None and not self._broken

    def _stale(self) -> bool:
        """Whether the frame on display stays there and was detected with other settings."""
        return (
            self._state in _AT_REST
            and self._last is not None
            and self._used != (self._active, self._threshold)
        )
