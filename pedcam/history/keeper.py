"""The history's file while a session goes on, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pedcam.history.schema import (
    HistoryBusyError,
    HistoryDamagedError,
    HistoryError,
    file_identity,
    set_aside,
)
from pedcam.history.store import DEFAULT_DAYS, DEFAULT_LIMIT, History

RETRY = 10.0  # seconds
RETRY_BUSY = 2.0


@dataclass(frozen=True)
class Keeping:
    """What is kept, and for how long.

    Attributes:
        days: After so many days things are deleted; with 0 nothing is kept on the disk at all.
        limit: Bytes that the file may take; the oldest pictures go first.
        snapshots: Whether small pictures of live sources are kept.
        blurred: Whether people are blurred in them.
    """

    days: int = DEFAULT_DAYS
    limit: int = DEFAULT_LIMIT
    snapshots: bool = True
    blurred: bool = False


class HistoryKeeper:
    """Opens the file when it is needed, and again when it was damaged, moved or out of reach.

    For one thread.

    Attributes:
        path: The file.
        retry_after: Seconds to wait after the last failure.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_new_file: Callable[[], None],
        on_problem: Callable[[str], None],
        on_note: Callable[[str], None],
    ) -> None:
        """Prepare; nothing is opened.

        Args:
            path: The file.
            on_new_file: Called when another file than before is written to.
            on_problem: Called with why the file cannot be used, and with an empty text when it can
                be again.
            on_note: Called with what else people should know.
        """
        self.path = path
        self.retry_after = RETRY
        self._on_new_file = on_new_file
        self._on_problem = on_problem
        self._on_note = on_note
        self._history: History | None = None
        self._identity: tuple[int, int] | None = None
        self._problem = ""

    @property
    def exists(self) -> bool:
        """Whether there is a file."""
        return file_identity(self.path) is not None

    def attempt(self, action: Callable[[History], None]) -> bool:
        """Do something with the file; tell whether that worked. Nothing is raised."""
        try:
            try:
                action(self._open())
            except HistoryDamagedError:
                self.close()
                note = set_aside(self.path, self._identity)
                if not note:
                    raise
                self._on_note(note)
                action(self._open())
        except HistoryError as error:
            self.close()
            self.retry_after = RETRY_BUSY if isinstance(error, HistoryBusyError) else RETRY
            self.tell_problem(str(error))
            return False
        self.tell_problem("")
        return True

    def close(self) -> None:
        """Close the file until it is needed again."""
        if self._history is not None:
            self._history.close()
            self._history = None

    def tell_problem(self, text: str) -> None:
        """Say what is wrong, if that is new; an empty text for nothing."""
        if text != self._problem:
            self._problem = text
            self._on_problem(text)

    def _open(self) -> History:
        # Somebody may have moved or removed the file, which would be written on unseen.
        if self._history is not None and file_identity(self.path) != self._identity:
            self.close()
        if self._history is None:
            self._history = History(self.path)
            identity, before = file_identity(self.path), self._identity
            self._identity = identity
            if identity != before:
                self._on_new_file()
            if self._history.note:
                self._on_note(self._history.note)
        return self._history
