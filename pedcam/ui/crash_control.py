"""When the user is told of a problem inside pedcam: one dialog at a time, and not for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import QWidget

from pedcam.ui.crash_report import Crash
from pedcam.ui.dialogs.crash_dialog import CrashDialog

MOST_DIALOGS = 3  # in one run; further problems are only reported


class CrashControl(QObject):
    """Shows problems that a :class:`~pedcam.ui.crash.CrashGuard` caught.

    A problem gets one dialog. What comes while it is open is counted in it; the same problem
    again, and everything after the third dialog, is reported in place.
    """

    def __init__(
        self,
        window: QWidget,
        report: Callable[[str], None],
        restart: Callable[[], None],
        notes: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """Prepare.

        Args:
            window: Where dialogs belong to.
            report: Shows a text in place.
            restart: Starts pedcam again.
            notes: Returns what became of the user's work, such as a recording.
        """
        super().__init__(window)
        self._window = window
        self._report, self._restart, self._notes = report, restart, notes
        self.dialog: CrashDialog | None = None
        self._crash: Crash | None = None
        self._shown = self._others = 0
        self._times = 1

    def show(self, crash: Crash) -> None:
        """Tell of a problem that comes for the first time."""
        if self.dialog is not None:
            self._others += 1
            self.dialog.set_counts(self._times, self._others)
        elif self._shown < MOST_DIALOGS and self._window.isVisible():
            self._open(crash)
        else:
            self._say(crash)

    def repeated(self, crash: Crash, count: int) -> None:
        """Tell of a problem that came again.

        Args:
            crash: The problem.
            count: How often it came by now.
        """
        if self.dialog is not None:
            if self._crash is not None and crash.signature == self._crash.signature:
                self._times = count
                self.dialog.set_counts(self._times, self._others)
        else:
            self._say(crash)

    def _open(self, crash: Crash) -> None:
        self._shown += 1
        self._times, self._others = 1, 0
        self._crash = crash
        dialog = CrashDialog(crash, self._notes(), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._closed)
        dialog.restart_wanted.connect(self._restart)
        self.dialog = dialog
        # The newest modal dialog is the one that can be used, whatever was open before.
        dialog.open()

    def _closed(self) -> None:
        self.dialog = self._crash = None

    def _say(self, crash: Crash) -> None:
        # The same words each time, so that it does not wait twice to be read.
        text = f"Something went wrong inside pedcam ({crash.title})."
        if crash.path is not None:
            text += f" Report: {crash.path}"
        self._report(text)
