"""Which preset a stream runs: the one chosen, or the one that Auto finds by measuring."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError, at_all_sizes
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.governor import Governor
from pedcam.video.stream.ladder import make_ladder, work

WINDOW = 2.0  # seconds to look back
LEAST = 4  # frames without which nothing is said


class PresetSwitch:
    """Loads the preset that is wanted, and changes to it once it is ready.

    Everything is called under the lock of the stream.
    """

    def __init__(self, pool: DetectorPool, preset: str, wake: Callable[[], None]) -> None:
        """Prepare; ``wake`` is called from any thread when :attr:`resolved` may have changed."""
        pool.ready(preset)
        self.wanted = preset  # name of the preset to change to, or that runs already
        # The preset that runs, None before the first one is ready.
        self.active: str | None = None
        self.reason = ""  # why Auto last moved, for people; empty where it has not
        self._pool, self._wake = pool, wake
        self._governor: Governor | None = None
        self._pace = Pace()

    @property
    def auto(self) -> bool:
        return self._governor is not None

    @property
    def resolved(self) -> bool:
        """Whether another preset is wanted than runs, and became ready or failed."""
        wanted = self.wanted
        return wanted != self.active and (
            self._pool.ready(wanted) or self._pool.error(wanted) is not None
        )

    def load(self) -> None:
        """Load the preset that is wanted, before all others."""
        self._pool.request(self.wanted, self._wake)

    def choose(self, name: str) -> None:
        """Want this preset, and switch Auto off."""
        self._governor, self.reason = None, ""
        self._want(name)

    def hold_rate(self, target_rate: float | None) -> None:
        """Let Auto choose among the presets that did not fail, for the source's rate by default.

        A preset that Auto does not move along is left for the best one that takes no longer.

        Raises:
            ValueError: There is none, or the rate is not a positive number.
        """
        pool = self._pool
        usable = [preset for preset in pool.presets if pool.error(preset.name) is None]
        ladder = make_ladder(usable)
        names = [name for name in ladder.names if pool.error(name) is None]
        self._governor = Governor(names, target_rate=target_rate, work=ladder.work)
        self.reason = ""
        if ladder.work and self.wanted not in names:
            here = next((it for it in at_all_sizes(usable) if it.name == self.wanted), None)
            most = work(here) if here is not None else 0.0
            self.reason = "the one before is not among those that find most in their time"
            self._want(next((name for name in names if ladder.work[name] <= most), names[-1]))

    def switch(self, *, forced: bool) -> PresetError | None:
        """Run the preset that is wanted, which is :attr:`resolved`; return why it cannot run.

        ``forced`` means that there is no other one to go on with should it have failed.
        """
        error = self._pool.error(self.wanted)
        if error is None or forced or self.active is None:
            self.active = self.wanted
        else:
            self._remaining(self.wanted)
            self.wanted = self.active
        return error

    def leave_out(self, broken: str) -> None:
        """Go on with another preset where it is Auto that chooses."""
        others = self._remaining(broken)
        if others:
            self._want(others[-1])

    def disturb(self) -> None:
        """Forget recent measurements, after a pause, a jump or a change of speed."""
        if self._governor is not None:
            self._governor.reset()

    def observe(self, frame: Frame, preset: str, busy_ms: float, rate: float) -> None:
        """Note that a frame is done, after which Auto may want another preset.

        ``busy_ms`` is how long it kept the detector thread busy; ``rate`` is what the source says,
        in frames per second, 0 where unknown.
        """
        measured = self._pace.observe(frame)
        if self._governor is None:
            return
        move = self._governor.observe(preset, busy_ms, time.perf_counter(), rate or measured)
        if move is not None:
            self.reason = move.reason
            self._want(move.preset)

    def _want(self, name: str) -> None:
        self.wanted = name
        self._wake()
        self.load()

    def _remaining(self, broken: str) -> list[str]:
        """Names of the presets that Auto may still move to, the slowest first."""
        if self._governor is None:
            return []
        self._governor.remove(broken)
        return [other for other in self._governor.presets if other != broken]


class Pace:
    """Measures the rate of a source by its frames, including those that nobody saw."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._segment = -1

    def observe(self, frame: Frame) -> float:
        """Note a frame; return frames per second over the last seconds, 0 while unknown."""
        if frame.segment != self._segment:
            self._seen.clear()
            self._segment = frame.segment
        self._seen.append((frame.captured, frame.index))
        while frame.captured - self._seen[0][0] > WINDOW and len(self._seen) > LEAST:
            self._seen.popleft()
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - start) if len(self._seen) >= LEAST and end > start else 0.0
