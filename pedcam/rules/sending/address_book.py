"""Keeps the user's addresses: in the system's keyring, else in a file for their owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from pedcam.files import make_private_folder, write_atomically
from pedcam.rules.sending.addresses import MAX_BYTES, Address, AddressError, check_addresses
from pedcam.rules.sending.vault import Vault, VaultError, system_vault


def addresses_file() -> Path:
    """Return where the list of addresses is kept; the file need not exist."""
    folder = platformdirs.user_config_path("pedcam", appauthor=False)
    return folder / "secrets" / "addresses.json"


class AddressBook:
    """The addresses of a user, for one thread that may wait for a few seconds.

    A file has the names and which are on; an address itself is in it only if the keyring does not
    take it.

    Attributes:
        path: The file.
        in_keyring: Whether the addresses are in the keyring; known after the first method.
    """

    def __init__(self, path: Path, find_vault: Callable[[], Vault | None] = system_vault) -> None:
        """Touch nothing; ``find_vault`` returns the keyring if there is one that can be used."""
        self.path = path
        self.in_keyring = False
        self._find_vault = find_vault
        self._names: set[str] = set()  # of those that are in the keyring

    def load(self) -> tuple[Address, ...]:
        """Return the addresses; one that the keyring has lost is empty.

        Raises:
            AddressError: The file cannot be used, or the keyring does not give what it has.
        """
        rows = self._rows()
        vault = self._find_vault()
        self.in_keyring = vault is not None
        self._names = {row["name"] for row in rows if "url" not in row}
        if self._names and vault is None:
            raise _locked()
        found = []
        for row in rows:
            name, url = row["name"], row.get("url")
            if url is None:
                try:
                    url = vault.get(name) if vault is not None else None
                except VaultError:
                    raise _locked() from None
            found.append(Address(name, url or "", row["enabled"]))
        return tuple(found)

    def save(self, addresses: Iterable[Address]) -> None:
        """Keep these addresses instead of those of before.

        Raises:
            AddressError: They cannot be kept; those of before still are.
        """
        addresses = check_addresses(addresses)
        vault = self._find_vault()
        self.in_keyring = vault is not None
        rows = []
        kept: set[str] = set()
        for address in addresses:
            row: dict[str, object] = {"name": address.name, "enabled": address.enabled}
            try:
                if vault is None or not address.url:
                    raise VaultError
                vault.set(address.name, address.url)
                kept.add(address.name)
            except VaultError:
                row["url"] = address.url
                if address.url:
                    # Each further one would have to wait as long.
                    vault = None
                    self.in_keyring = False
            rows.append(row)
        try:
            make_private_folder(self.path.parent)
            write_atomically(self.path, json.dumps(rows, indent=2).encode(), private=True)
        except OSError as error:
            raise AddressError(
                f"The addresses cannot be kept in {self.path}: {error.strerror}."
            ) from None
        # One that stays behind in the keyring is no use to anybody but its owner.
        with suppress(VaultError):
            if vault is not None:
                for name in self._names - kept:
                    vault.delete(name)
        self._names = kept

    def _rows(self) -> list[dict[str, Any]]:
        try:
            with self.path.open("rb") as file:
                content = file.read(4 * MAX_BYTES + 1)
            if os.name == "posix" and self.path.stat().st_mode & 0o077:
                self.path.chmod(0o600)
            if len(content) > 4 * MAX_BYTES:
                raise ValueError("too large")
            rows = json.loads(content)
            check_addresses(
                Address(row["name"], row.get("url", ""), row["enabled"]) for row in rows
            )
        except FileNotFoundError:
            return []
        except OSError as error:
            raise AddressError(
                f"The addresses in {self.path} cannot be read: {error.strerror}."
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise AddressError(
                f"The file of addresses {self.path} is damaged. Remove it, and enter them again."
            ) from None
        return list(rows)


def _locked() -> AddressError:
    return AddressError(
        "The system's keyring, which has the addresses, is locked or does not answer. Unlock it, "
        "and try again."
    )
