"""The sources played lately."""

from __future__ import annotations

import time
from datetime import datetime

from PyQt6.QtCore import QDate, QLocale, Qt, QTime, pyqtSignal
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.start.offer_button import SectionHeading, quiet_button
from pedcam.ui.start.recent_row import RecentRow
from pedcam.ui.start.recents import Recent
from pedcam.ui.start.recents_keeper import RecentsKeeper


def when(moment: float, now: float) -> str:
    """Return a moment as people name it: today with its time, long ago with its date alone.

    Args:
        moment: Seconds since 1970.
        now: The same.
    """
    then, today = datetime.fromtimestamp(moment), datetime.fromtimestamp(now)
    days = (today.date() - then.date()).days
    if 0 <= now - moment < 60:
        return "Just now"
    short = QLocale.FormatType.ShortFormat
    clock = QLocale().toString(QTime(then.hour, then.minute), short)
    if days == 0:
        return f"Today, {clock}"
    if days == 1:
        return f"Yesterday, {clock}"
    return QLocale().toString(QDate(then.year, then.month, then.day), short)


class RecentSection(QWidget):
    """The list, with ways to shorten it."""

    chosen = pyqtSignal(object)
    """The :class:`~pedcam.video.sources.spec.SourceSpec` to open."""

    remove_wanted = pyqtSignal(object)
    """The :class:`~pedcam.ui.start.recents.Recent` to forget."""

    clear_wanted = pyqtSignal()
    """Forget all."""

    restore_wanted = pyqtSignal()
    """Bring back what was forgotten last."""

    def __init__(self, keeper: RecentsKeeper) -> None:
        """Show the list of ``keeper``."""
        super().__init__()
        self._keeper = keeper
        self.rows: list[RecentRow] = []
        self._listed: tuple[Recent, ...] = ()
        self.undo = quiet_button("Undo", "Bring back what was removed last")
        self.clear = quiet_button(
            "Clear list",
            "Forget these sources, with their pictures and passwords",
        )
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.UNIT // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(SectionHeading("Recent", [self.undo, self.clear]))
        column.addLayout(self._list)
        column.addWidget(self.note)
        column.addStretch()

        self.clear.clicked.connect(self.clear_wanted)
        self.undo.clicked.connect(self.restore_wanted)
        keeper.recents.subscribe(self._rebuild)
        keeper.pictured.connect(self._refresh_pictures)
        self._rebuild()

    def check(self) -> None:
        """Look again whether files are there, and say anew how long ago they were opened."""
        self._keeper.check()
        self._rebuild()

    def _rebuild(self) -> None:
        recents = self._keeper.recents
        focused = next((at for at, row in enumerate(self.rows) if row.hasFocus()), None)
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            # Not at once: one of them may be telling just now that it wants to go.
            row.deleteLater()
        now = time.time()
        self.rows = [
            RecentRow(
                recent,
                when(recent.opened, now),
                recents.is_missing(recent),
                self._keeper.images.get(recent.spec),
            )
            for recent in recents.items
        ]
        before: QWidget = self.clear
        for row in self.rows:
            self._list.addWidget(row)
            QWidget.setTabOrder(before, row)
            before = row
            # At once, to be able to take the focus.
            row.show()
            row.clicked.connect(lambda _, row=row: self.chosen.emit(row.recent.spec))
            row.remove_wanted.connect(lambda row=row: self.remove_wanted.emit(row.recent))
        if recents.items != self._listed:
            self._listed = recents.items
            if self.isVisible():
                self._keeper.check()
        self.clear.setVisible(bool(self.rows))
        self.undo.setVisible(recents.can_restore)
        self.note.setText(
            "The list is empty now."
            if recents.can_restore
            else "What you open is listed here, to be opened again with one click."
        )
        self.note.setVisible(not self.rows)
        if focused is not None:
            # Removing one with the keyboard must not throw the user out of the list.
            rest = self.rows[: focused + 1]
            (rest[-1] if rest else self.undo).setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh_pictures(self) -> None:
        for row in self.rows:
            image = self._keeper.images.get(row.recent.spec)
            if image is not row.image:
                row.image = image
                row.update()
