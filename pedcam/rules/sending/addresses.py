"""The user's addresses, which are secrets, and a file of them for use without a window."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pedcam.errors import UserError

MAX_BYTES = 2**16
MAX_ADDRESSES = 50
LONGEST_NAME = 60  # characters
LONGEST_URL = 2000
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,19})://", re.IGNORECASE)


class AddressError(UserError):
    """Addresses cannot be read, kept or used; the message has nothing of any of them."""


@dataclass(frozen=True)
class Address:
    """Where messages go.

    Attributes:
        name: What people call it; no other address has it.
        url: What apprise takes, such as ``jsons://host/path``; any part of it may be a secret.
        enabled: Whether messages are sent there.

    Raises:
        ValueError: The name or the address is missing or too long.
    """

    name: str
    url: str = field(repr=False)
    enabled: bool = True

    def __post_init__(self) -> None:
        name = self.name
        if not name or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise ValueError(f"A name has 1 to {LONGEST_NAME} characters.")
        if len(self.url) > LONGEST_URL or not self.url.isprintable():
            raise ValueError(f"An address has at most {LONGEST_URL} characters, in one line.")

    @property
    def shown(self) -> str:
        """The address without anything that may be a secret, which the host can be as well."""
        scheme = _SCHEME.match(self.url)
        return f"{scheme[1].lower()}://…" if scheme else "…"


def check_addresses(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """Return the addresses; ValueError if two have one name or there are too many."""
    made = tuple(addresses)
    if len(made) > MAX_ADDRESSES:
        raise ValueError(f"There can be {MAX_ADDRESSES} addresses at most.")
    names: set[str] = set()
    for address in made:
        if address.name.casefold() in names:
            raise ValueError(f"There is another address called “{address.name}”.")
        names.add(address.name.casefold())
    return made


def read_addresses(path: Path) -> tuple[Address, ...]:
    """Read a file with one ``name = address`` per line; ``#`` begins a comment line.

    Raises:
        AddressError: The file cannot be read or used, or others can read it.
    """
    try:
        with path.open("rb") as file:
            if not _is_private(path, os.fstat(file.fileno()).st_mode):
                raise AddressError(
                    f"Other users of this computer can read the addresses in {path}, which are "
                    f"secrets. Run: chmod 600 {path}"
                )
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise AddressError(f"The addresses in {path} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_BYTES:
        raise AddressError(f"The file of addresses {path} is larger than {MAX_BYTES // 1024} KB.")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise AddressError(f"The file of addresses {path} is not UTF-8 text.") from None
    found: list[Address] = []
    for number, line in enumerate(lines, 1):
        name, separator, url = (part.strip() for part in line.partition("="))
        if not line.strip() or name.startswith("#"):
            continue
        try:
            # A line without a name is mostly an address, which may have "=" in it.
            if not separator or "://" in name or "://" not in url:
                raise ValueError("Write it like: Phone = ntfy://topic")
            found.append(Address(name, url))
            check_addresses(found)
        except ValueError as error:
            raise AddressError(f"{path}, line {number}: {error}") from None
    if not found:
        raise AddressError(f"There is no address in {path}. Write lines like: Phone = ntfy://topic")
    return tuple(found)


def _is_private(path: Path, mode: int) -> bool:
    """Whether only its owner can read a file, or systemd keeps it for its service only."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    # There an access list lets the service read, which the mode shows as a right of the group.
    if credentials and os.path.realpath(path.parent) == os.path.realpath(credentials):
        return True
    return os.name != "posix" or not mode & 0o077
