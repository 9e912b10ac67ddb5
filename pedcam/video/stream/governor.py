"""Auto: holds a frame rate by moving along the presets, by depth or by depth and input size.

Deeper presets have more binarized layers: they are faster and find less. Wanted is the shallowest
one that keeps up::

    busy more than 95 % of the time         -> deeper, in a second, as far as the known costs say
    a shallower one would need 80 % at most -> shallower, after 3 s of that

Between the two nothing moves, which keeps noise from causing moves. A shallower preset that had to
be left again soon has to wait longer each time. Where presets have several input sizes, deeper
stands for faster, and shallower for slower and more accurate: see
:mod:`pedcam.video.stream.ladder`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pedcam.video.stream.preset_costs import SHORT, Cost, Departure, FrameTimes, PresetCosts

TOO_BUSY = 0.95  # of the wanted period; above it frames get lost
MUCH_TOO_BUSY = 1.1  # of the wanted period; above it there is no doubt
MARGIN = 0.8  # of the wanted period; what a preset moved to may take at most
IDLE = 0.85  # of the time from frame to frame; below it the detector waits for the source
ROOM = 3.0  # seconds of room before a shallower preset is tried
SOON = 10.0  # seconds; a shallower preset left earlier was a mistake
LONGEST_WAIT = 60.0  # seconds until such a one may be tried again, at most
SETTLING = 2  # frames that a switch disturbs
PATIENCE = 5.0  # seconds for the stream to do a move
SHORTEST = 1e-3  # milliseconds; some clocks measure 0

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Move:
    """The preset to switch to, and why, for people."""

    preset: str
    reason: str


class Governor:
    """Decides which preset holds the wanted frame rate.

    It knows no clock and no threads: times are passed in, and one thread calls at a time. Deeper
    presets are assumed to be faster. What each costs is learnt by running it: one that has never
    run is tried one step at a time, unless its work is estimated.
    """

    def __init__(
        self,
        presets: Sequence[str],
        *,
        target_rate: float | None = None,
        work: Mapping[str, float] | None = None,
    ) -> None:
        """Begin without having seen what any preset costs.

        Args:
            presets: Names, the shallowest (slowest, most accurate) first.
            target_rate: Frames per second, ``None`` for as many as the source gives.
            work: Estimates of what a frame takes on each preset, in any unit, if there are any.

        Raises:
            ValueError: There is no preset, one is named twice, or the rate is not a positive
                number.
        """
        if not presets:
            raise ValueError("Auto needs one preset at least")
        if len(set(presets)) < len(presets):
            raise ValueError(f"a preset is named twice: {', '.join(presets)}")
        if target_rate is not None and not 0 < target_rate < math.inf:
            raise ValueError(f"the frame rate to hold must be a positive number, not {target_rate}")
        self._presets = list(presets)
        self._costs = PresetCosts(work or {})
        self._down, self._up = ("faster", "slower") if work else ("deeper", "shallower")
        self._here: str | None = None  # the preset that runs, or is about to
        self._moving_since: float | None = None  # until the first frame of a move comes
        self._arrived = 0.0
        self._on_trial = False
        self._departure: Departure | None = None
        self._cost_before: Cost | None = None
        self._last: float | None = None
        self._waits: dict[str, float] = {}
        self._barred: dict[str, float] = {}
        self._target_rate = target_rate
        self._room: tuple[int, float] | None = None
        self._restart()

    @property
    def presets(self) -> tuple[str, ...]:
        """Names of the presets to choose from, the shallowest first."""
        return tuple(self._presets)

    def remove(self, preset: str) -> None:
        """Never move to a preset again, as it cannot be used."""
        if preset in self._presets:
            self._presets.remove(preset)
            self.reset()
            if preset == self._here:
                self._here = self._moving_since = None

    def reset(self) -> None:
        """Forget recent measurements, but not what presets cost.

        To be called after a pause, a seek, a reconnect, or a change of the source or its speed.
        """
        self._restart()
        self._departure = None
        self._on_trial = False

    def observe(self, preset: str, busy_ms: float, now: float, source_rate: float) -> Move | None:
        """Take the measurements of a finished frame and decide whether to switch.

        While a move is under way, frames of the previous preset do not count. A preset that the
        governor did not choose becomes the present one, or is ignored if it is not among those to
        choose from.

        Args:
            preset: Name of the preset that ran.
            busy_ms: Milliseconds that the detecting thread was busy with the frame, including
                everything that keeps it from the next one.
            now: Seconds of a monotonic clock.
            source_rate: Frames per second the source claims to give, 0 where unknown. Where the
                detector waits for its frames, the source visibly gives fewer, and the measured rate
                counts. Where the rate is unknown and the detector never waits, there may be more
                frames than it can take.

        Returns:
            The move to make, ``None`` to stay.
        """
        busy_ms = max(busy_ms, SHORTEST)
        interval_ms = busy_ms if self._last is None else max(1000 * (now - self._last), busy_ms)
        self._last = now
        if not self._arrive(preset, now):
            return None
        if self._unsettled:
            self._unsettled -= 1
            return None
        self._times.add(now, busy_ms, interval_ms)
        if not self._times.enough:
            return None
        busy_ms = self._times.busy_ms
        self._costs.learn(preset, busy_ms, now, self._departure, self._cost_before)
        # The first moments give an ever better median; later it may be the load that changes.
        if now - self._times.since > SHORT:
            self._departure = None
        period_ms = self._period(busy_ms, self._times.interval_ms, source_rate)
        here = self._presets.index(preset)
        # Much too busy at once, a little too busy only after a while, for that may be noise.
        too_busy = busy_ms > MUCH_TOO_BUSY * period_ms or (
            min(busy_ms, self._times.busy_ms_before) > TOO_BUSY * period_ms
        )
        if not too_busy:
            return self._shallower(here, busy_ms, period_ms, now)
        if here < len(self._presets) - 1:
            return self._deeper(here, busy_ms, period_ms, now)
        self._room = None
        return None

    def _arrive(self, preset: str, now: float) -> bool:
        """Whether a frame of this preset counts."""
        if preset not in self._presets:
            self.reset()
            return False
        if preset != self._here:
            if self._moving_since is not None and now - self._moving_since < PATIENCE:
                return False
            self.reset()
            self._here, self._moving_since, self._arrived = preset, None, now
        elif self._moving_since is not None:
            self._moving_since, self._arrived = None, now
        return True

    def _period(self, busy_ms: float, interval_ms: float, source_rate: float) -> float:
        """Milliseconds available for each frame."""
        target_ms = 0.0 if self._target_rate is None else 1000 / self._target_rate
        claimed_ms = 1000 / source_rate if 0 < source_rate < math.inf else 0.0
        if busy_ms < IDLE * interval_ms and claimed_ms < IDLE * interval_ms:
            source_ms = interval_ms
        else:
            source_ms = claimed_ms
        return max(source_ms, target_ms) or interval_ms

    def _deeper(self, here: int, busy_ms: float, period_ms: float, now: float) -> Move:
        target = here + 1
        for index in range(here + 1, len(self._presets) - 1):
            predicted = self._costs.predict(self._presets[index], self._presets[here], busy_ms)
            if predicted is not None and predicted > MARGIN * period_ms:
                target = index + 1
        rate, wanted = _number(1000 / busy_ms), _number(1000 / period_ms)
        if busy_ms > period_ms and rate != wanted:
            why = f"{rate} frames/s of the {wanted} wanted"
        else:
            why = f"busy {100 * busy_ms / period_ms:.0f} % of the time at {wanted} frames/s"
        return self._move(here, target, f"{why}: {_presets(target - here)} {self._down}", now)

    def _shallower(self, here: int, busy_ms: float, period_ms: float, now: float) -> Move | None:
        target = self._roomier(here, busy_ms, period_ms, now)
        if target is None:
            self._room = None
            return None
        if self._room is None:
            self._room = (target, now)
        # There was room all the time for the deepest of those that there was room for.
        target, since = max(target, self._room[0]), self._room[1]
        self._room = (target, since)
        if now - since < ROOM:
            return None
        share, wanted = 100 * busy_ms / period_ms, _number(1000 / period_ms)
        why = f"busy only {share:.0f} % of the time at {wanted} frames/s for {now - since:.0f} s"
        return self._move(here, target, f"{why}: {_presets(here - target)} {self._up}", now)

    def _roomier(self, here: int, busy_ms: float, period_ms: float, now: float) -> int | None:
        """The shallowest preset that there is time for."""
        most = MARGIN * period_ms
        found = None
        for index in reversed(range(here)):
            preset = self._presets[index]
            if now < self._barred.get(preset, now):
                break
            predicted = self._costs.predict(preset, self._presets[here], busy_ms)
            if predicted is None or predicted > most:
                # Only a trial shows it, one step at a time.
                doubtful = self._costs.doubtful(preset, self._presets[here], busy_ms, now)
                if index == here - 1 and busy_ms <= most and doubtful:
                    found = index
                break
            found = index
        return found

    def _move(self, here: int, target: int, reason: str, now: float) -> Move:
        before, preset = self._presets[here], self._presets[target]
        if self._on_trial:
            self._judge(before, now, left_for_deeper=target > here)
        self._departure = Departure(before, self._times.busy_ms, self._times.steady)
        self._cost_before = self._costs.known(preset)
        self._here, self._moving_since, self._on_trial = preset, now, target < here
        self._restart()
        return Move(preset, reason)

    def _judge(self, preset: str, now: float, *, left_for_deeper: bool) -> None:
        """Remember whether it was a mistake to move to a shallower preset, which is left now."""
        wait = self._waits.get(preset, ROOM)
        if now - self._arrived >= max(SOON, wait):
            self._waits.pop(preset, None)
        elif left_for_deeper:
            self._waits[preset] = min(2 * wait, LONGEST_WAIT)
            self._barred[preset] = now + self._waits[preset]

    def _restart(self) -> None:
        self._times = FrameTimes()
        self._unsettled = SETTLING
        self._room = None


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _presets(steps: int) -> str:
    count = _NUMBERS[steps] if steps < len(_NUMBERS) else str(steps)
    return f"{count} preset{'' if steps == 1 else 's'}"
