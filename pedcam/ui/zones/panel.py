"""The list of lines and zones."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.zones.checks import PlaceError
from pedcam.ui.zones.places import Mode, Places
from pedcam.ui.zones.row import PlaceRow

ADD_LINE_KEY = "N"
ADD_ZONE_KEY = "Shift+N"
UNDO_KEY = "Ctrl+Z"
REDO_KEY = "Ctrl+Shift+Z"
_ICON = 18


class PlacesPanel(QWidget):
    """Lets lines and zones be added, named, reversed and deleted; shows their counts."""

    reset_wanted = pyqtSignal()
    """The user wants all counts to begin at 0."""

    picture_wanted = pyqtSignal()
    """The user goes on in the picture, which should get the focus."""

    def __init__(self, places: Places, parent: QWidget | None = None) -> None:
        """Show ``places`` and follow them."""
        super().__init__(parent)
        self._places = places
        self.rows: list[PlaceRow] = []
        self._drawn_icons: Mode | None = None

        self.add_line = self._mode_button(
            "Add line",
            f"Draw a line on the picture and count who crosses it ({ADD_LINE_KEY})",
            Mode.DRAW_LINE,
        )
        self.add_zone = self._mode_button(
            "Add zone",
            f"Draw an area on the picture and count who is in it ({ADD_ZONE_KEY})",
            Mode.DRAW_ZONE,
        )
        self.hint = self._label("muted")
        self.problem = self._label("problem")
        self.undo = self._small_button("Undo", f"Take back the last change ({UNDO_KEY})")
        self.undo.clicked.connect(places.undo)
        self.redo = self._small_button("Redo", f"Do again what was taken back ({REDO_KEY})")
        self.redo.clicked.connect(places.redo)
        self.clear = self._small_button("Delete all", "Delete all lines and zones of this source")
        self.clear.clicked.connect(places.clear)
        self.reset = QPushButton("Reset counts")
        self.reset.setAutoDefault(True)
        self.reset.setProperty("quiet", True)
        self.reset.setToolTip("Count from 0 at every line and in every zone")
        self.reset.clicked.connect(self.reset_wanted)

        self._lay_out()
        self._show_icons()
        places.subscribe(self._refresh)
        self._refresh()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icons()

    def _lay_out(self) -> None:
        unit = theme.UNIT
        top = QHBoxLayout()
        top.setSpacing(unit)
        top.addWidget(self.add_line, 1)
        top.addWidget(self.add_zone, 1)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(unit // 2)
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

    def _mode_button(self, name: str, tip: str, mode: Mode) -> QPushButton:
        button = QPushButton(name)
        button.setCheckable(True)
        button.setAutoDefault(True)
        button.setProperty("mode", True)
        button.setToolTip(tip)
        button.setIconSize(QSize(_ICON, _ICON))

        def click(checked: bool) -> None:
            if checked:
                self._places.draw(mode)
                self.picture_wanted.emit()
            else:
                self._places.select(None)
            # Where nothing can be drawn, the state has not changed and nobody has told.
            self._refresh()

        button.clicked.connect(click)
        return button

    def _small_button(self, name: str, tip: str) -> QPushButton:
        button = QPushButton()
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setAutoDefault(True)
        button.setProperty("quiet", True)
        button.setProperty("compact", True)
        button.setIconSize(QSize(_ICON, _ICON))
        return button

    def _label(self, look: str) -> QLabel:
        label = QLabel()
        label.setProperty(look, True)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _refresh(self) -> None:
        places = self._places
        self.add_line.setEnabled(places.available)
        self.add_zone.setEnabled(places.available)
        self.add_line.setChecked(places.mode is Mode.DRAW_LINE)
        self.add_zone.setChecked(places.mode is Mode.DRAW_ZONE)
        hint = self._hint()
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.problem.setText(places.problem)
        self.problem.setVisible(bool(places.problem))
        self.undo.setEnabled(places.can_undo)
        self.redo.setEnabled(places.can_redo)
        self.clear.setEnabled(bool(places.shapes))
        self.reset.setEnabled(places.has_counts)
        self._foot.setVisible(bool(places.shapes) or places.can_undo or places.can_redo)
        self._show_mode_icons()
        self._show_rows()

    def _show_rows(self) -> None:
        shapes = self._places.shapes
        while len(self.rows) > len(shapes):
            row = self.rows.pop()
            had_focus = row.isAncestorOf(self.focusWidget() or self)
            row.hide()
            self._column.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
            if had_focus:
                (self.rows[-1] if self.rows else self.add_line).setFocus()
        while len(self.rows) < len(shapes):
            self._add_row()
        for row, shape in zip(self.rows, shapes, strict=True):
            selected = shape.name == self._places.selected
            row.show_shape(shape, self._places.count(shape.name), selected=selected)
        self._list.setVisible(bool(shapes))

    def _add_row(self) -> None:
        row = PlaceRow()

        def name() -> str:
            return row.shape.name if row.shape is not None else ""

        def open_() -> None:
            self._places.select(name())
            self.picture_wanted.emit()

        row.picked.connect(lambda: self._places.select(name()))
        row.opened.connect(open_)
        row.renamed.connect(lambda new: self._rename(row, new))
        row.reverse_wanted.connect(lambda: self._places.reverse(name()))
        row.remove_wanted.connect(lambda: self._places.remove(name()))
        self.rows.append(row)
        self._column.addWidget(row)

    def _rename(self, row: PlaceRow, new: str) -> None:
        if row.shape is None:
            return
        try:
            self._places.rename(row.shape.name, new)
        except PlaceError as error:
            self._places.report(str(error))
        else:
            self._places.report("")
            row.stop_editing()

    def _hint(self) -> str:
        places = self._places
        if places.mode is Mode.DRAW_LINE:
            return (
                "Drag on the picture from one end of the line to the other. The arrow shows which "
                "way counts as in. Esc cancels."
            )
        if places.mode is Mode.DRAW_ZONE:
            return (
                "Click the corners of the zone on the picture. A click on the first one or Enter "
                "closes it, Backspace removes the last, Esc cancels."
            )
        if not places.shapes:
            return (
                "Draw a line to count who crosses it in either direction, or a zone to see how "
                "many people are in it. People count where their feet are. Lines and zones are "
                "kept for this source."
            )
        return ""

    def _show_icons(self) -> None:
        color = theme.colors().text
        for button, name in ((self.undo, "undo"), (self.redo, "redo"), (self.clear, "trash")):
            button.setIcon(_icon(name, color))
        self._drawn_icons = None
        self._show_mode_icons()

    def _show_mode_icons(self) -> None:
        # Counts change many times a second, which must not draw icons.
        if self._places.mode is self._drawn_icons:
            return
        self._drawn_icons = self._places.mode
        colors = theme.colors()
        for button, name in ((self.add_line, "line"), (self.add_zone, "zone")):
            button.setIcon(_icon(name, colors.accent if button.isChecked() else colors.text))


def _icon(name: str, color: str) -> QIcon:
    """Return an icon that is faint while its button cannot be used."""
    muted, window = QColor(theme.colors().muted), QColor(theme.colors().window)
    faint = QColor(
        (muted.red() + window.red()) // 2,
        (muted.green() + window.green()) // 2,
        (muted.blue() + window.blue()) // 2,
    )
    made, size = icons.icon(name, color, _ICON), QSize(_ICON, _ICON)
    for ratio in (1, 2, 3):
        # Qt's own version cannot be told from the usual one on a dark window.
        pixmap = icons.icon(name, faint.name(), _ICON).pixmap(size, ratio)
        made.addPixmap(pixmap, QIcon.Mode.Disabled)
    return made
