"""The lines and zones of the present source, and how they are being edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, auto

from pedcam.ui.base.observable import Observable
from pedcam.ui.zones.shape import (
    COLORS,
    MAX_SHAPES,
    Shape,
    ZoneError,
    checked_name,
    make_line,
    make_zone,
)
from pedcam.video.people.counters import Line, Point, Zone
from pedcam.video.people.counts import LineCount, ZoneCount

MAX_STEPS = 50  # that can be undone


class Mode(Enum):
    """What the mouse does to lines and zones."""

    NONE = auto()
    EDIT = auto()
    DRAW_LINE = auto()
    DRAW_ZONE = auto()


class Zones(Observable):
    """Lines and zones with their counts, the selection, and the steps to undo.

    Attributes:
        shapes: All lines and zones, oldest first; another tuple after each edit.
        selected: Name of the selected one.
        available: Whether there is a source whose lines and zones are known, so that they can be
            edited.
        problem: Why the last thing that was tried was not possible; empty if it was.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shapes: tuple[Shape, ...] = ()
        self.selected: str | None = None
        self.available = False
        self.problem = ""
        self._done: list[tuple[Shape, ...]] = []
        self._undone: list[tuple[Shape, ...]] = []
        self._drawing: Mode | None = None
        self._nudged: str | None = None  # what the last step moved, if more of that belongs to it
        self._counts: dict[str, LineCount | ZoneCount] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(shape.zone for shape in self.shapes if isinstance(shape.zone, Line))

    @property
    def zones(self) -> tuple[Zone, ...]:
        return tuple(shape.zone for shape in self.shapes if isinstance(shape.zone, Zone))

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
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def has_counts(self) -> bool:
        """Whether anybody was counted anywhere."""
        return any(
            (count.into or count.out) if isinstance(count, LineCount) else count.total
            for count in self._counts.values()
        )

    def find(self, name: str | None) -> Shape | None:
        """Return the line or zone of that name."""
        return next((shape for shape in self.shapes if shape.name == name), None)

    def count(self, name: str) -> LineCount | ZoneCount | None:
        """Return what was counted at a line or in a zone; ``None`` before the first result."""
        return self._counts.get(name)

    def begin(self, shapes: Sequence[Shape] = ()) -> None:
        """Show those of another source; there is nothing to undo."""
        self._start(tuple(shapes), available=True)

    def close(self) -> None:
        """Show none: there is no source, or its own are not known yet."""
        self._start((), available=False)

    def draw(self, mode: Mode) -> None:
        """Let a line or zone be drawn.

        Args:
            mode: ``DRAW_LINE`` or ``DRAW_ZONE``.
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

    def rename(self, name: str, new: str) -> str:
        """Rename a line or zone, whose count then starts again.

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
            self._replace(shape, replace(shape, zone=replace(shape.zone, name=new)))
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
            self._replace(shape, moved, remember=not (nudge and self._nudged == name))
            self._nudged = name if nudge else None

    def reverse(self, name: str) -> None:
        """Swap what is in and what is out of a line, whose count then starts again."""
        shape = self.find(name)
        if shape is not None and shape.is_line:
            self.move(name, shape.points[::-1])

    def remove(self, name: str) -> None:
        if self.find(name) is not None:
            self._edit(tuple(shape for shape in self.shapes if shape.name != name))

    def clear(self) -> None:
        """Remove all of them."""
        if self.shapes:
            self._edit(())

    def undo(self) -> None:
        if self._done:
            self._undone.append(self.shapes)
            self._set(self._done.pop())

    def redo(self) -> None:
        if self._undone:
            self._done.append(self.shapes)
            self._set(self._undone.pop())

    def set_counts(self, lines: Sequence[LineCount], zones: Sequence[ZoneCount]) -> None:
        """Take in what was counted up to the picture on screen."""
        every: list[LineCount | ZoneCount] = [*lines, *zones]
        counts = {count.name: count for count in every if self.find(count.name) is not None}
        if counts != self._counts:
            self._counts = counts
            self._changed()

    def clear_counts(self) -> None:
        self.set_counts((), ())

    def _start(self, shapes: tuple[Shape, ...], *, available: bool) -> None:
        self.available = available
        self._done, self._undone, self._counts = [], [], {}
        self.selected = self._drawing = None
        self._set(shapes)

    def _add(self, zone: Line | Zone) -> str:
        if len(self.shapes) >= MAX_SHAPES:
            raise ZoneError(
                f"There are {MAX_SHAPES} lines and zones, which is the most there can be. Delete "
                "one that is not needed."
            )
        used = [shape.color for shape in self.shapes]
        color = min(range(COLORS), key=used.count)
        self._drawing, self.selected = None, zone.name
        self._edit((*self.shapes, Shape(zone, color)))
        return zone.name

    def _free_name(self, kind: str) -> str:
        names = (f"{kind} {number}" for number in range(1, MAX_SHAPES + 2))
        return next(name for name in names if self.find(name) is None)

    def _replace(self, old: Shape, new: Shape, *, remember: bool = True) -> None:
        shapes = tuple(new if shape == old else shape for shape in self.shapes)
        self._edit(shapes, remember=remember)

    def _edit(self, shapes: tuple[Shape, ...], *, remember: bool = True) -> None:
        if remember:
            self._done = [*self._done[1 - MAX_STEPS :], self.shapes]
        self._undone = []
        self._set(shapes)

    def _set(self, shapes: tuple[Shape, ...]) -> None:
        # What comes back is counted from 0, and so is what has moved.
        old = {shape.zone for shape in self.shapes}
        same = {shape.name for shape in shapes if shape.zone in old}
        self._counts = {name: count for name, count in self._counts.items() if name in same}
        self.shapes = shapes
        self._nudged = None
        self.problem = ""
        if self.find(self.selected) is None:
            self.selected = None
        self._changed()
