"""Which part of the past is wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

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

Span = tuple[float | None, float | None]
TODAY, YESTERDAY, WEEK, ALL = "Today", "Yesterday", "Last 7 days", "All time"
FROM_TO = "From – to…"  # noqa: RUF001 - a dash between two times
_SPANS: dict[str, Callable[[float], Span]] = {
    TODAY: lambda now: (day_start(now), None),
    YESTERDAY: lambda now: (day_start(now, -1), day_start(now)),
    WEEK: lambda now: (day_start(now, -6), None),
    ALL: lambda now: (None, None),
}


class HistoryFilters(QWidget):
    """Time, source, kind and zone, each with a choice of what there is."""

    changed = pyqtSignal()
    """The user wants something else."""

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Start with today; ``clock`` gives seconds since 1970 (UTC)."""
        super().__init__(parent)
        self._clock = clock
        self.since = self._moment_edit("From", day_start(clock(), -1))
        self.until = self._moment_edit("To", clock())
        # The end goes along, where it would be before the beginning and nothing be found.
        self.until.setMinimumDateTime(self.since.dateTime())
        self.since.dateTimeChanged.connect(self.until.setMinimumDateTime)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.UNIT)
        self._grid.setVerticalSpacing(theme.UNIT // 2)
        self.time = self._choice("&When", "The days to search", *_SPANS, FROM_TO)
        self.source = self._choice("&Source", "The camera, stream or file", "All sources")
        self.kind = self._choice("What &happened", "The kind of event", "All events")
        for kind in EventKind:
            self.kind.addItem(event_text.kind_name(kind), kind)
        self._kinds = self.kind.count()
        self.zone = self._choice("W&here", "The line or zone", "Everywhere")
        self._range = self._build_range()
        self._grid.addWidget(self._range, 2, 0, 1, -1)
        self._range.hide()

        self.time.currentTextChanged.connect(lambda text: self._range.setVisible(text == FROM_TO))
        for box in (self.time, self.source, self.kind, self.zone):
            box.currentIndexChanged.connect(self.changed)
        for edit in (self.since, self.until):
            edit.dateTimeChanged.connect(self.changed)

    def query(self) -> HistoryQuery:
        """Return what is wanted; "today" is that of this moment."""
        since: float | None
        until: float | None
        if self.time.currentText() == FROM_TO:
            since = float(self.since.dateTime().toSecsSinceEpoch())
            # The minute at the end belongs to what is meant.
            until = self.until.dateTime().toSecsSinceEpoch() + 60.0
        else:
            since, until = _SPANS[self.time.currentText()](self._clock())
        kind: EventKind | str | None = self.kind.currentData()
        return HistoryQuery(
            since=since,
            until=until,
            source=self.source.currentData(),
            kinds=frozenset({kind}) if isinstance(kind, EventKind) else None,
            rule=kind if isinstance(kind, str) else None,
            zone=self.zone.currentData(),
        )

    def set_choices(
        self, sources: Sequence[HistorySource], zones: Sequence[str], rules: Sequence[str]
    ) -> None:
        """Offer these, and alerts of these rules; what is chosen stays so, also if it is gone."""
        tips = [f"{source.title}\n{source.address}".strip() for source in sources]
        titles = [source.title for source in sources]
        _offer(self.source, zip(titles, sources, tips, strict=True))
        _offer(self.zone, ((zone, zone, zone) for zone in zones))
        alerts = [f"Alert: {rule}" for rule in rules]
        _offer(self.kind, zip(alerts, rules, alerts, strict=True), self._kinds)

    def _choice(self, caption: str, tip: str, *choices: str) -> QComboBox:
        box = QComboBox()
        for choice in choices:
            box.addItem(choice)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(14)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setMaxVisibleItems(20)
        box.setToolTip(tip)
        box.setAccessibleDescription(tip)
        label = QLabel(caption)
        label.setProperty("muted", True)
        label.setBuddy(box)
        column = self._grid.columnCount() if self._grid.count() else 0
        self._grid.addWidget(label, 0, column)
        self._grid.addWidget(box, 1, column)
        self._grid.setColumnStretch(column, 1)
        return box

    def _moment_edit(self, name: str, at: float) -> QDateTimeEdit:
        moment = QDateTime.fromSecsSinceEpoch(int(at))
        moment.setTime(QTime(moment.time().hour(), moment.time().minute()))
        edit = QDateTimeEdit(moment)
        edit.setAccessibleName(name)
        edit.setToolTip("Day and time in this computer's time zone")
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("yyyy-MM-dd  HH:mm")
        # Otherwise every digit would begin a search.
        edit.setKeyboardTracking(False)
        return edit

    def _build_range(self) -> QWidget:
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        for caption, edit in (("&From", self.since), ("&To", self.until)):
            label = QLabel(caption)
            label.setBuddy(edit)
            # With an underlined letter the text is not kerned, but its size is asked for as if.
            label.setMinimumWidth(label.sizeHint().width() + theme.UNIT // 2)
            row.addWidget(label)
            row.addWidget(edit)
        row.addStretch()
        return widget


def _offer(box: QComboBox, choices: Iterable[tuple[str, object, str]], first: int = 1) -> None:
    """Put choices, each a name, a value and a tip, below those that always are the first."""
    chosen, offered = box.currentData(), list(choices)
    if box.currentIndex() >= first and all(chosen != value for _, value, _ in offered):
        offered.append((box.currentText(), chosen, box.currentText()))
    with QSignalBlocker(box):
        while box.count() > first:
            box.removeItem(first)
        for index, (name, value, tip) in enumerate(offered, start=first):
            box.addItem(name, value)
            box.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)
            if value == chosen:
                box.setCurrentIndex(index)
