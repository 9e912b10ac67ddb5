"""Sends alerts to the user's addresses, and loads, saves and tests these."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QObject

from pedcam.errors import UserError
from pedcam.rules.sending.address_book import AddressBook
from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.delivery import INSTALL, try_address
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.sender import Sender
from pedcam.ui.alerts.addresses import AddressList, Answer
from pedcam.ui.base.background import Worker, call_on_window_thread, run_once
from pedcam.ui.base.messages import Messages
from pedcam.ui.settings.settings import SettingsState

TOPIC = "sending"


class SendingControl(QObject):
    """Keyring, files and the network are waited for on other threads.

    Attributes:
        addresses: What is shown and edited; each change is saved and applies at once.
    """

    def __init__(
        self,
        settings: SettingsState,
        messages: Messages,
        book: AddressBook,
        outbox: Path,
        parent: QObject | None = None,
        try_address: Callable[[str], str] = try_address,
    ) -> None:
        """Begin without addresses; messages wait until :meth:`load`.

        Args:
            settings: Has how many messages an hour are sent.
            messages: What the user should read.
            book: Where the addresses are kept.
            outbox: Where messages wait.
            parent: Owner.
            try_address: Sends a test to an address, and returns what went wrong.
        """
        super().__init__(parent)
        self.addresses = AddressList()
        self._sender = Sender(
            outbox,
            per_hour=settings.values.alerts_per_hour,
            on_problem=lambda text: self._deliver(lambda: messages.post(text, TOPIC)),
        )
        self._book, self._try_address = book, try_address
        self._settings, self._messages = settings, messages
        self._saved: tuple[Address, ...] | None = None
        self._worker = Worker("pedcam-addresses", self)
        self.addresses.subscribe(self._take_edits)
        settings.subscribe(self._take_limit)

    def load(self) -> None:
        """Read the addresses, at the start or after that failed."""

        def read() -> tuple[tuple[Address, ...], str]:
            return self._book.load(), self._note()

        def done(loaded: tuple[tuple[Address, ...], str]) -> None:
            self._saved = loaded[0]
            self._sender.set_addresses(loaded[0])
            self.addresses.show(*loaded)

        def failed(error: Exception) -> None:
            self._fail(error)
            # The settings, where it stands too, are seldom open then.
            self._messages.post(f"Alerts are not sent. {error}", TOPIC)

        self._worker.submit(read, done, failed)

    def send(self, message: Message) -> None:
        """Send a message to all addresses; may be called from any thread."""
        self._sender.send(message)

    def test(self, address: Address) -> None:
        """Send a test, whose end is shown beside the address."""
        self.addresses.answer(address, Answer("Sending a test…", running=True))

        def done(problem: str) -> None:
            accepted = "The test was accepted. Look whether it arrived."
            self.addresses.answer(address, Answer(problem or accepted, failed=bool(problem)))

        # A thread for each: one that hangs must not hold up others.
        run_once("pedcam-test", self, lambda: self._try_address(address.url), done)

    def shutdown(self, timeout: float = 1.0) -> bool:
        """Save the last change and stop; return whether ``timeout`` seconds were enough.

        A delivery that takes longer is no reason to wait: its message waits for the next time.
        """
        saved = self._worker.finish(timeout)
        self._sender.close(timeout)
        return saved

    def _take_edits(self) -> None:
        items = self.addresses.items
        if items is None or items == self._saved:
            return
        self._saved = items
        self._sender.set_addresses(items)

        def save() -> str:
            self._book.save(items)
            return self._note()

        def done(note: str) -> None:
            if items == self.addresses.items:
                self.addresses.show(items, note)

        self._worker.submit(save, done, self._fail)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            # The application's handler logs it and says so.
            raise error
        self.addresses.fail(str(error))

    def _take_limit(self) -> None:
        self._sender.set_limit(self._settings.values.alerts_per_hour)

    def _note(self) -> str:
        """Return where the addresses are kept; after the book was used."""
        if find_spec("apprise") is None:
            return INSTALL
        if self._book.in_keyring:
            return "Addresses are kept in the system's keyring."
        return (
            "There is no unlocked keyring. Addresses are kept in a file that nobody else can read:"
            f"\n{self._book.path}"
        )

    def _deliver(self, call: Callable[[], object]) -> None:
        call_on_window_thread(lambda: None if sip.isdeleted(self) else call())
