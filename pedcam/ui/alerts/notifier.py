"""Notifications on the desktop."""

from __future__ import annotations

import html
import sys
from typing import Any

from PyQt6.QtCore import QMetaType, QObject, QVariant
from PyQt6.QtWidgets import QSystemTrayIcon

from pedcam.ui.base import icons

SERVICE = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
STAY = 10_000  # milliseconds, where the system lets us choose


class Notifier(QObject):
    """Shows notifications: by D-Bus on Linux, and by an icon in the system's tray elsewhere.

    On Linux an icon alone would not do, as not every desktop has a tray. Where neither is possible
    nothing is shown.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray: QSystemTrayIcon | None = None

    def show(self, title: str, text: str) -> None:
        """Show plain texts; returns at once."""
        if sys.platform in ("win32", "darwin"):
            self._show_in_tray(title, text)
        else:
            self._send(title, text)

    def _send(self, title: str, text: str) -> None:
        from PyQt6.QtDBus import (
            QDBusArgument,
            QDBusConnection,
            QDBusMessage,
            QDBusPendingCallWatcher,
            QDBusPendingReply,
        )

        # First of all: it makes Qt know the types of arguments.
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            self._show_in_tray(title, text)
            return
        call = QDBusMessage.createMethodCall(SERVICE, PATH, SERVICE, "Notify")
        replaces = QVariant(0)
        uint: Any = QMetaType.Type.UInt.value  # not what the stubs say
        replaces.convert(QMetaType(uint))
        strings: Any = QMetaType.Type.QStringList.value
        actions = QDBusArgument([], strings)
        # Servers take the text for a kind of HTML.
        body = html.escape(text, quote=False)
        hints = {"desktop-entry": "pedcam"}
        call.setArguments(["pedcam", replaces, "pedcam", title, body, actions, hints, STAY])
        watcher = QDBusPendingCallWatcher(bus.asyncCall(call), self)

        def answered() -> None:
            watcher.deleteLater()
            if QDBusPendingReply(watcher).isError():
                self._show_in_tray(title, text)

        watcher.finished.connect(answered)

    def _show_in_tray(self, title: str, text: str) -> None:
        if self._tray is None:
            if not QSystemTrayIcon.isSystemTrayAvailable():
                return
            self._tray = QSystemTrayIcon(icons.app_icon(), self)
            self._tray.setToolTip("pedcam")
            self._tray.show()
        self._tray.showMessage(title, text, icons.app_icon(), STAY)
