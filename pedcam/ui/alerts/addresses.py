"""The addresses that alerts are sent to, as they are shown and edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pedcam.rules.sending.addresses import Address, check_addresses
from pedcam.ui.base.observable import Observable


@dataclass(frozen=True)
class Answer:
    """How a test of an address goes.

    Attributes:
        text: What people read.
        failed: Whether something went wrong.
        running: Whether it is still under way.
    """

    text: str
    failed: bool = False
    running: bool = False


class AddressList(Observable):
    """The addresses, and what became of their tests.

    Attributes:
        items: The addresses; ``None`` while they are not known.
        note: Where they are kept, and what is missing.
        problem: Why they are not known, or not kept.
        answers: How the tests of this session went, by the address tested.
    """

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[Address, ...] | None = None
        self.note = ""
        self.problem = ""
        self.answers: dict[Address, Answer] = {}

    def show(self, items: Sequence[Address], note: str) -> None:
        """Show what was loaded or saved."""
        self.items, self.note, self.problem = tuple(items), note, ""
        self._changed()

    def fail(self, problem: str) -> None:
        """Say why they cannot be loaded or saved."""
        self.problem = problem
        self._changed()

    def put(self, address: Address, before: Address | None = None) -> None:
        """Add an address, or replace ``before``.

        Raises:
            ValueError: Another one has that name, or there are too many.
        """
        items = list(self.items or ())
        if before in items:
            items[items.index(before)] = address
        else:
            items.append(address)
        self._set(check_addresses(items))

    def remove(self, address: Address) -> None:
        self._set(tuple(item for item in self.items or () if item != address))

    def enable(self, address: Address, enabled: bool) -> None:
        self.put(replace(address, enabled=enabled), address)

    def answer(self, address: Address, answer: Answer) -> None:
        """Show how a test goes."""
        self.answers[address] = answer
        self._changed()

    def _set(self, items: tuple[Address, ...]) -> None:
        if items != self.items:
            self.items = items
            self._changed()
