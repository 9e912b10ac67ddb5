import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pedcam.rules.sending import sender as sender_module
from pedcam.rules.sending.address_book import AddressBook
from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.delivery import Problem
from pedcam.rules.sending.message import Message
from pedcam.ui.alerts.sending_control import SendingControl
from pedcam.ui.base.messages import Messages
from pedcam.ui.settings.settings import SettingsState

HOOK = Address("Hook", "json://hunter2")


class Network:
    """Says what the test wants of each address."""

    def __init__(self) -> None:
        self.problem: Problem | None = None
        self.delivered: queue.Queue[str] = queue.Queue()
        self.threads: set[threading.Thread] = set()

    def deliver(self, url: str, message: Message, picture: Path | None) -> Problem | None:
        self.delivered.put(f"{url} {message.title}")
        return self.problem

    def try_address(self, url: str) -> str:
        self.threads.add(threading.current_thread())
        return self.problem.text if self.problem is not None else ""


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(sender_module, "deliver", made.deliver)
    return made


@pytest.fixture
def book(tmp_path: Path) -> AddressBook:
    return AddressBook(tmp_path / "secrets" / "addresses.json", lambda: None)


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def control(
    qtbot: QtBot, tmp_path: Path, network: Network, book: AddressBook, messages: Messages
) -> Iterator[SendingControl]:
    made = SendingControl(
        SettingsState(), messages, book, tmp_path / "outbox", try_address=network.try_address
    )
    yield made
    made.shutdown(5)


def test_addresses_are_loaded_kept_and_used(
    qtbot: QtBot, control: SendingControl, book: AddressBook, network: Network
) -> None:
    book.save([HOOK])
    # What fires before the addresses are known is sent once they are.
    control.send(Message("Early", ""))
    control.load()
    qtbot.waitUntil(lambda: control.addresses.items == (HOOK,))
    assert network.delivered.get(timeout=30) == "json://hunter2 Early"
    assert str(book.path) in control.addresses.note

    changed = Address("Hook", "json://other")
    control.addresses.put(changed, HOOK)
    control.send(Message("Late", ""))
    assert network.delivered.get(timeout=30) == "json://other Late"
    assert control.shutdown(5)
    assert book.load() == (changed,)


def test_what_cannot_be_read_or_kept_is_said(
    qtbot: QtBot, control: SendingControl, book: AddressBook, messages: Messages
) -> None:
    book.path.parent.mkdir()
    book.path.write_text("{")
    control.load()
    qtbot.waitUntil(lambda: "damaged" in control.addresses.problem)
    assert control.addresses.items is None
    assert messages.current is not None
    assert messages.current.text.startswith("Alerts are not sent. The file of addresses")
    book.path.unlink()
    control.load()
    qtbot.waitUntil(lambda: control.addresses.items == ())
    assert control.addresses.problem == ""
    book.path.parent.rmdir()
    book.path.parent.write_text("a file")
    control.addresses.put(HOOK)
    qtbot.waitUntil(lambda: "cannot be kept" in control.addresses.problem)
    assert control.addresses.items == (HOOK,)


def test_a_test_is_sent_on_another_thread(
    qtbot: QtBot, control: SendingControl, network: Network
) -> None:
    control.test(HOOK)
    assert control.addresses.answers[HOOK].running
    qtbot.waitUntil(lambda: not control.addresses.answers[HOOK].running)
    assert control.addresses.answers[HOOK].text.startswith("The test was accepted.")
    network.problem = Problem("The server refused the connection.")
    control.test(HOOK)
    qtbot.waitUntil(lambda: control.addresses.answers[HOOK].failed)
    assert control.addresses.answers[HOOK].text == "The server refused the connection."
    assert threading.main_thread() not in network.threads


def test_problems_of_sending_are_told(
    qtbot: QtBot, control: SendingControl, network: Network, messages: Messages
) -> None:
    network.problem = Problem("The server refused the connection.")
    control.load()
    qtbot.waitUntil(lambda: control.addresses.items == ())
    control.addresses.put(HOOK)
    control.send(Message("Alert", ""))
    qtbot.waitUntil(lambda: messages.current is not None)
    assert messages.current is not None
    assert messages.current.text.startswith("“Hook”: The server refused the connection.")


def test_the_limit_follows_the_settings(
    qtbot: QtBot, control: SendingControl, messages: Messages
) -> None:
    control._settings.set("alerts_per_hour", 1)
    control.addresses.show([HOOK], "")
    for _ in range(2):
        control.send(Message("Alert", ""))
    qtbot.waitUntil(lambda: messages.current is not None)
    assert messages.current is not None
    assert "limit of 1 alerts" in messages.current.text


def test_without_apprise_it_says_what_to_install(
    qtbot: QtBot, control: SendingControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setattr("pedcam.ui.alerts.sending_control.find_spec", lambda name: None)
    control.load()
    qtbot.waitUntil(lambda: "pip install apprise" in control.addresses.note)
