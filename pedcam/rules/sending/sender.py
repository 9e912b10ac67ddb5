"""Sends messages from a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.message import Message


@dataclass(frozen=True)
class SendCounts:
    """How many messages were sent to every address, given up, and wait."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0


class Sender:
    """Sends messages to the user's addresses; every method may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        addresses: Sequence[Address] | None = None,
        *,
        per_hour: int = 30,
        on_problem: Callable[[str], object] = lambda text: None,
    ) -> None:
        """Start the thread.

        Args:
            folder: Where messages wait; made if it is missing.
            addresses: Where to; ``None`` while they are not known, and messages wait.
            per_hour: Messages an hour at most; what comes beyond is dropped.
            on_problem: Gets what went wrong, once for each change, on the sender's thread; an
                empty text once all is well again.
        """
        self._on_problem = on_problem
        self.set_addresses(addresses)
        self.set_limit(per_hour)

    @property
    def counts(self) -> SendCounts:
        return SendCounts()

    def send(self, message: Message) -> None:
        """Take a message and return at once."""

    def set_addresses(self, addresses: Sequence[Address] | None) -> None:
        """Send to these from now on."""

    def set_limit(self, per_hour: int) -> None:
        """Take so many messages an hour."""

    def close(self, timeout: float) -> bool:
        """Stop, and return whether ``timeout`` seconds were enough; what waits stays on disk."""
        return True
