"""What the threads of a stream do: the capture thread reports here, the detector thread works.

:class:`pedcam.video.stream.stream.Stream` is what others use.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import supervision as sv

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.video.people.counts import Counts
from pedcam.video.people.crowd import Crowd
from pedcam.video.sources.frame import Frame, Source
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.auto import Auto
from pedcam.video.stream.reader import Reading, Verdict, Watchdog
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.slot import FrameSlot

_log = logging.getLogger(__name__)

_AT_REST = (StreamState.PAUSED, StreamState.ENDED, StreamState.FAILED)


@dataclass(frozen=True)
class _Job:
    """A frame to detect on, with the settings of that moment."""

    frame: Frame
    preset: str
    threshold: float | None


class Engine:
    """Reads, detects and tells, with whatever settings there are at the moment."""

    title: str
    live: bool
    size: tuple[int, int]
    rate: float
    duration: float | None
    _opened: bool
    _end: StreamStatus | None
    _over: StreamStatus | None  # the end that was told
    _last: Frame | None
    _used: tuple[str, float | None] | None  # preset and threshold for it
    _broken: bool  # the active preset failed at detecting
    _counts: Counts | None

    def __init__(
        self,
        spec: SourceSpec,
        pool: DetectorPool,
        preset: str,
        *,
        complete: bool,
        loop: bool,
        score_threshold: float | None,
        crowd: Crowd | None,
        on_result: Callable[[Result], None],
        on_status: Callable[[StreamStatus], None],
        opener: Callable[[SourceSpec], Source],
        first_retry: float,
        watchdog: Watchdog,
    ) -> None:
        """Prepare; see :class:`pedcam.video.stream.stream.Stream` for the arguments.

        Raises:
            KeyError: There is no preset of that name.
        """
        self._spec = spec
        pool.ready(preset)
        self._pool = pool
        self._wanted = preset
        self._active: str | None = None
        self._complete = complete
        self._loop = loop
        self._threshold = score_threshold
        self._on_result = on_result
        self._on_status = on_status
        self._subscribers: tuple[Callable[[Result], None], ...] = ()
        self._opener = opener
        slot = FrameSlot(complete=complete)
        # Guards everything below; the detector thread waits for it.
        self._changed = slot.changed
        self._reading = Reading(
            slot, self, complete=complete, first_retry=first_retry, watchdog=watchdog
        )
        self._state = StreamState.CONNECTING
        self._news: deque[StreamStatus] = deque()
        self._auto = Auto()
        self._crowd = crowd
        self._segment: int | None = None  # of the last frame that was counted
        self._closing = False
        self.title = spec.title
        self.live = spec.kind == "camera"
        self.size = (0, 0)
        self.rate = 0.0
        self.duration = None
        self._opened = self._broken = False
        self._end = self._over = None
        self._last = self._used = self._counts = None
        self._worker = threading.Thread(target=self._work, name="pedcam-detect", daemon=True)

    # What the capture thread reports, with everything locked.

    def opened(self, source: Source) -> None:
        """Take over what the open source knows of itself."""
        self.title, self.live = source.title, source.live
        self.size, self.rate, self.duration = source.size, source.rate, source.duration
        self._opened = True
        # While the preset is broken nothing is shown, whatever the source does.
        if not self._broken and self._state is not self._flowing():
            self._say(self._flowing())

    def lost(self, message: str, retry_in: float) -> None:
        """Tell that a live source is gone for now."""
        if not self._broken:
            self._say(StreamState.RECONNECTING, message, retry_in)

    def finished(self, error: str | None) -> None:
        """Remember the end, which is told after the last result."""
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
                    self._detect(job)
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
            self._watch()
            while not self._changed.wait_for(something_to_do, self._reading.look_again()):
                self._watch()
            return not self._closing

    def _watch(self) -> None:
        """See to a source that has been silent."""
        verdict = self._reading.judge()
        # A slow disk comes back by itself, and a file would begin anew.
        if verdict is Verdict.GONE and (self.live or not self._opened):
            reason = f"{self.title} does not answer any more."
            again = self._opened and not self._complete
            self._reading.abandon(reason, reconnect=again)
        elif verdict is not Verdict.FINE and self._state is StreamState.PLAYING:
            self._say(StreamState.STALLED, f"Nothing comes from {self.title} at the moment.")

    def _next_job(self) -> tuple[list[StreamStatus], _Job | None]:
        with self._changed:
            if self._settled():
                self._switch()
            frame = self._last if self._stale() else self._slot.take()
            if frame is not None and self._state is StreamState.STALLED:
                self._say(self._flowing())
            if frame is None and self._end is not None and self._at_end():
                self._say(self._end.state, self._end.message)
                self._over, self._end = self._end, None
            news = list(self._news)
            self._news.clear()
            if frame is None or self._active is None:
                return news, None
            return news, _Job(frame, self._active, self._threshold)

    def _settled(self) -> bool:
        """Whether the wanted preset is not the active one and has become ready or failed."""
        wanted = self._wanted
        return wanted != self._active and (
            self._pool.ready(wanted) or self._pool.error(wanted) is not None
        )

    def _switch(self) -> None:
        error = self._pool.error(self._wanted)
        if error is None:
            if self._active is None or (self._broken and self._last is None):
                self._slot.release()
            self._active = self._wanted
        elif self._active is not None and not (self._broken and self._last is None):
            # The one before goes on, and people learn why.
            self._auto.leave_out(self._wanted)
            self._wanted = self._active
            self._say(self._state, str(error))
        else:
            # Frames are held back until there is one that works.
            self._active = self._wanted
            self._broken = True
            self._say(StreamState.FAILED, str(error))
            self._choose_another(self._wanted)

    def _choose_another(self, broken: str) -> None:
        """Go on with another preset where it is Auto that chooses."""
        if self._auto.enabled:
            others = self._auto.leave_out(broken)
            if others:
                self._want(others[-1])

    def _detect(self, job: _Job) -> None:
        frame = job.frame
        started = time.perf_counter()
        again = frame is self._last
        # A frame detected again was captured long ago, which says nothing about latency.
        since = started if again else frame.captured
        try:
            detections = self._pool.detect(job.preset, frame.image, job.threshold)
        # ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            self._preset_failed(job, error)
            return
        done = time.perf_counter()
        detections, counts = self._follow(job, detections, again=again)
        with self._changed:
            if self._closing:
                return
            self._last, self._used = frame, (job.preset, job.threshold)
            self._counts = counts
            if self._broken:
                self._recover()
            subscribers = self._subscribers
        result = Result(
            frame=frame,
            detections=detections,
            preset=job.preset,
            detect_ms=1000 * (done - started),
            latency_ms=1000 * (time.perf_counter() - since),
            dropped=self._slot.dropped,
            counts=counts,
            reason=self._auto.reason,
        )
        self._on_result(result)
        for subscriber in subscribers:
            try:
                subscriber(result)
            # A recording that breaks is no reason to stop watching.
            except Exception:
                _log.exception("a subscriber failed and is not called again")
                self._unsubscribe(subscriber)
        if not again:
            self._observe(job, 1000 * (time.perf_counter() - started))

    def _follow(
        self, job: _Job, detections: sv.Detections, *, again: bool
    ) -> tuple[sv.Detections, Counts | None]:
        """Say who is who and count them, except in a frame that was counted before."""
        crowd, frame = self._crowd, job.frame
        if crowd is None:
            return detections, None
        if again:
            return detections, self._counts and replace(self._counts, events=())
        if self._segment not in (None, frame.segment):
            crowd.cut()
        self._segment = frame.segment
        threshold = self._pool.threshold(job.preset) if job.threshold is None else job.threshold
        return crowd.update(
            detections,
            index=frame.index,
            time=frame.time,
            size=(frame.image.shape[1], frame.image.shape[0]),
            score_threshold=threshold,
        )

    def _observe(self, job: _Job, busy_ms: float) -> None:
        """Let Auto see what a frame took."""
        with self._changed:
            # Pauses between steps are no room.
            if self._slot.paused:
                return
            rate = 0.0 if self.live else self.rate * self._slot.speed
            move = self._auto.observe(job.frame, job.preset, busy_ms, rate)
            if move is not None:
                self._want(move.preset)

    def _preset_failed(self, job: _Job, error: Exception) -> None:
        if self._closing:
            return
        _log.exception("preset %s failed", job.preset)
        known = isinstance(error, PresetError)
        message = str(error) if known else f"Detecting stopped unexpectedly: {error}"
        with self._changed:
            self._last, self._used = job.frame, (job.preset, job.threshold)
            self._broken = True
            self._slot.hold()
            self._say(StreamState.FAILED, message)
            self._choose_another(job.preset)

    def _recover(self) -> None:
        self._broken = False
        self._slot.release()
        over = self._over or StreamStatus(self._flowing())
        self._say(over.state, over.message)

    def _fail(self, message: str) -> None:
        with self._changed:
            self._reading.close()
            self._end = None
            self._say(StreamState.FAILED, message)

    def _read_source(self) -> None:
        spec = self._spec
        self._reading.open(lambda: self._opener(spec), loop=self._loop)

    @property
    def _slot(self) -> FrameSlot:
        return self._reading.slot

    def _want(self, name: str) -> None:
        self._wanted = name
        self._changed.notify_all()
        self._pool.request(name, self._wake)

    def _usable_presets(self) -> list[str]:
        """Names of the presets that did not fail, the shallowest first."""
        presets = sorted(self._pool.presets, key=lambda preset: preset.info.depth)
        return [preset.name for preset in presets if self._pool.error(preset.name) is None]

    def _unsubscribe(self, callback: Callable[[Result], None]) -> None:
        with self._changed:
            self._subscribers = tuple(other for other in self._subscribers if other is not callback)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _say(self, state: StreamState, message: str = "", retry_in: float | None = None) -> None:
        with self._changed:
            # A read that was left behind may report long after the end.
            if not self._closing:
                self._state = state
                self._news.append(StreamStatus(state, message, retry_in))
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
