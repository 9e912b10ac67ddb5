"""Whether the stream chooses its preset itself, and what it says about that."""

from __future__ import annotations

from pedcam.ui.state.observable import Observable

SLOWEST_TARGET = 5  # frames per second
FASTEST_TARGET = 120


class AutoState(Observable):
    """Whether Auto is on, what it holds, and why it last moved.

    Attributes:
        enabled: Whether the stream chooses its preset itself.
        target_rate: Frames per second to hold; ``None`` for as many as the source gives.
        reason: Why it last moved; empty where it has not.
    """

    def __init__(self) -> None:
        """Start switched off."""
        super().__init__()
        self.enabled = False
        self.target_rate: float | None = None
        self.reason = ""

    def set(self, enabled: bool, target_rate: float | None) -> bool:
        """Switch it on or off, or hold another rate; tell whether that is new.

        Args:
            enabled: Whether the stream is to choose.
            target_rate: Frames per second, kept also while it is off; clipped to
                :data:`SLOWEST_TARGET` .. :data:`FASTEST_TARGET`.
        """
        if target_rate is not None:
            target_rate = min(max(target_rate, SLOWEST_TARGET), FASTEST_TARGET)
        if (enabled, target_rate) == (self.enabled, self.target_rate):
            return False
        self.enabled, self.target_rate = enabled, target_rate
        # What it said was about another rate.
        self.reason = ""
        self._changed()
        return True

    def tell(self, reason: str) -> None:
        """Note what the stream says about the last move."""
        if self.enabled and reason != self.reason:
            self.reason = reason
            self._changed()
