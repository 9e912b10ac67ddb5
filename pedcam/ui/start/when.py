"""When something was, in words."""

from __future__ import annotations

from datetime import datetime

from PyQt6.QtCore import QDate, QLocale, QTime

from pedcam.ui import text


def when(moment: float, now: float) -> str:
    """Return a moment as people name it: today with its time, long ago with its date alone.

    Args:
        moment: Seconds since 1970.
        now: The same.
    """
    then, today = datetime.fromtimestamp(moment), datetime.fromtimestamp(now)
    days = (today.date() - then.date()).days
    if 0 <= now - moment < 60:
        return text.tr("Just now")
    short = QLocale.FormatType.ShortFormat
    clock = QLocale().toString(QTime(then.hour, then.minute), short)
    if days == 0:
        return text.tr("Today, {time}").format(time=clock)
    if days == 1:
        return text.tr("Yesterday, {time}").format(time=clock)
    return QLocale().toString(QDate(then.year, then.month, then.day), short)
