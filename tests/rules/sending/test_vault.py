import sys
import threading
import types

import pytest

from pedcam.rules.sending import vault
from pedcam.rules.sending.vault import VaultError, system_vault

keyring = pytest.importorskip("keyring")


def backend(module: str) -> object:
    """Return a keyring in memory that passes for one of a module."""
    secrets: dict[tuple[str, str], str] = {}
    made = type(
        "Keyring",
        (),
        {
            "__module__": module,
            "get_password": lambda self, service, name: secrets.get((service, name)),
            "set_password": lambda self, *secret: secrets.update({secret[:2]: secret[2]}),
            "delete_password": lambda self, *name: secrets.pop(name),
        },
    )
    return made()


@pytest.mark.parametrize(
    "module",
    [
        "keyring.backends.null",
        "keyring.backends.fail",
        "keyrings.alt.file",  # plain text
        "keyring.backends.libsecret",  # asks to be unlocked
    ],
)
def test_keyrings_that_keep_no_secret_or_ask_are_not_used(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend(module))
    assert system_vault() is None


def test_the_usable_one_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    several = types.SimpleNamespace(
        backends=[backend("keyrings.alt.file"), backend("keyring.backends.macOS")]
    )
    monkeypatch.setattr(keyring, "get_keyring", lambda: several)
    used = system_vault()
    assert used is not None
    assert used.get("Phone") is None
    used.set("Phone", "hunter2")
    assert used.get("Phone") == "hunter2"
    used.delete("Phone")
    used.delete("Phone")
    assert used.get("Phone") is None


def test_a_keyring_is_not_asked_while_it_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend("keyring.backends.Windows"))
    used = system_vault()
    assert used is not None
    monkeypatch.setattr(vault, "_is_open", lambda backend: False)
    with pytest.raises(VaultError):
        used.set("Phone", "hunter2")
    assert system_vault() is None


def test_a_keyring_that_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "SECONDS", 0.05)
    go_on = threading.Event()
    monkeypatch.setattr(keyring, "get_keyring", lambda: go_on.wait(30))
    try:
        assert system_vault() is None
    finally:
        go_on.set()


def test_what_a_keyring_raises_stays_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr(keyring, "get_keyring", fail)
    assert system_vault() is None


def test_without_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert system_vault() is None
