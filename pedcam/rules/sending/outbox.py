"""Messages that wait on disk until they were accepted."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs

from pedcam.files import is_hidden, make_private_folder, write_atomically
from pedcam.rules.sending.lock import FileLock
from pedcam.rules.sending.message import Message

MAX_MESSAGES = 200
MAX_BYTES = 64 * 2**20
MAX_JSON = 2**16
LEFT_BEHIND = 60.0  # seconds after which what belongs to no message was left by a process
_NAME = re.compile(r"\d{15}-[0-9a-f-]{36}\.json", re.ASCII)


def outbox_folder(addresses_file: Path | None = None) -> Path:
    """Return where messages to the user's addresses wait, or those to the addresses of a file.

    Each set of addresses has a folder: whoever sends what waits there has the right addresses.
    """
    name = "outbox"
    if addresses_file is not None:
        path = os.fsencode(os.path.realpath(addresses_file))
        name = f"outbox-{hashlib.sha256(path).hexdigest()[:16]}"
    return platformdirs.user_data_path("pedcam", appauthor=False) / name


@dataclass(frozen=True)
class Entry:
    """A message that waits.

    Attributes:
        message: The message, without its picture.
        picture: The file with the picture.
        created: When it was sent, in seconds since 1970 (UTC).
        waiting: Names of the addresses that have not accepted it; ``None`` while not known.
        failed: Whether an address was given up.
        path: Its file.
    """

    message: Message
    picture: Path | None
    created: float
    waiting: tuple[str, ...] | None
    failed: bool
    path: Path


class Outbox:
    """The folder, for one thread; all methods may raise OSError.

    A message is a JSON file that appears and changes as a whole, after its picture. Whatever kills
    the process, every message is there or not. There is nothing of an address but its name.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_messages: int = MAX_MESSAGES,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Touch nothing; the folder is made with the first message."""
        self.folder = folder
        self.damaged = 0  # entries that were set aside
        self._max_messages, self._max_bytes = max_messages, max_bytes
        self._clock = clock
        self._lock = FileLock(folder / "lock")
        self._entries: dict[Path, Entry] = {}

    def acquire(self) -> bool:
        """Become the process that sends, unless another one is, and return whether this one is."""
        if self._lock.held:
            return True
        if not self.folder.is_dir() or not self._lock.acquire():
            return False
        # What the other process changed.
        self._entries.clear()
        self._sweep()
        return True

    def release(self) -> None:
        self._lock.release()

    def add(self, message: Message, waiting: Sequence[str] | None) -> int:
        """Keep a message, and return how many of the oldest had to make room for it."""
        created = self._clock()
        make_private_folder(self.folder)
        # Two of one millisecond are in either order.
        path = self.folder / f"{max(0, int(created * 1000)):015d}-{message.id}.json"
        picture = path.with_suffix(".jpg") if message.picture is not None else None
        kept = None if waiting is None else tuple(waiting)
        try:
            if picture is not None and message.picture is not None:
                write_atomically(picture, message.picture, private=True)
            self.update(Entry(message, picture, created, kept, failed=False, path=path))
        except OSError:
            path.with_suffix(".jpg").unlink(missing_ok=True)
            raise
        return self._make_room(path)

    def entries(self) -> list[Entry]:
        """Return what waits, the oldest first; damaged entries are set aside and counted."""
        paths = self._paths()
        for gone in self._entries.keys() - set(paths):
            del self._entries[gone]
        for path in paths:
            if path not in self._entries:
                try:
                    self._entries[path] = _read(path)
                except FileNotFoundError:
                    continue
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    # Only the last one: nobody looks at more, and they must not fill the disk.
                    os.replace(path, self.folder / "damaged.json")
                    path.with_suffix(".jpg").unlink(missing_ok=True)
                    self.damaged += 1
        return [self._entries[path] for path in paths if path in self._entries]

    def find(self, entry: Entry) -> Entry | None:
        """Return an entry as it is now; ``None`` if it is gone."""
        return self._entries.get(entry.path)

    def update(self, entry: Entry) -> None:
        """Replace what is kept of a message; in memory it is so even where the disk fails."""
        message = replace(entry.message, picture=None)
        self._entries[entry.path] = replace(entry, message=message)
        document = {
            "id": message.id,
            "title": message.title,
            "text": message.text,
            "fields": dict(message.fields),
            "created": entry.created,
            "waiting": entry.waiting,
            "failed": entry.failed,
            "picture": entry.picture.stat().st_size if entry.picture is not None else None,
        }
        write_atomically(entry.path, json.dumps(document).encode(), private=True)

    def remove(self, entry: Entry) -> None:
        entry.path.unlink(missing_ok=True)
        self._entries.pop(entry.path, None)
        if entry.picture is not None:
            entry.picture.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        with suppress(FileNotFoundError):
            names = sorted(name for name in os.listdir(self.folder) if _NAME.fullmatch(name))
            return [self.folder / name for name in names]
        return []

    def _make_room(self, newest: Path) -> int:
        sizes = {path: _size(path) + _size(path.with_suffix(".jpg")) for path in self._paths()}
        count, total, dropped = len(sizes), sum(sizes.values()), 0
        for path, size in sizes.items():
            if (count <= self._max_messages and total <= self._max_bytes) or path == newest:
                break
            path.unlink(missing_ok=True)
            path.with_suffix(".jpg").unlink(missing_ok=True)
            self._entries.pop(path, None)
            count, total, dropped = count - 1, total - size, dropped + 1
        return dropped

    def _sweep(self) -> None:
        """Remove what processes left that were killed: pictures of no message, unfinished files."""
        for path in self.folder.iterdir():
            unfinished = is_hidden(path) and path.suffix == ".tmp"
            orphan = path.suffix == ".jpg" and not path.with_suffix(".json").exists()
            with suppress(FileNotFoundError):
                if (unfinished or orphan) and time.time() - path.stat().st_mtime > LEFT_BEHIND:
                    path.unlink()


def _read(path: Path) -> Entry:
    with path.open("rb") as file:
        content = file.read(MAX_JSON + 1)
    if len(content) > MAX_JSON:
        raise ValueError("too large")
    document: dict[str, Any] = json.loads(content)
    message = Message(
        str(document["title"]),
        str(document["text"]),
        dict(document["fields"]),
        id=str(document["id"]),
    )
    waiting = document["waiting"]
    picture = path.with_suffix(".jpg") if document["picture"] is not None else None
    if picture is not None and _size(picture) != document["picture"]:
        raise ValueError("the picture is incomplete")
    return Entry(
        message,
        picture,
        float(document["created"]),
        None if waiting is None else tuple(str(name) for name in waiting),
        bool(document["failed"]),
        path,
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
