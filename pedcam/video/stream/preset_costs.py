"""How long detection takes: measured recently, and predicted for other presets."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median, median_low

FEWEST = 3  # frames: of three, one odd one changes no median
SHORT = 0.5  # seconds that say what a frame takes now
LONG = 1.6  # seconds to compare them with
MOST = 256  # frames: bounds the work at very high rates

STEADY = 1.2  # the present time of a frame is at most this factor away from that of before
SAME = 1.1  # costs within this factor are the same: the rest is noise
QUIETER = 0.75  # below this share of the load of then, a cost may be another one
OLD = 900.0  # seconds after which a cost may be another one


class FrameTimes:
    """How long the last frames on one preset took; medians, so that a hiccup changes nothing."""

    def __init__(self) -> None:
        # When a frame was done in seconds, its milliseconds, and those since the one before.
        self._frames: deque[tuple[float, float, float]] = deque(maxlen=MOST)

    def add(self, now: float, busy_ms: float, interval_ms: float) -> None:
        """Add a frame done at ``now`` seconds, with the milliseconds since the one before."""
        self._frames.append((now, busy_ms, interval_ms))
        while len(self._frames) > FEWEST and self._frames[0][0] < now - LONG:
            self._frames.popleft()

    @property
    def enough(self) -> bool:
        return len(self._frames) >= FEWEST

    @property
    def since(self) -> float:
        """When the oldest frame that still counts was done, in seconds."""
        return self._frames[0][0]

    @property
    def busy_ms(self) -> float:
        """Milliseconds of work on a typical frame now."""
        frames = list(self._frames)
        recent = [frame for frame in frames if frame[0] > frames[-1][0] - SHORT]
        recent = max(recent, frames[-FEWEST:], key=len)
        # The low one is a time that was met, not one halfway between before and after a change.
        return median_low([busy for _, busy, _ in recent])

    @property
    def busy_ms_before(self) -> float:
        """The same over the last seconds: slower to change, and less noisy."""
        return median_low([busy for _, busy, _ in self._frames])

    @property
    def interval_ms(self) -> float:
        """Milliseconds from one typical frame to the next."""
        return median([interval for _, _, interval in self._frames])

    @property
    def steady(self) -> bool:
        """Whether a frame takes as long now as in the seconds before."""
        return 1 / STEADY <= self.busy_ms / self.busy_ms_before <= STEADY


@dataclass(frozen=True)
class Departure:
    """The typical frame time when a preset was left."""

    preset: str  # the preset left
    busy_ms: float  # milliseconds of work on a typical frame there
    steady: bool  # whether that had been so for a while


@dataclass(frozen=True)
class Cost:
    """What was learnt of one preset."""

    relative: float  # what it costs, in an arbitrary unit
    odd: float | None  # what it seemed to cost the last time, if that was something else
    load: float  # the load of the machine at the time, in another arbitrary unit
    learnt: float  # when that was, in seconds


class PresetCosts:
    """What presets cost relative to each other, learnt by moving between them.

    While one preset runs, its time changes with the load of the machine, which changes the times of
    all presets alike. Across a move the load is the same, so the difference is the cost, unless the
    load was just changing: then a move teaches nothing.

    ``busy_ms`` is everywhere the milliseconds of work on a typical frame of the preset ``here``.
    """

    def __init__(self, work: Mapping[str, float]) -> None:
        """Begin with estimates of the presets' ``work``, in any unit; there may be none."""
        self._work = work
        self._costs: dict[str, Cost] = {}

    def predict(self, preset: str, here: str, busy_ms: float) -> float | None:
        """Return the milliseconds of a frame on another preset, ``None`` where unknown."""
        if preset not in self._costs:
            known = preset in self._work and here in self._work
            return busy_ms * self._work[preset] / self._work[here] if known else None
        return self._costs[preset].relative * self._load(here, busy_ms)

    def doubtful(self, preset: str, here: str, busy_ms: float, now: float) -> bool:
        """Whether a prediction may be wrong, as it is missing, old, or from a much heavier load.

        An estimate counts until the preset has run.

        Programs that compete do not slow all presets equally, and a preset wrongly thought too slow
        would never run again, and so never be measured again.
        """
        cost = self._costs.get(preset)
        if cost is None:
            return preset not in self._work
        return now - cost.learnt > OLD or self._load(here, busy_ms) < QUIETER * cost.load

    def known(self, preset: str) -> Cost | None:
        return self._costs.get(preset)

    def learn(
        self,
        here: str,
        busy_ms: float,
        now: float,
        departure: Departure | None,
        before: Cost | None,
    ) -> None:
        """Learn what a preset costs, shortly after the move to it; the last call counts.

        ``busy_ms`` becomes an ever better median. ``departure`` is the preset before the move, if
        known, and ``before`` what was known of this one then.
        """
        if departure is None or not departure.steady:
            if here not in self._costs:
                # How the others relate to this one is not known, so they are forgotten.
                self._costs = {here: Cost(busy_ms, None, 1.0, now)}
            return
        load = self._load(departure.preset, departure.busy_ms)
        relative = busy_ms / load
        odd = None
        if before is not None and _alike(relative, before.relative):
            relative = before.relative
            # What holds for one under less load than before will hold for the others.
            self._costs = {
                preset: replace(cost, load=min(cost.load, load))
                for preset, cost in self._costs.items()
            }
        elif before is not None and not (before.odd and _alike(relative, before.odd)):
            # Load that changed in that moment looks the same, but not twice.
            relative, odd = before.relative, relative
        self._costs[here] = Cost(relative, odd, load, now)

    def _load(self, here: str, busy_ms: float) -> float:
        return busy_ms / self._costs[here].relative


def _alike(cost: float, other: float) -> bool:
    return 1 / SAME <= cost / other <= SAME
