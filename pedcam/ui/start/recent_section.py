"""The sources played recently, on the start page."""

from __future__ import annotations

import time
from datetime import datetime

from PyQt6.QtCore import QDate, QLocale, Qt, QTime, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.start.cards import SectionHeading, quiet_button
from pedcam.ui.start.recent_row import RecentRow
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.thumbnails import Thumbnails


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

    def __init__(self, recents: Recents, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._recents, self._thumbnails = recents, thumbnails
        self.rows: list[RecentRow] = []
        self.undo = quiet_button("Undo", "Bring back what was removed last")
        self.clear = quiet_button("Clear list", "Forget these sources, with their passwords")
        self.status = StatusLabel()
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.UNIT // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(SectionHeading("Recent", [self.undo, self.clear]))
        column.addLayout(self._list)
        column.addWidget(self.status)
        column.addStretch()
        self.clear.clicked.connect(recents.clear)
        self.undo.clicked.connect(recents.restore)
        recents.subscribe(self._rebuild)
        thumbnails.changed.connect(self._refresh_pictures)
        self._rebuild()

    def check(self) -> None:
        """Check again which files exist, and update how long ago they were opened."""
        self._thumbnails.check()
        self._rebuild()

    def _rebuild(self) -> None:
        recents = self._recents
        focused = next((at for at, row in enumerate(self.rows) if row.hasFocus()), None)
        before = [row.recent for row in self.rows]
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            # Not at once: one of them may be emitting a signal just now.
            row.deleteLater()
        self.rows = []
        previous: QWidget = self.clear
        for recent in recents.items:
            row = RecentRow(
                recent,
                when(recent.opened, time.time()),
                recents.is_missing(recent),
                self._thumbnails.images.get(recent.spec),
            )
            row.clicked.connect(lambda _, spec=recent.spec: self.chosen.emit(spec))
            row.remove_wanted.connect(lambda recent=recent: recents.remove(recent))
            self.rows.append(row)
            self._list.addWidget(row)
            QWidget.setTabOrder(previous, row)
            previous = row
            # At once, to be able to take the focus.
            row.show()
        if list(recents.items) != before and self.isVisible():
            self._thumbnails.check()
        self.clear.setVisible(bool(self.rows))
        self.undo.setVisible(recents.can_restore)
        if self.rows:
            self.status.set_status("")
        elif recents.can_restore:
            self.status.set_status("The list is empty now.")
        else:
            self.status.set_status(
                "What you open is listed here, to be opened again with one click."
            )
        if focused is not None:
            # Removing one with the keyboard must not throw the user out of the list.
            rest = self.rows[: focused + 1]
            (rest[-1] if rest else self.undo).setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh_pictures(self) -> None:
        for row in self.rows:
            row.picture.image = self._thumbnails.images.get(row.recent.spec)
            row.picture.update()
