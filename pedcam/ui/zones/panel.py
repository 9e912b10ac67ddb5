"""The list of lines and zones."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.rules.firings import Firings
from pedcam.ui.rules.rule_list import RuleList
from pedcam.ui.zones.picture_row import PictureRow
from pedcam.ui.zones.row import ZoneRow
from pedcam.ui.zones.state import Mode, Zones

_ICON = 18


class ZonesPanel(QWidget):
    """Lets lines, zones and ignored zones be added, named and deleted; shows their counts.

    The rules of the one that is selected are unfolded below it.
    """

    reset_wanted = pyqtSignal()
    """The user wants all counts to start from 0."""

    picture_wanted = pyqtSignal()
    """The user goes on in the picture, which should get the focus."""

    addresses_wanted = pyqtSignal()
    """The user wants to set where alerts are sent."""

    def __init__(self, zones: Zones, firings: Firings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zones = zones
        self.rows: list[ZoneRow] = []
        self.picture = PictureRow()
        self.picture.clicked.connect(self._fold_picture)
        self.picture_rules, self.rules = RuleList(zones, firings), RuleList(zones, firings)
        for rules in (self.picture_rules, self.rules):
            rules.addresses_wanted.connect(self.addresses_wanted)
        self.add_line = self._mode_button("line", "Line", Mode.DRAW_LINE)
        self.add_line.setAccessibleName("Add line")
        self.add_line.setToolTip("Draw a line on the picture and count who crosses it (N)")
        self.add_zone = self._mode_button("zone", "Zone", Mode.DRAW_ZONE)
        self.add_zone.setAccessibleName("Add zone")
        self.add_zone.setToolTip("Draw an area on the picture and count who is in it (Shift+N)")
        self.add_ignored = self._mode_button("ignore", "Ignore", Mode.DRAW_IGNORED)
        self.add_ignored.setAccessibleName("Add ignored zone")
        self.add_ignored.setToolTip(
            "Draw an area in which nobody is looked for (X):\n"
            "a poster, a mirror, the neighbour's garden"
        )
        self.hint = _label("muted")
        self.problem = _label("problem")
        self.undo = IconButton("undo", "Undo", "Take back the last change (Ctrl+Z)", size=_ICON)
        self.undo.clicked.connect(zones.undo)
        self.redo = IconButton("redo", "Redo", "Make the change again (Ctrl+Shift+Z)", size=_ICON)
        self.redo.clicked.connect(zones.redo)
        tip = "Delete all lines and zones of this source"
        self.clear = IconButton("trash", "Delete all", tip, size=_ICON)
        self.clear.clicked.connect(zones.clear)
        self.reset = QPushButton("Reset counts")
        self.reset.setAutoDefault(True)
        self.reset.setProperty("quiet", True)
        self.reset.setToolTip("Count from 0 at every line and in every zone")
        self.reset.clicked.connect(self.reset_wanted)
        self._lay_out()
        zones.subscribe(self._refresh)
        self._refresh()

    def set_can_send(self, can_send: bool) -> None:
        """Say whether there is an address to send alerts to."""
        for rules in (self.picture_rules, self.rules):
            rules.set_can_send(can_send)

    def _lay_out(self) -> None:
        unit = theme.UNIT
        top = QHBoxLayout()
        top.setSpacing(unit)
        top.addWidget(self.add_line, 1)
        top.addWidget(self.add_zone, 1)
        top.addWidget(self.add_ignored, 1)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(unit // 2)
        for part in (self.picture, self.picture_rules, self.rules):
            self._column.addWidget(part)
        self.picture_rules.hide()
        self._foot = QWidget()
        bottom = QHBoxLayout(self._foot)
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.setSpacing(unit // 2)
        for button in (self.undo, self.redo, self.clear):
            bottom.addWidget(button)
        bottom.addStretch()
        bottom.addWidget(self.reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(unit)
        layout.addLayout(top)
        for widget in (self.hint, self.problem, self._list, self._foot):
            layout.addWidget(widget)
        layout.addStretch()

    def _mode_button(self, icon: str, words: str, mode: Mode) -> IconButton:
        button = IconButton(icon, text=words, size=_ICON)
        button.setCheckable(True)
        button.setProperty("quiet", False)
        button.setProperty("mode", True)

        def click(checked: bool) -> None:
            if checked:
                self._zones.draw(mode)
                self.picture_wanted.emit()
            else:
                self._zones.select(None)

        button.clicked.connect(click)
        return button

    def _refresh(self) -> None:
        zones = self._zones
        for button, mode in (
            (self.add_line, Mode.DRAW_LINE),
            (self.add_zone, Mode.DRAW_ZONE),
            (self.add_ignored, Mode.DRAW_IGNORED),
        ):
            button.setEnabled(zones.available)
            button.setChecked(zones.mode is mode)
        for label, words in ((self.hint, self._hint()), (self.problem, zones.problem)):
            label.setText(words)
            label.setVisible(bool(words))
        self.undo.setEnabled(zones.can_undo)
        self.redo.setEnabled(zones.can_redo)
        self.clear.setEnabled(bool(zones.shapes))
        self.reset.setEnabled(zones.has_counts)
        self._foot.setVisible(bool(zones.shapes) or zones.can_undo or zones.can_redo)
        self._show_rows()
        self._show_rules()

    def _show_rows(self) -> None:
        shapes = self._zones.shapes
        while len(self.rows) > len(shapes):
            row = self.rows.pop()
            had_focus = row.isAncestorOf(QApplication.focusWidget() or self)
            row.hide()
            self._column.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
            if had_focus:
                (self.rows[-1] if self.rows else self.add_line).setFocus()
        while len(self.rows) < len(shapes):
            row = ZoneRow(self._zones)
            row.opened.connect(self.picture_wanted)
            self.rows.append(row)
            self._column.addWidget(row)
        for row, shape in zip(self.rows, shapes, strict=True):
            row.show_shape(shape)

    def _show_rules(self) -> None:
        zones, selected = self._zones, self._zones.find(self._zones.selected)
        self.picture.setVisible(zones.available)
        if not zones.available or zones.mode is not Mode.NONE:
            self.picture_rules.hide()
        self._show_picture_rules()
        shown = selected is not None and not selected.is_ignored
        self.rules.setVisible(shown)
        if selected is not None and shown:
            row = self.rows[zones.shapes.index(selected)]
            if self._column.indexOf(self.rules) != self._column.indexOf(row) + 1:
                self._column.removeWidget(self.rules)
                self._column.insertWidget(self._column.indexOf(row) + 1, self.rules)
            self.rules.show_zone(selected.name)
            self.rules.follow(row.remove)

    def _fold_picture(self) -> None:
        unfold = self.picture_rules.isHidden()
        self._zones.select(None)
        self.picture_rules.setVisible(unfold)
        self._show_picture_rules()

    def _show_picture_rules(self) -> None:
        unfolded = not self.picture_rules.isHidden()
        self.picture.show_number(len(self._zones.rules_of("")), unfolded=unfolded)
        if unfolded:
            self.picture_rules.show_zone("")
            self.picture_rules.follow(self.picture)

    def _hint(self) -> str:
        if self._zones.mode is Mode.DRAW_LINE:
            return (
                "Drag on the picture from one end of the line to the other. The arrow shows which "
                "way counts as in. Esc cancels."
            )
        if self._zones.mode is Mode.DRAW_ZONE:
            return (
                "Click the corners of the zone on the picture. A click on the first one or Enter "
                "closes it, Backspace removes the last, Esc cancels."
            )
        if self._zones.mode is Mode.DRAW_IGNORED:
            return (
                "Click the corners of what is to be ignored on the picture. Whoever stands in it "
                "is neither found nor counted. A click on the first corner or Enter closes it, Esc "
                "cancels."
            )
        if not self._zones.shapes:
            return (
                "Draw a line to count who crosses it in either direction, or a zone to see how "
                "many people are in it. People count where their feet are. Rules for them or for "
                "the whole picture say when you are alerted. All is kept for this source."
            )
        return ""


def _label(look: str) -> QLabel:
    label = QLabel()
    label.setProperty(look, True)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
