"""The system's keyring, where it can be used without asking anybody anything."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

SECONDS = 5.0
SERVICE = "pedcam"
# Others keep secrets in plain files, keep nothing at all, or ask for a password.
_USABLE = ("keyring.backends.SecretService", "keyring.backends.macOS", "keyring.backends.Windows")


class VaultError(Exception):
    """The keyring is locked, or it did not do what was asked in time."""


class Vault(Protocol):
    """Keeps secrets by their names; all methods raise :class:`VaultError`."""

    def get(self, name: str) -> str | None:
        """Return a secret, ``None`` if there is none of that name."""

    def set(self, name: str, secret: str) -> None: ...

    def delete(self, name: str) -> None:
        """Forget a secret, which may be missing."""


def system_vault() -> Vault | None:
    """Return the system's keyring; ``None`` where there is none or it is locked.

    Takes :data:`SECONDS` at most.
    """
    try:
        backend = _in_time(_backend)
    except VaultError:
        return None
    return None if backend is None else _SystemVault(backend)


class _SystemVault:
    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def get(self, name: str) -> str | None:
        secret = self._ask(lambda: self._backend.get_password(SERVICE, name))
        return None if secret is None else str(secret)

    def set(self, name: str, secret: str) -> None:
        self._ask(lambda: self._backend.set_password(SERVICE, name, secret))

    def delete(self, name: str) -> None:
        # Not all say in the same way that there is none.
        if self.get(name) is not None:
            self._ask(lambda: self._backend.delete_password(SERVICE, name))

    def _ask(self, job: Callable[[], T]) -> T:
        def ask() -> T:
            # The user may have locked it meanwhile: then it would ask for a password.
            if not _is_open(self._backend):
                raise VaultError("locked")
            return job()

        return _in_time(ask)


def _backend() -> Any:
    """Return what keyring uses, as the user may have chosen, if it asks nobody anything."""
    try:
        import keyring
    except ImportError:
        return None
    chosen: Any = keyring.get_keyring()
    for backend in getattr(chosen, "backends", [chosen]):
        if type(backend).__module__.startswith(_USABLE) and _is_open(backend):
            return backend
    return None


def _is_open(backend: Any) -> bool:
    if sys.platform != "linux" or not type(backend).__module__.endswith("SecretService"):
        return True
    import secretstorage

    with closing(secretstorage.dbus_init()) as bus:
        # Not the function for the default collection: it makes one, and asks for a password.
        return not secretstorage.Collection(bus).is_locked()


def _in_time(job: Callable[[], T]) -> T:
    """Return what a job returns; it goes on without anybody waiting if it hangs."""
    done: list[T] = []

    def work() -> None:
        try:
            done.append(job())
        except Exception:  # of any of a dozen systems; what it says may be the secret
            failed.set()

    failed = threading.Event()
    thread = threading.Thread(target=work, name="pedcam-keyring", daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not done:
        raise VaultError("failed" if failed.is_set() else "no answer")
    return done[0]
