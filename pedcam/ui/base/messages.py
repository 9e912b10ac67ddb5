"""What the user should read."""

from __future__ import annotations

from dataclasses import dataclass

from pedcam.ui.base.observable import Observable


@dataclass(frozen=True)
class Message:
    """Something the user should know.

    Attributes:
        text: What is wrong and what to do.
        topic: Messages of one topic replace each other and can be withdrawn; empty means none.
    """

    text: str
    topic: str = ""


class Messages(Observable):
    """What waits to be read and dismissed, oldest first."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Message] = []

    @property
    def current(self) -> Message | None:
        return self._waiting[0] if self._waiting else None

    @property
    def count(self) -> int:
        """Number of messages waiting, the current one included."""
        return len(self._waiting)

    def post(self, text: str, topic: str = "") -> None:
        """Add a message; one that is already waiting is not repeated."""
        message = Message(text, topic)
        if message in self._waiting:
            return
        if topic:
            # News of a topic goes first: it is about what the user does now.
            self._waiting = [message, *(other for other in self._waiting if other.topic != topic)]
        else:
            self._waiting.append(message)
        self._changed()

    def dismiss(self) -> None:
        if self._waiting:
            del self._waiting[0]
            self._changed()

    def withdraw(self, topic: str) -> None:
        kept = [message for message in self._waiting if message.topic != topic]
        if len(kept) != len(self._waiting):
            self._waiting = kept
            self._changed()
