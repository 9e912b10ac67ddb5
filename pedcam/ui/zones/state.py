"""The lines, zones and rules of the present source, and how they are being edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, auto

from pedcam.ui.base.observable import Observable
from pedcam.ui.zones.shape import (
    MAX_SHAPES,
    AnyZone,
    Shape,
    ZoneError,
    checked_name,
    make_ignored,
    make_line,
    make_zone,
)
from pedcam.ui.zones.steps import Steps
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.people.counters import IgnoredZone, Line, Point, Zone
from pedcam.video.people.counts import LineCount, ZoneCount
from pedcam.video.people.rules import Rule


class Mode(Enum):
    """What the mouse does to lines and zones."""

    NONE = auto()
    EDIT = auto()
    DRAW_LINE = auto()
    DRAW_ZONE = auto()
    DRAW_IGNORED = auto()


class Zones(Observable):
    """Lines and zones with their counts and rules, the selection, and the steps to undo.

    Attributes:
        selected: Name of the selected one.
        available: Whether there is a source whose lines and zones are known, so that they can be
            edited.
        problem: Why the last thing that was tried was not possible; empty if it was.
    """

    def __init__(self) -> None:
        super().__init__()
        self.selected: str | None = None
        self.available = False
        self.problem = ""
        self._steps = Steps(ZoneSet())
        self._drawing: Mode | None = None
        self._nudged: str | None = None  # what the last step moved, if more of that belongs to it
        self._counts: dict[str, LineCount | ZoneCount] = {}

    @property
    def all(self) -> ZoneSet:
        """All of them, and the rules; another object after each edit."""
        return self._steps.now

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All lines and zones, oldest first."""
        return self.all.shapes

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, oldest first."""
        return self.all.rules

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.all.lines

    @property
    def zones(self) -> tuple[Zone, ...]:
        return self.all.zones

    @property
    def ignored(self) -> tuple[IgnoredZone, ...]:
        return self.all.ignored

    @property
    def drawing(self) -> bool:
        """Whether a new line or zone is being drawn."""
        return self._drawing is not None

    @property
    def mode(self) -> Mode:
        """What the mouse does; EDIT while something is selected."""
        return self._drawing or (Mode.NONE if self.selected is None else Mode.EDIT)

    @property
    def can_undo(self) -> bool:
        return self._steps.can_undo

    @property
    def can_redo(self) -> bool:
        return self._steps.can_redo

    @property
    def has_counts(self) -> bool:
        """Whether anybody was counted anywhere."""
        return any(
            (count.into or count.out) if isinstance(count, LineCount) else count.total
            for count in self._counts.values()
        )

    def find(self, name: str | None) -> Shape | None:
        """Return the line or zone of that name."""
        return self.all.find(name)

    def count(self, name: str) -> LineCount | ZoneCount | None:
        """Return what was counted at a line or in a zone; ``None`` before the first result."""
        return self._counts.get(name)

    def begin(self, zone_set: ZoneSet | None = None) -> None:
        """Show those of another source; there is nothing to undo."""
        self._start(zone_set or ZoneSet(), available=True)

    def close(self) -> None:
        """Show none: there is no source, or its own are not known yet."""
        self._start(ZoneSet(), available=False)

    def draw(self, mode: Mode) -> None:
        """Let a line or zone be drawn.

        Args:
            mode: ``DRAW_LINE``, ``DRAW_ZONE`` or ``DRAW_IGNORED``.
        """
        if self.available:
            self._drawing, self.selected, self.problem = mode, None, ""
            self._changed()

    def select(self, name: str | None) -> None:
        """Select a line or zone, or none; ends drawing."""
        name = name if self.find(name) is not None else None
        if self.drawing or name != self.selected or self.problem:
            self._drawing, self.selected, self.problem = None, name, ""
            self._changed()

    def report(self, problem: str) -> None:
        """Say why something was not possible; empty when it is."""
        if problem != self.problem:
            self.problem = problem
            self._changed()

    def attempt(self, edit: Callable[[], object]) -> bool:
        """Make an edit, or report why it is not possible; return whether it was made."""
        try:
            edit()
        except ZoneError as error:
            self.report(str(error))
            return False
        self.report("")
        return True

    def add_line(self, start: Point, end: Point) -> str:
        """Add a line from one point to another, fractions of the picture, and select it.

        Returns:
            Its name.

        Raises:
            ZoneError: It is too short, or there are too many.
        """
        return self._add(make_line(self._free_name("Line"), (start, end)))

    def add_zone(self, points: Sequence[Point]) -> str:
        """Add a zone with these corners, fractions of the picture, and select it.

        Returns:
            Its name.

        Raises:
            ZoneError: It is not a proper area, or there are too many.
        """
        return self._add(make_zone(self._free_name("Zone"), points))

    def add_ignored(self, points: Sequence[Point]) -> str:
        """Add an ignored zone with these corners, fractions of the picture, and select it.

        Returns:
            Its name.

        Raises:
            ZoneError: It is not a proper area, or there are too many.
        """
        return self._add(make_ignored(self._free_name("Ignored"), points))

    def black_out(self, name: str, blacked_out: bool) -> None:
        """Say whether an ignored zone is black in every picture that leaves the app."""
        shape = self.find(name)
        if shape is not None and isinstance(shape.zone, IgnoredZone):
            changed = replace(shape, zone=replace(shape.zone, blacked_out=blacked_out))
            if changed != shape:
                self._edit(self.all.with_shape(shape, changed))

    def rename(self, name: str, new: str) -> str:
        """Rename a line or zone, also in its rules; its count then starts again.

        Returns:
            The new name without the spaces around it.

        Raises:
            ZoneError: The name is not possible.
        """
        new = checked_name(new, [shape.name for shape in self.shapes if shape.name != name])
        shape = self.find(name)
        if shape is not None and new != name:
            if self.selected == name:
                self.selected = new
            renamed = replace(shape, zone=replace(shape.zone, name=new))
            self._edit(self.all.with_shape(shape, renamed))
        return new

    def move(self, name: str, points: Sequence[Point], *, nudge: bool = False) -> None:
        """Move a line or zone, whose count then starts again.

        Args:
            name: Which one.
            points: Both ends, or corners in order.
            nudge: Whether this is one of several small steps that are undone together.

        Raises:
            ZoneError: It would not be a proper line or area.
        """
        shape = self.find(name)
        if shape is None:
            return
        moved = shape.with_points(points)
        if moved != shape:
            remember = not (nudge and self._nudged == name)
            self._edit(self.all.with_shape(shape, moved), remember=remember)
            self._nudged = name if nudge else None

    def reverse(self, name: str) -> None:
        """Swap what is in and what is out of a line, whose count then starts again."""
        shape = self.find(name)
        if shape is not None and shape.is_line:
            self.move(name, shape.points[::-1])

    def remove(self, name: str) -> None:
        """Remove a line or zone with its rules."""
        if self.find(name) is not None:
            self._edit(self.all.without_shapes([name]))

    def clear(self) -> None:
        """Remove all lines and zones with their rules; those about the whole picture stay."""
        if self.shapes:
            self._edit(self.all.without_shapes([shape.name for shape in self.shapes]))

    def rules_of(self, zone_name: str) -> tuple[Rule, ...]:
        """Return the rules about a line or zone, or with "" those about the whole picture."""
        return tuple(rule for rule in self.rules if rule.zone == zone_name)

    def add_rule(self, rule: Rule) -> str:
        """Add a rule, with a number after its name where that is taken.

        Returns:
            Its name.

        Raises:
            ZoneError: There are too many, the name is not possible, or there is no such zone.
        """
        self._edit(self.all.with_rule(replace(rule, name=self.all.free_rule_name(rule.name))))
        return self.rules[-1].name

    def change_rule(self, name: str, rule: Rule) -> None:
        """Put a rule, which may have another name, in the place of the one of that name.

        Raises:
            ZoneError: The new name is not possible, or there is no such zone.
        """
        old = next((each for each in self.rules if each.name == name), None)
        if old is not None and rule != old:
            self._edit(self.all.with_rule(rule, old))

    def remove_rule(self, name: str) -> None:
        if any(rule.name == name for rule in self.rules):
            self._edit(self.all.without_rule(name))

    def replace_all(self, zones: Sequence[AnyZone], rules: Sequence[Rule]) -> None:
        """Put other lines, zones and rules in the place of all that there are, in one step.

        Raises:
            ZoneError: One is not possible, or there are too many; all stays as it is.
        """
        made = ZoneSet()
        for zone in zones:
            made = made.with_zone(zone)
        for rule in rules:
            made = made.with_rule(rule)
        if made != self.all:
            self._edit(made)

    def undo(self) -> None:
        if self.can_undo:
            old = self.all
            self._steps.undo()
            self._show(old)

    def redo(self) -> None:
        if self.can_redo:
            old = self.all
            self._steps.redo()
            self._show(old)

    def set_counts(self, lines: Sequence[LineCount], zones: Sequence[ZoneCount]) -> None:
        """Take in what was counted up to the picture on screen."""
        every: list[LineCount | ZoneCount] = [*lines, *zones]
        counts = {count.name: count for count in every if self.find(count.name) is not None}
        if counts != self._counts:
            self._counts = counts
            self._changed()

    def clear_counts(self) -> None:
        self.set_counts((), ())

    def _start(self, zone_set: ZoneSet, *, available: bool) -> None:
        self.available = available
        self._counts = {}
        self.selected = self._drawing = None
        old, self._steps = self.all, Steps(zone_set)
        self._show(old)

    def _add(self, zone: AnyZone) -> str:
        added = self.all.with_zone(zone)
        self._drawing, self.selected = None, zone.name
        self._edit(added)
        return zone.name

    def _free_name(self, kind: str) -> str:
        names = (f"{kind} {number}" for number in range(1, MAX_SHAPES + 2))
        return next(name for name in names if self.find(name) is None)

    def _edit(self, zone_set: ZoneSet, *, remember: bool = True) -> None:
        old = self.all
        self._steps.edit(zone_set, remember=remember)
        self._show(old)

    def _show(self, old: ZoneSet) -> None:
        # What comes back is counted from 0, and so is what has moved.
        before = {shape.zone for shape in old.shapes}
        same = {shape.name for shape in self.shapes if shape.zone in before}
        self._counts = {name: count for name, count in self._counts.items() if name in same}
        self._nudged = None
        self.problem = ""
        if self.find(self.selected) is None:
            self.selected = None
        self._changed()
