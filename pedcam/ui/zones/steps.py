"""The way back and forth between the states of something that is edited."""

from __future__ import annotations

from typing import Generic, TypeVar

MAX_STEPS = 50  # that can be undone

_T = TypeVar("_T")


class Steps(Generic[_T]):
    """A value, what it was before each edit, and what was undone.

    Attributes:
        now: The value.
    """

    def __init__(self, value: _T) -> None:
        self.now = value
        self._done: list[_T] = []
        self._undone: list[_T] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def edit(self, value: _T, *, remember: bool = True) -> None:
        """Take another value; without ``remember`` it belongs to the step before."""
        if remember:
            self._done = [*self._done[1 - MAX_STEPS :], self.now]
        self._undone = []
        self.now = value

    def undo(self) -> None:
        """Go back one step, which there must be."""
        self._undone.append(self.now)
        self.now = self._done.pop()

    def redo(self) -> None:
        """Go forth again one step, which there must be."""
        self._done.append(self.now)
        self.now = self._undone.pop()
