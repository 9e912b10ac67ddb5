"""Completing an address from those used before."""

from __future__ import annotations

from PyQt6.QtCore import QStringListModel, Qt
from PyQt6.QtWidgets import QCompleter, QLineEdit

from pedcam.ui.start.addresses import KnownAddresses
from pedcam.ui.state.recents import Recents


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
