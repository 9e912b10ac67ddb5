import json
import os
from pathlib import Path

import pytest

from pedcam.rules.sending.address_book import AddressBook
from pedcam.rules.sending.addresses import Address, AddressError
from pedcam.rules.sending.vault import VaultError

PHONE, HOOK = Address("Phone", "ntfy://hunter2"), Address("Hook", "json://hunter2", enabled=False)


class FakeVault:
    """A keyring; ``broken`` makes it fail."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.broken = False

    def get(self, name: str) -> str | None:
        self._check()
        return self.secrets.get(name)

    def set(self, name: str, secret: str) -> None:
        self._check()
        self.secrets[name] = secret

    def delete(self, name: str) -> None:
        self._check()
        self.secrets.pop(name, None)

    def _check(self) -> None:
        if self.broken:
            raise VaultError("locked")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "addresses.json"


def test_they_are_in_the_keyring_where_there_is_one(path: Path) -> None:
    vault = FakeVault()
    book = AddressBook(path, lambda: vault)
    assert book.load() == ()
    assert book.in_keyring
    assert not path.exists()
    book.save([PHONE, HOOK])
    assert vault.secrets == {"Phone": PHONE.url, "Hook": HOOK.url}
    assert "hunter2" not in path.read_text()
    assert AddressBook(path, lambda: vault).load() == (PHONE, HOOK)

    book.save([HOOK])
    assert vault.secrets == {"Hook": HOOK.url}


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_else_in_a_file_that_only_the_user_can_read(path: Path) -> None:
    book = AddressBook(path, lambda: None)
    book.save([PHONE, HOOK])
    assert not book.in_keyring
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    assert AddressBook(path, lambda: None).load() == (PHONE, HOOK)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_keyring_that_fails_is_not_needed(path: Path) -> None:
    vault = FakeVault()
    vault.broken = True
    book = AddressBook(path, lambda: vault)
    book.save([PHONE])
    assert not book.in_keyring
    vault.broken = False
    assert book.load() == (PHONE,)
    # They move there once it works.
    book.save([PHONE])
    assert book.in_keyring
    assert "hunter2" not in path.read_text()


@pytest.mark.parametrize("gone", [True, False])
def test_a_keyring_that_is_locked_is_said(path: Path, gone: bool) -> None:
    vault = FakeVault()
    AddressBook(path, lambda: vault).save([PHONE])
    vault.broken = True
    with pytest.raises(AddressError, match="locked"):
        AddressBook(path, lambda: None if gone else vault).load()


def test_an_address_that_the_keyring_has_lost_is_empty(path: Path) -> None:
    vault = FakeVault()
    book = AddressBook(path, lambda: vault)
    book.save([PHONE, HOOK])
    vault.secrets.clear()
    assert [address.url for address in book.load()] == ["", ""]
    # Which is no reason to leave the keyring.
    book.save([*book.load()[:1], HOOK])
    assert vault.secrets == {"Hook": HOOK.url}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[1]",
        '{"name": "x"}',
        '[{"name": "x"}]',
        '[{"name": "", "enabled": true}]',
        json.dumps([{"name": "x", "enabled": True}] * 2),
        " " * 300_000,
    ],
)
def test_a_damaged_file_is_left_alone(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(AddressError, match="damaged"):
        AddressBook(path, lambda: None).load()
    assert path.read_text() == content


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file")
    book = AddressBook(tmp_path / "secrets" / "addresses.json", lambda: None)
    with pytest.raises(AddressError, match="cannot be kept") as caught:
        book.save([PHONE])
    assert "hunter2" not in str(caught.value)
