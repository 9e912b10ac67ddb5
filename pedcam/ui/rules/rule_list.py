"""The rules of a line, of a zone or of the whole picture, and how more are added."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QApplication, QMenu, QScrollArea, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.history import event_text
from pedcam.ui.rules.firings import Firing, Firings
from pedcam.ui.rules.row import RuleRow
from pedcam.ui.zones.shape import ZoneError
from pedcam.ui.zones.state import Zones
from pedcam.video.people.rules import Action, Condition, Crosses, Crowd, Enters, Rule, Stays

LINE_RULES: dict[str, tuple[str, Condition]] = {
    "Crossing": ("Someone crosses", Crosses("in")),
}
ZONE_RULES: dict[str, tuple[str, Condition]] = {
    "Long stay": ("Someone stays longer than…", Stays(30.0)),
    "Crowd": ("More than … people are there", Crowd(5, 10.0)),
    "Arrival": ("Someone enters", Enters()),
}
PICTURE_RULES = {**ZONE_RULES, "Arrival": ("Someone appears", Enters())}
"""Names of new rules, with what is offered and what it begins with."""

_INDENT = 2 * theme.UNIT


class RuleList(QWidget):
    """Lets the rules of one place be edited, added and deleted.

    Attributes:
        rows: One for each rule, oldest first.
        choices: What rules can be added, by the names that they begin with.
        menu: Offers them where there are several.
    """

    addresses_wanted = pyqtSignal()
    """The user wants to set where alerts are sent."""

    def __init__(self, zones: Zones, firings: Firings) -> None:
        """Start empty; edit the rules of ``zones``."""
        super().__init__()
        self._zones, self._firings = zones, firings
        self._zone: str | None = None
        self._counts: dict[str, int] = {}
        self._can_send = True
        self._order: list[QWidget] = []  # in which the Tab key comes here
        self.rows: list[RuleRow] = []
        self.add = IconButton("plus", text="Add rule", size=16)
        self.add.setToolTip("Say what is worth an alert here")
        self.choices: dict[str, QAction] = {}
        self.menu = QMenu(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(_INDENT, 0, 0, 0)
        self._layout.setSpacing(theme.UNIT // 2)
        self._layout.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self.add.clicked.connect(self._offer)
        firings.subscribe(self.show_firings)

    def show_zone(self, zone: str) -> None:
        """Show the rules of a line or zone as they are now; of the whole picture with ""."""
        if zone != self._zone:
            # Rows remember what was chosen before, which is of no meaning elsewhere.
            self._drop_rows(0)
            self._zone = zone
            self._counts.clear()
            self._fill_menu(zone)
        rules = self._zones.rules_of(zone)
        for index, rule in enumerate(rules):
            if index < len(self.rows) and type(self.rows[index].rule.when) is not type(rule.when):
                self._drop_rows(index)
            if index == len(self.rows):
                self._add_row(rule)
            elif rule != self.rows[index].rule:
                self.rows[index].show_rule(rule)
        self._drop_rows(len(rules))
        self.show_firings()

    def show_firings(self) -> None:
        """Say how often the rules have fired, and let those stand out that just have."""
        for row in self.rows:
            name = row.rule.name
            firing = self._firings.of(name)
            row.show_fired(_words(firing) if firing else "")
            count = firing.count if firing else 0
            if count > self._counts.get(name, count):
                row.flash()
            self._counts[name] = count

    def set_can_send(self, can_send: bool) -> None:
        """Say whether there is an address to send to."""
        self._can_send = can_send
        for row in self.rows:
            row.set_can_send(can_send)

    def follow(self, widget: QWidget) -> None:
        """Let the Tab key come here after ``widget``."""
        order = [widget, *self.rows, self.add]
        if order == self._order:
            return
        self._order = order
        for row in self.rows:
            for each in row.findChildren(QWidget):
                if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.focusProxy() is None:
                    self.setTabOrder(widget, each)
                    widget = each
        self.setTabOrder(widget, self.add)

    def _fill_menu(self, zone: str) -> None:
        self.menu.clear()
        self.choices = {}
        shape = self._zones.find(zone)
        kinds = PICTURE_RULES if shape is None else LINE_RULES if shape.is_line else ZONE_RULES
        for name, (label, when) in kinds.items():
            action = self.choices[name] = QAction(label, self.menu)
            rule = Rule(name, when, zone=zone, then=frozenset({Action.NOTIFY}))
            action.triggered.connect(lambda _, rule=rule: self._add_rule(rule))
        self.menu.addActions(self.choices.values())

    def _offer(self) -> None:
        if len(self.choices) == 1:
            next(iter(self.choices.values())).trigger()
        else:
            self.menu.popup(self.add.mapToGlobal(self.add.rect().bottomLeft()))

    def _add_rule(self, rule: Rule) -> None:
        if self._zones.attempt(lambda: self._zones.add_rule(rule)) and self.rows:
            self.rows[-1].name.setFocus()
            self.rows[-1].name.selectAll()
            # Once the layout has made room for it.
            QTimer.singleShot(0, self._reveal_last)

    def _reveal_last(self) -> None:
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None and self.rows:
            area.ensureWidgetVisible(self.rows[-1])

    def _add_row(self, rule: Rule) -> None:
        row = RuleRow(rule)
        row.set_can_send(self._can_send)
        row.changed.connect(lambda new: self._change(row, new))
        row.removed.connect(lambda: self._zones.remove_rule(row.rule.name))
        row.addresses_wanted.connect(self.addresses_wanted)
        self._layout.insertWidget(len(self.rows), row)
        self.rows.append(row)

    def _change(self, row: RuleRow, new: Rule) -> None:
        try:
            self._zones.change_rule(row.rule.name, new)
        except ZoneError as error:
            row.problem.set_status(str(error), error=True)

    def _drop_rows(self, first: int) -> None:
        dropped, self.rows[first:] = self.rows[first:], []
        had_focus = any(row.isAncestorOf(QApplication.focusWidget() or self) for row in dropped)
        if had_focus:
            (self.rows[-1].name if self.rows else self.add).setFocus()
        for row in dropped:
            row.hide()
            self._layout.removeWidget(row)
            row.setParent(None)
            row.deleteLater()


def _words(firing: Firing) -> str:
    times = "Once" if firing.count == 1 else f"{firing.count} times"
    last = "at" if firing.count == 1 else "last at"
    return f"{times}, {last} {event_text.short_time(firing.last)}"
