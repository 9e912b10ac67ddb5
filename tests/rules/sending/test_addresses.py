import os
from dataclasses import asdict
from pathlib import Path

import pytest

from pedcam.rules.sending.addresses import (
    LONGEST_NAME,
    Address,
    AddressError,
    check_addresses,
    read_addresses,
)

SECRET = "tgram://123456:Ab-hunter2/987"


def write(tmp_path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = tmp_path / "addresses.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_an_address_shows_its_service_only() -> None:
    address = Address("Phone", SECRET)
    assert address.shown == "tgram://…"
    assert Address("Phone", "hunter2").shown == "…"
    assert "hunter2" not in f"{address!r} {address}"
    assert asdict(address)["url"] == SECRET


@pytest.mark.parametrize("name", ["", " ", " a", "a\nb", "x" * (LONGEST_NAME + 1)])
def test_names_that_cannot_be_shown_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Address(name, SECRET)


def test_no_two_have_one_name() -> None:
    with pytest.raises(ValueError, match="called “phone”"):
        check_addresses([Address("Phone", "a://"), Address("phone", "b://")])


def test_a_file_of_addresses(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff# mine\n\nPhone = ntfy://topic\nHook=json://host/?:a=b#c\r\n")
    assert read_addresses(path) == (
        Address("Phone", "ntfy://topic"),
        Address("Hook", "json://host/?:a=b#c"),
    )


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path, f"Phone = {SECRET}", mode)
    with pytest.raises(AddressError, match=f"chmod 600 {path}"):
        read_addresses(path)


def test_a_credential_of_systemd_is_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, f"Phone = {SECRET}", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_addresses(path) == (Address("Phone", SECRET),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no address"),
        ("# only a remark", "no address"),
        (f"Phone = ntfy://a\n{SECRET}", "line 2: Write it like"),
        (f"{SECRET}?a=b://", "line 1: Write it like"),
        ("Phone = hunter2", "line 1: Write it like"),
        (f"Phone = ntfy://a\nphone = {SECRET}", "line 2: There is another"),
        (f" = {SECRET}", "line 1: A name"),
        (b"Phone = ntfy://hunter2\xff", "not UTF-8"),
        (f"Phone = {SECRET}\n" + "#" * 2**16, "larger than 64 KB"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(AddressError, match=said) as caught:
        read_addresses(path)
    assert str(path) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(AddressError, match="No such file"):
        read_addresses(tmp_path / "missing")
