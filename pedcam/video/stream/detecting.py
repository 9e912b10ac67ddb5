"""The thread that detects for a stream: it waits for frames, and makes every callback."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

import supervision as sv

from pedcam.detect.detail import AutomaticDetail, Detail
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.video.people.counters import IgnoredZone, without_ignored
from pedcam.video.people.counts import Counts
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.playing import Playing
from pedcam.video.stream.preset_switch import PresetSwitch
from pedcam.video.stream.results import Result, StreamState, StreamStatus

_AT_REST = (StreamState.PAUSED, StreamState.ENDED, StreamState.FAILED)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Job:
    """A frame to detect on, with the settings of that moment."""

    frame: Frame
    preset: str
    threshold: float | None
    detail: Detail
    rows: int  # of tiles
    ignored: tuple[IgnoredZone, ...] = ()  # those of the moment at which it was done


@dataclass(frozen=True)
class _Found:
    """What was found in a frame, and when that began and was done."""

    detections: sv.Detections
    started: float
    done: float


class Detecting:
    """Detects on the frames of a source with the preset of the moment.

    Frames may be detected side by side, each in a thread of its own; the thread here gives out the
    results in the order of the frames.

    Attributes:
        score_threshold: Lowest score kept, ``None`` for each preset's calibrated one; a change is
            to be notified to ``changed``.
        detail: How closely to look; likewise.
    """

    def __init__(
        self,
        pool: DetectorPool,
        playing: Playing,
        presets: PresetSwitch,
        changed: threading.Condition,
        *,
        lanes: int,
        counter: PeopleCounter | None,
        score_threshold: float | None,
        detail: Detail,
        on_result: Callable[[Result], None],
        on_status: Callable[[StreamStatus], None],
    ) -> None:
        """Prepare; see :class:`pedcam.video.stream.stream.Stream` for the other arguments.

        ``lanes`` is how many frames may be detected side by side.
        """
        self.score_threshold, self.detail = score_threshold, detail
        self._automatic = AutomaticDetail()
        self._rows = 0  # of tiles, in the last frame that was begun
        self._pool, self._playing, self._presets = pool, playing, presets
        self._counter = counter
        self._on_result, self._on_status = on_result, on_status
        self._changed = changed
        self._last: _Job | None = None  # what is on display
        self._counts: Counts | None = None
        self._segment: int | None = None  # of the last frame that was counted
        self._lanes = lanes
        self._begun: deque[tuple[_Job, Future[_Found]]] = deque()  # in the order of the frames
        self._left: deque[Frame] = deque()  # frames after one at which the preset failed
        self._workers = ThreadPoolExecutor(lanes, "pedcam-lane") if lanes > 1 else None
        self._thread = threading.Thread(target=self._run, name="pedcam-detect", daemon=True)

    @property
    def shown(self) -> Frame | None:
        return self._last.frame if self._last is not None else None

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout: float) -> None:
        """Wait for the thread to end, which it does once ``playing`` is closed."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _run(self) -> None:
        while self._wait():
            try:
                statuses, job = self._next_job()
                for status in statuses:
                    self._on_status(status)
                if job is not None:
                    self._begin(job)
                if self._begun and self._begun[0][1].done():
                    self._finish(*self._begun.popleft())
            # Any failure here must be reported instead of freezing the picture.
            except Exception as error:
                _log.exception("detecting stopped")
                # Not twice: reporting may be what went wrong.
                if self._playing.state is not StreamState.FAILED:
                    with self._changed:
                        self._playing.fail(f"Detecting stopped unexpectedly: {error}")
        if self._workers is not None:
            self._workers.shutdown(wait=False, cancel_futures=True)
        self._playing.state = StreamState.CLOSED
        try:
            self._on_status(StreamStatus(StreamState.CLOSED))
        except Exception:
            _log.exception("the end could not be reported")

    def _wait(self) -> bool:
        """Wait for something to do; false when the stream closes."""
        playing = self._playing

        def something_to_do() -> bool:
            return (
                playing.closing
                or playing.has_pending_statuses
                or self._stale()
                or self._presets.resolved
                or self._can_begin()
                or (bool(self._begun) and self._begun[0][1].done())
                or (playing.at_end and not self._busy)
            )

        with self._changed:
            while not self._changed.wait_for(something_to_do, playing.watch()):
                pass
            return not playing.closing

    def _next_job(self) -> tuple[list[StreamStatus], _Job | None]:
        with self._changed:
            playing = self._playing
            if self._presets.resolved:
                self._switch()
            frame = None
            if self._stale():
                frame = self.shown
            elif self._can_begin():
                frame = self._left.popleft() if self._left else playing.slot.take()
            if frame is not None:
                playing.end_silence()
            elif not self._busy:
                playing.report_end()
            statuses, preset = playing.take_statuses(), self._presets.active
            if frame is None or preset is None:
                return statuses, None
            rows = self._next_rows(again=frame is self.shown)
            return statuses, _Job(frame, preset, self.score_threshold, self.detail, rows)

    def _next_rows(self, *, again: bool) -> int:
        rows = self.detail.rows
        if self.detail is Detail.AUTO:
            rows = self._automatic.rows if again else self._automatic.plan()
        if rows != self._rows:
            # To Auto, a frame that takes longer from here on is a machine under more load: it
            # holds the rate with a faster preset.
            self._presets.disturb()
            self._rows = rows
        return rows

    @property
    def _ignored(self) -> tuple[IgnoredZone, ...]:
        return () if self._counter is None else self._counter.ignored

    @property
    def _busy(self) -> bool:
        """Whether frames were taken that have no result yet."""
        return bool(self._begun or self._left)

    def _can_begin(self) -> bool:
        """Whether there is a frame to detect on, and a thread for it."""
        # Auto decides by how long a frame takes that has all cores for itself.
        lanes = 1 if self._presets.auto else self._lanes
        slot = self._playing.slot
        waiting = not (slot.paused or slot.held) if self._left else slot.can_take()
        return waiting and len(self._begun) < lanes

    def _stale(self) -> bool:
        """Whether the frame on display stays there and was detected with other settings."""
        last = self._last
        return (
            last is not None
            and not self._begun
            and self._playing.state in _AT_REST
            and (last.preset, last.threshold, last.detail, last.ignored)
            != (self._presets.active, self.score_threshold, self.detail, self._ignored)
        )

    def _switch(self) -> None:
        playing, presets = self._playing, self._presets
        held = presets.active is None or (playing.blocked and self._last is None)
        error = presets.switch(forced=held)
        if error is None:
            if held:
                self._playing.slot.release()
        elif held:
            # Frames are held back until there is one that works.
            playing.block(presets.wanted, str(error))
            presets.leave_out(presets.wanted)
        else:
            # The one before goes on, and people learn why.
            playing.set_status(self._playing.state, str(error))

    def _begin(self, job: _Job) -> None:
        if self._workers is not None:
            found = self._workers.submit(self._detect, job)
            found.add_done_callback(self._wake)
        else:
            found = Future()
            try:
                found.set_result(self._detect(job))
            # ONNX Runtime's errors share no base class of their own.
            except Exception as error:
                found.set_exception(error)
        self._begun.append((job, found))

    def _wake(self, _: Future[_Found]) -> None:
        with self._changed:
            self._changed.notify_all()

    def _detect(self, job: _Job) -> _Found:
        started = time.perf_counter()
        detections = self._pool.detect(job.preset, job.frame.image, job.threshold, job.rows)
        return _Found(detections, started, time.perf_counter())

    def _finish(self, job: _Job, outcome: Future[_Found]) -> None:
        """Count the people in a frame and give the result out."""
        job = replace(job, ignored=self._ignored)
        error = outcome.exception()
        if error is not None:
            # What was begun after it must not overtake it.
            for _, later in self._begun:
                later.cancel()
            self._left.extendleft(reversed([later.frame for later, _ in self._begun]))
            self._begun.clear()
            self._preset_failed(job, error)
            return
        found, frame = outcome.result(), job.frame
        again = frame is self.shown
        # A frame detected again was captured long ago, which says nothing about latency.
        since = found.started if again else frame.captured
        detections, counts = self._follow(job, found.detections, again=again)
        with self._changed:
            if self._playing.closing:
                return
            self._last, self._counts = job, counts
            if self._playing.blocked:
                self._playing.unblock()
        result = Result(
            frame=frame,
            detections=detections,
            preset=job.preset,
            detect_ms=1000 * (found.done - found.started),
            latency_ms=1000 * (time.perf_counter() - since),
            dropped=self._playing.slot.dropped,
            counts=counts,
            reason=self._presets.reason,
            rows=job.rows,
            ignored=job.ignored,
        )
        self._on_result(result)
        if not again:
            self._automatic.put(detections, (frame.image.shape[1], frame.image.shape[0]))
            self._observe(job, 1000 * (time.perf_counter() - found.started))

    def _follow(
        self, job: _Job, detections: sv.Detections, *, again: bool
    ) -> tuple[sv.Detections, Counts | None]:
        """Track and count people, except in a frame that was counted before."""
        counter, frame = self._counter, job.frame
        if counter is None:
            return detections, None
        size = (frame.image.shape[1], frame.image.shape[0])
        if again:
            detections = without_ignored(detections, job.ignored, size)
            return detections, self._counts and replace(self._counts, events=())
        if self._segment not in (None, frame.segment):
            counter.cut()
        self._segment = frame.segment
        threshold = self._pool.threshold(job.preset) if job.threshold is None else job.threshold
        return counter.update(
            detections,
            index=frame.index,
            time=frame.time,
            size=size,
            score_threshold=threshold,
            now=datetime.now().time() if self._playing.source.live else None,
        )

    def _observe(self, job: _Job, busy_ms: float) -> None:
        with self._changed:
            slot, source = self._playing.slot, self._playing.source
            # Pauses between steps are no room.
            if not slot.paused:
                rate = 0.0 if source.live else source.rate * slot.speed
                self._presets.observe(job.frame, job.preset, busy_ms, rate)

    def _preset_failed(self, job: _Job, error: BaseException) -> None:
        with self._changed:
            if self._playing.closing:
                return
            _log.error("preset %s failed", job.preset, exc_info=error)
            known = isinstance(error, PresetError)
            self._last = job
            message = str(error) if known else f"Detecting stopped unexpectedly: {error}"
            self._playing.block(job.preset, message)
            self._presets.leave_out(job.preset)
