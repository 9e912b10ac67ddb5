"""The events as they happen, and what can be done with them."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QPoint, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from pedcam.history.values import PastEvent
from pedcam.ui.base import icons, theme
from pedcam.ui.history import event_text
from pedcam.ui.history.events import EventList
from pedcam.ui.history.events_view import EventsView
from pedcam.ui.history.preview import EventPreview
from pedcam.video.people.counts import EventKind

_CHIP_ICON = 15  # pixels; there is a chip for every kind beside each other


class EventsPanel(QWidget):
    """The list of events, a switch for each kind, and the ways to a table and to the past."""

    seek_requested = pyqtSignal(float)
    """The user wants to see this second of the file."""

    export_requested = pyqtSignal()
    """The user wants the events as a table."""

    history_requested = pyqtSignal()
    """The user wants to search the past."""

    def __init__(self, events: EventList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._events = events
        self.view = EventsView(events)
        self.chips = {kind: self._chip() for kind in EventKind}
        self.count = QLabel()
        self.count.setProperty("muted", True)
        self.count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.history = QPushButton("History…")
        self.history.setToolTip("Search the events of earlier days")
        self.export = QPushButton("Export…")
        self.export.setToolTip("Save the events of this source as a table (CSV)")
        for button in (self.history, self.export, *self.chips.values()):
            # Return presses it: Space is the window's, for pausing.
            button.setAutoDefault(True)
        self._lay_out()

        for kind, chip in self.chips.items():
            chip.toggled.connect(lambda on, kind=kind: events.show_kind(kind, on))
            chip.toggled.connect(self._show_icons)
        self.view.chosen.connect(self._show_moment)
        self.export.clicked.connect(self.export_requested)
        self.history.clicked.connect(self.history_requested)
        events.changed.connect(self._refresh)
        self._show_icons()
        self._refresh()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icons()

    def _chip(self) -> QPushButton:
        chip = QPushButton()
        chip.setCheckable(True)
        chip.setChecked(True)
        chip.setIconSize(QSize(_CHIP_ICON, _CHIP_ICON))
        chip.setProperty("quiet", True)
        chip.setProperty("compact", "more")
        chip.setFont(theme.tabular(theme.scaled(chip.font(), 0.9)))
        return chip

    def _lay_out(self) -> None:
        unit = theme.UNIT
        chips = QHBoxLayout()
        chips.setSpacing(unit // 4)
        for chip in self.chips.values():
            chips.addWidget(chip, 1)
        bottom = QHBoxLayout()
        bottom.setSpacing(unit // 2)
        bottom.addWidget(self.count, 1)
        for button in (self.history, self.export):
            button.setProperty("quiet", True)
            button.setProperty("compact", True)
            bottom.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(unit // 2)
        layout.addLayout(chips)
        layout.addWidget(self.view, 1)
        layout.addLayout(bottom)
        self.setMinimumHeight(24 * unit)

    def _show_icons(self) -> None:
        colors = theme.colors()
        for kind, chip in self.chips.items():
            color = colors.accent if chip.isChecked() else colors.muted
            chip.setIcon(icons.icon(kind.value, color, _CHIP_ICON))

    def _refresh(self) -> None:
        numbers = self._events.numbers
        for kind, chip in self.chips.items():
            name, number = event_text.kind_name(kind), numbers[kind]
            chip.setChecked(kind not in self._events.hidden)
            chip.setText(str(number))
            chip.setAccessibleName(f"{name}: {number}")
            change = "hide" if chip.isChecked() else "show"
            chip.setToolTip(f"{name}: {number}. Click to {change} them.")
        total, shown = numbers.total(), self._events.rowCount()
        text = "1 event" if total == 1 else f"{total} events"
        self.count.setText(text if shown == total else f"{shown} of {total}")
        self.count.setToolTip(
            f"The newest {self._events.most} events are listed. All are kept in the history."
        )
        self.export.setEnabled(total > 0)

    def _show_moment(self, past: PastEvent) -> None:
        if not past.live and past.clip is None:
            self.seek_requested.emit(past.event.time)
            return
        preview, popup = EventPreview(), QMenu(self)
        preview.open.setHidden(past.live)
        preview.open_requested.connect(lambda _, seconds: self.seek_requested.emit(seconds))
        preview.open_requested.connect(popup.close)
        preview.show_event(past)
        preview.save.hide()
        if past.clip is None:
            preview.show_picture(past, self._events.picture(past))
        margins = preview.contentsMargins() + theme.UNIT
        preview.setContentsMargins(margins)
        preview.setFixedWidth(preview.width() + margins.left() + margins.right())
        action = QWidgetAction(popup)
        action.setDefaultWidget(preview)
        popup.addAction(action)
        popup.setAccessibleName(f"{preview.title.text()}\n{preview.details.text()}")
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # Left of the event; Qt moves it to where there is room.
        popup.popup(self.view.current_place() - QPoint(popup.sizeHint().width() + theme.UNIT, 0))
