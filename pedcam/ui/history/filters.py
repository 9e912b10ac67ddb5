"""Which part of the past is wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PyQt6.QtCore import QDateTime, QSignalBlocker, Qt, QTime, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from pedcam.history.values import HistoryQuery, HistorySource
from pedcam.ui.base import theme
from pedcam.ui.history import event_text
from pedcam.ui.history.bars import day_start
from pedcam.video.people.counts import EventKind

TODAY, YESTERDAY, WEEK, ALL, FROM_TO = "today", "yesterday", "week", "all", "from-to"


class HistoryFilters(QWidget):
    """Time, source, kind and place, each with a choice of what there is."""

    changed = pyqtSignal()
    """The user wants something else."""

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Start with today.

        Args:
            parent: The dialog.
            clock: Seconds since 1970 (UTC).
        """
        super().__init__(parent)
        self._clock = clock
        self.time = QComboBox()
        self.time.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for name, key in (
            ("Today", TODAY),
            ("Yesterday", YESTERDAY),
            ("Last 7 days", WEEK),
            ("All time", ALL),
            ("From – to…", FROM_TO),  # noqa: RUF001 - a dash between two times
        ):
            self.time.addItem(name, key)
        self.since, self.until = self._moment_edit(), self._moment_edit()
        self.since.setAccessibleName("From")
        self.until.setAccessibleName("To")
        self.source = self._choice("All sources")
        self.kind = self._choice("All events")
        for kind in EventKind:
            self.kind.addItem(event_text.kind_name(kind), kind)
        self.place = self._choice("Everywhere")
        self._lay_out()
        self._set_range(day_start(clock(), -1), clock())
        self._show_range()

        self.time.currentIndexChanged.connect(self._time_chosen)
        for edit in (self.since, self.until):
            edit.dateTimeChanged.connect(self._range_changed)
        for box in (self.source, self.kind, self.place):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())

    def query(self) -> HistoryQuery:
        """Return what is wanted; "today" is that of this moment."""
        since, until = self._span()
        source: HistorySource | None = self.source.currentData()
        kind: EventKind | None = self.kind.currentData()
        return HistoryQuery(
            since=since,
            until=until,
            source=(source.kind, source.address) if source is not None else None,
            kinds=frozenset({kind}) if kind is not None else None,
            place=self.place.currentData(),
        )

    def set_choices(self, sources: Sequence[HistorySource], places: Sequence[str]) -> None:
        """Offer these sources and places; what is chosen stays so, also if it is gone."""
        _offer(self.source, [(source.title, source) for source in sources], _same_source)
        _offer(self.place, [(place, place) for place in places], lambda a, b: a == b)
        for index, source in enumerate(sources, start=1):
            tip = f"{source.title}\n{source.address}" if source.address else source.title
            self.source.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)

    def choose_time(self, key: str) -> None:
        """Choose one of the spans of time."""
        self.time.setCurrentIndex(self.time.findData(key))

    def _span(self) -> tuple[float | None, float | None]:
        now = self._clock()
        chosen = self.time.currentData()
        if chosen == TODAY:
            return day_start(now), None
        if chosen == YESTERDAY:
            return day_start(now, -1), day_start(now)
        if chosen == WEEK:
            return day_start(now, -6), None
        if chosen == ALL:
            return None, None
        since, until = (edit.dateTime().toSecsSinceEpoch() for edit in (self.since, self.until))
        # The minute at the end belongs to what is meant.
        return float(since), float(until) + 60

    def _time_chosen(self) -> None:
        self._show_range()
        self.changed.emit()

    def _show_range(self) -> None:
        self._range.setVisible(self.time.currentData() == FROM_TO)

    def _range_changed(self) -> None:
        # An end before the beginning is moved along instead of finding nothing.
        if self.until.dateTime() < self.since.dateTime():
            moved = self.until if self.sender() is self.since else self.since
            other = self.since if moved is self.until else self.until
            with QSignalBlocker(moved):
                moved.setDateTime(other.dateTime())
        self.changed.emit()

    def _set_range(self, since: float, until: float) -> None:
        for edit, at in ((self.since, since), (self.until, until)):
            moment = QDateTime.fromSecsSinceEpoch(int(at))
            clock = moment.time()
            moment.setTime(QTime(clock.hour(), clock.minute()))
            edit.setDateTime(moment)

    def _moment_edit(self) -> QDateTimeEdit:
        edit = QDateTimeEdit()
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("yyyy-MM-dd  HH:mm")
        # Otherwise every digit would begin a search.
        edit.setKeyboardTracking(False)
        return edit

    def _choice(self, everything: str) -> QComboBox:
        box = QComboBox()
        box.addItem(everything, None)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(14)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setMaxVisibleItems(20)
        return box

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        for column, (caption, tip, box) in enumerate(
            (
                ("&When", "The days to search", self.time),
                ("&Source", "The camera, stream or file", self.source),
                ("What &happened", "The kind of event", self.kind),
                ("W&here", "The line or zone", self.place),
            )
        ):
            label = QLabel(caption)
            label.setProperty("muted", True)
            label.setBuddy(box)
            box.setToolTip(tip)
            box.setAccessibleDescription(tip)
            grid.addWidget(label, 0, column)
            grid.addWidget(box, 1, column)
            grid.setColumnStretch(column, 1)
        self._range = QWidget()
        row = QHBoxLayout(self._range)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        for caption, edit in (("&From", self.since), ("&To", self.until)):
            label = QLabel(caption)
            label.setBuddy(edit)
            # With an underlined letter the text is not kerned, but its size is asked for as if.
            label.setMinimumWidth(label.sizeHint().width() + theme.UNIT // 2)
            edit.setToolTip("Day and time in this computer's time zone")
            row.addWidget(label)
            row.addWidget(edit)
        row.addStretch()
        grid.addWidget(self._range, 2, 0, 1, 4)


def _same_source(first: HistorySource, second: HistorySource) -> bool:
    return (first.kind, first.address) == (second.kind, second.address)


def _offer(
    box: QComboBox,
    choices: Sequence[tuple[str, object]],
    same: Callable[..., bool],
) -> None:
    """Put choices below the first one, which is everything."""
    chosen, name = box.currentData(), box.currentText()
    if chosen is not None and not any(same(chosen, value) for _, value in choices):
        choices = [*choices, (name, chosen)]
    with QSignalBlocker(box):
        while box.count() > 1:
            box.removeItem(1)
        for index, (title, value) in enumerate(choices, start=1):
            box.addItem(title, value)
            if chosen is not None and same(chosen, value):
                box.setCurrentIndex(index)
