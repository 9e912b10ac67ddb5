"""A source and a preset, running: frames in, results out, steered while it plays.

One thread reads frames, so that decoding the next overlaps detecting on this one; the other
detects and makes every callback::

    source -> capture thread -> slot for one frame -> detector thread -> on_result, on_status
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.frame import Jump, Source, SourceInfo
from pedcam.video.sources.spec import SourceSpec, open_source, parse_source
from pedcam.video.stream.capture import Watchdog
from pedcam.video.stream.detecting import Detecting
from pedcam.video.stream.playing import Playing
from pedcam.video.stream.preset_switch import PresetSwitch
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.slot import FrameSlot

__all__ = ["Result", "Stream", "StreamState", "StreamStatus"]

FIRST_RETRY = 0.5  # seconds
SLOWEST, FASTEST = 0.25, 4.0


class Stream:
    """Reads a source and detects on it until it ends or is closed.

    In real time, files play at their own pace, and frames for which there is no time are dropped;
    of a live source the newest frame wins. With ``complete`` every frame is detected, in order, as
    fast as that goes.

    Every method may be called from any thread and in any order, and none blocks, except
    :meth:`close` up to its time-out. A read or an opening that hangs is left behind in its thread.
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
        detail: Detail = Detail.WHOLE,
        counter: PeopleCounter | None = None,
        on_result: Callable[[Result], None],
        on_status: Callable[[StreamStatus], None],
        opener: Callable[[SourceSpec], Source] = open_source,
        first_retry: float = FIRST_RETRY,
        watchdog: Watchdog | None = None,
    ) -> None:
        """Prepare; nothing happens before :meth:`start`.

        Args:
            spec: What to read; SourceError if it names no source.
            pool: Where the detectors come from; it is not closed with the stream.
            preset: Name of the preset to begin with; KeyError if there is none of that name.
            complete: Detect on every frame instead of playing in real time; on several side by side
                where the pool has several lanes.
            loop: Begin again at the end, unless the source is live.
            score_threshold: Lowest score kept; ``None`` for each preset's calibrated one.
            detail: How closely to look.
            counter: Follows people from frame to frame and counts them; ``None`` for neither. When
                its ignored zones change at rest, the frame on display is detected again.
            on_result: Called on the detector thread with every result; must return quickly.
            on_status: Called on the detector thread with every change of state.
            opener: Opens the source.
            first_retry: Seconds before the first attempt to reconnect; about doubles with each.
            watchdog: Says when a source has been silent for too long.
        """
        # Guards everything, in all parts; the detector thread waits for it.
        self._changed = threading.Condition()
        self._pool = pool
        self._playing = Playing(
            parse_source(spec) if isinstance(spec, str) else spec,
            opener,
            self._changed,
            complete=complete,
            loop=loop,
            first_retry=first_retry,
            watchdog=watchdog or Watchdog(),
        )
        self._presets = PresetSwitch(pool, preset, self._wake)
        if counter is not None:
            counter.on_ignored = self._wake
        self._detecting = Detecting(
            pool,
            self._playing,
            self._presets,
            self._changed,
            lanes=pool.lanes if complete else 1,
            counter=counter,
            score_threshold=score_threshold,
            detail=detail,
            on_result=on_result,
            on_status=on_status,
        )

    def start(self) -> None:
        """Open the source and go, in the background."""
        with self._changed:
            self._playing.set_status(StreamState.CONNECTING)
            self._presets.load()
            self._detecting.start()
            self._playing.start()

    @property
    def source(self) -> SourceInfo:
        """What is known of the source; all of it once it plays."""
        return self._playing.source

    @property
    def state(self) -> StreamState:
        """What the stream is doing; ``on_status`` hears of it shortly after it changes."""
        return self._playing.state

    @property
    def paused(self) -> bool:
        """Whether the stream was paused; it may have ended or lost its source since."""
        return self._slot.paused

    def pause(self) -> None:
        """Stop at the frame on display; a result on its way may still come."""
        with self._changed:
            self._playing.pause()

    def resume(self) -> None:
        """Go on: a file from where it is, a live source from now."""
        with self._changed:
            self._presets.disturb()
            self._playing.resume()

    def step(self) -> None:
        """Show the next frame and stay paused."""
        self._slot.step()

    def step_back(self) -> None:
        """Pause at the frame before the one on display; does nothing on a live source."""
        with self._changed:
            shown = self._detecting.shown
            if shown is not None and not self.source.live:
                self._playing.pause()
                self._jump(Jump(shown.time, before=True))

    def seek(self, seconds: float) -> None:
        """Jump within a file, even after its end; does nothing on a live source."""
        self._jump(Jump(seconds))

    @property
    def speed(self) -> float:
        """Seconds of a file that play in a second."""
        return self._slot.speed

    def set_speed(self, speed: float) -> None:
        """Play a file at a speed from :data:`SLOWEST` to :data:`FASTEST`, or raise ValueError."""
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"a speed of {speed} is not between {SLOWEST} and {FASTEST:g}")
        with self._changed:
            self._presets.disturb()
            self._slot.set_speed(speed)

    @property
    def loop(self) -> bool:
        return self._slot.loop

    def set_loop(self, loop: bool) -> None:
        """Begin again at the end, or not; a file that has ended stays there."""
        with self._changed:
            self._slot.loop = loop

    @property
    def preset(self) -> str:
        """Name of the preset wanted; until it is warm the one before goes on."""
        return self._presets.wanted

    def set_preset(self, name: str) -> None:
        """Switch to another preset between two frames, and Auto off; KeyError for an unknown name.

        At rest (paused, ended) the frame on display is detected again, and so is one at which the
        preset before failed.
        """
        self._pool.ready(name)
        with self._changed:
            self._presets.choose(name)

    @property
    def auto(self) -> bool:
        return self._presets.auto

    def set_auto(self, target_rate: float | None = None) -> None:
        """Hold a frame rate by moving along the presets, until :meth:`set_preset`.

        ``Result.reason`` says why it moved. By default the rate is that of the source; ValueError
        if it is not a positive number.
        """
        with self._changed:
            self._presets.hold_rate(target_rate)

    def set_score_threshold(self, value: float | None) -> None:
        """Keep people from this score on, ``None`` for each preset's calibrated one.

        At rest the frame on display is detected again.
        """
        with self._changed:
            self._detecting.score_threshold = value
            self._changed.notify_all()

    def set_detail(self, detail: Detail) -> None:
        """Look more or less closely from the next frame on.

        At rest the frame on display is detected again.
        """
        with self._changed:
            self._detecting.detail = detail
            self._changed.notify_all()

    def close(self, timeout: float = 0.9) -> None:
        """Stop everything; no callback comes afterwards, unless the time-out in seconds is over.

        A read that hangs longer is abandoned in its thread.
        """
        deadline = time.perf_counter() + timeout
        with self._changed:
            self._playing.close()
        # The detector first: its callbacks are what the caller must not meet again.
        self._detecting.join(max(0.0, deadline - time.perf_counter()))
        self._playing.join(max(0.0, deadline - time.perf_counter()))

    @property
    def _slot(self) -> FrameSlot:
        return self._playing.slot

    def _jump(self, jump: Jump) -> None:
        with self._changed:
            if self._playing.jump(jump):
                self._presets.disturb()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
