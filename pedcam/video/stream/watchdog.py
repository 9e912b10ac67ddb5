"""How long a source may be silent before it counts as stalled, and before it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

STALL_AFTER = 2.0
ABANDON_AFTER = 20.0  # longer than the time-outs of sources, which know more of what is wrong
UNUSUAL = 4.0  # times the usual wait for a frame; a camera may send one every few seconds


class Verdict(Enum):
    """What silence means."""

    FINE = auto()
    STALLED = auto()
    GONE = auto()


@dataclass(frozen=True)
class Watchdog:
    """Judges how long a source may be silent.

    Attributes:
        stall_after: Seconds of silence that people should know of.
        abandon_after: Seconds after which nobody waits for the call that hangs.
    """

    stall_after: float = STALL_AFTER
    abandon_after: float = ABANDON_AFTER

    def judge(self, silent: float, usual_wait: float) -> Verdict:
        """Judge a silence.

        Args:
            silent: Seconds since somebody began to wait for the source.
            usual_wait: Seconds that its frames usually take.
        """
        if silent >= self.abandon_after + UNUSUAL * usual_wait:
            return Verdict.GONE
        return Verdict.STALLED if silent >= self._stall(usual_wait) else Verdict.FINE

    def look_again(self, silent: float, usual_wait: float) -> float:
        """Return the seconds after which the judgement may change for the worse."""
        limits = (self._stall(usual_wait), self.abandon_after + UNUSUAL * usual_wait)
        return min((limit - silent for limit in limits if limit > silent), default=self.stall_after)

    def _stall(self, usual_wait: float) -> float:
        return max(self.stall_after, UNUSUAL * usual_wait)
