"""Whether a text is the address of a stream, what is wrong with it, and those used before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from PyQt6.QtCore import QStringListModel, Qt
from PyQt6.QtWidgets import QCompleter, QLineEdit

from pedcam.ui.start.recents import Recent, Recents
from pedcam.video.sources.network import PROTOCOLS
from pedcam.video.sources.spec import WITHOUT_HOST, SourceError, SourceSpec, parse_source

LONGEST = 4096


def problem(address: str) -> str:
    """Say what keeps a text from being a stream's address; empty if nothing does."""
    address = address.strip()
    scheme, separator, rest = address.partition("://")
    if not separator or scheme.lower() not in PROTOCOLS:
        return "An address begins with rtsp://, http://, https:// or another of its kind."
    if len(address) > LONGEST:
        return "This address is too long."
    if re.search(r"\s", address):
        return "An address has no spaces. Write %20 where one is meant."
    no_host = f"The host is missing after “{scheme}://”."
    no_port = f"The port is missing, as in “{scheme}://@:5000”."
    if not rest:
        return no_port if scheme.lower() in WITHOUT_HOST else no_host
    try:
        # Nothing is looked for on disk, as there is a scheme.
        parse_source(address)
        parts = urlsplit(address)
        port = parts.port
    except (SourceError, ValueError) as error:
        if "@" in rest:
            return "Check host and port, and write / ? # @ : in a password as %2F %3F %23 %40 %3A."
        return str(error)
    if scheme.lower() in WITHOUT_HOST:
        return "" if port else no_port
    return "" if parts.hostname else no_host


def with_sign_in(address: str, user: str, password: str) -> str:
    """Return an address with a user name and password in it, written as it must be."""
    scheme, _, rest = address.partition("://")
    sign_in = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"{scheme}://{sign_in}@{rest}"


def has_sign_in(address: str) -> bool:
    """Tell whether an address names a user already."""
    return "@" in address.partition("://")[2]


class KnownAddresses:
    """Addresses used before, known by what may be shown of them."""

    def __init__(self, recents: Iterable[Recent]) -> None:
        """Take the addresses among ``recents``, the latest first."""
        self._specs: dict[str, SourceSpec] = {}
        for recent in recents:
            if recent.spec.kind == "url":
                self._specs.setdefault(recent.spec.title, recent.spec)

    @property
    def shown(self) -> list[str]:
        """What may be shown of each."""
        return list(self._specs)

    def find(self, shown: str) -> SourceSpec | None:
        """Return the address behind what is shown of it."""
        return self._specs.get(shown.strip())

    def hides(self, shown: str) -> bool:
        """Tell whether an address has more to it than what is shown, such as a password."""
        spec = self.find(shown)
        return spec is not None and spec.value != spec.title


def complete_addresses(field: QLineEdit, recents: Recents) -> QCompleter:
    """Offer the addresses of ``recents`` in a field, as they may be shown."""
    model = QStringListModel(field)
    completer = QCompleter(model, field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    field.setCompleter(completer)

    def refresh() -> None:
        model.setStringList(KnownAddresses(recents.items).shown)

    # At every key, not whenever the list changes: a watcher would outlive a dialog's field.
    field.textEdited.connect(refresh)
    refresh()
    return completer
