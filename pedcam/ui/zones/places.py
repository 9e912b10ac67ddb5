"""The lines and zones of the present source, and how they are being edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from pedcam.ui.base.observable import Observable
from pedcam.ui.zones.checks import (
    COLORS,
    MAX_PLACES,
    Place,
    PlaceError,
    Shape,
    checked_line_points,
    checked_name,
    checked_zone_points,
    with_points,
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


class Places(Observable):
    """Lines and zones with their counts, the selection, and the way back from edits.

    Attributes:
        available: Whether there is a source whose lines and zones are known, so that they can be
            edited.
        problem: Why the last thing that was tried was not possible; empty if it was.
    """

    def __init__(self) -> None:
        """Start without a source."""
        super().__init__()
        self.available = False
        self.problem = ""
        self._shapes: tuple[Shape, ...] = ()
        self._done: list[tuple[Shape, ...]] = []
        self._undone: list[tuple[Shape, ...]] = []
        self._selected: str | None = None
        self._drawing: Mode | None = None
        self._nudged: str | None = None  # what the last step moved, if more of that belongs to it
        self._counts: dict[str, LineCount | ZoneCount] = {}

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All lines and zones, oldest first; another tuple after each edit."""
        return self._shapes

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines, oldest first."""
        return tuple(shape.place for shape in self._shapes if isinstance(shape.place, Line))

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The zones, oldest first."""
        return tuple(shape.place for shape in self._shapes if isinstance(shape.place, Zone))

    @property
    def selected(self) -> str | None:
        """Name of the selected line or zone."""
        return self._selected

    @property
    def mode(self) -> Mode:
        """What the mouse does; EDIT while something is selected."""
        if self._drawing is not None:
            return self._drawing
        return Mode.NONE if self._selected is None else Mode.EDIT

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to do again."""
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
        return next((shape for shape in self._shapes if shape.name == name), None)

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
        if self.available and mode in (Mode.DRAW_LINE, Mode.DRAW_ZONE):
            self._drawing, self._selected, self.problem = mode, None, ""
            self._changed()

    def select(self, name: str | None) -> None:
        """Select a line or zone, or none; ends drawing."""
        name = name if self.find(name) is not None else None
        if self._drawing is None and name == self._selected and not self.problem:
            return
        self._drawing, self._selected, self.problem = None, name, ""
        self._changed()

    def report(self, problem: str) -> None:
        """Say why something was not possible."""
        if problem != self.problem:
            self.problem = problem
            self._changed()

    def add_line(self, start: Point, end: Point) -> str:
        """Add a line, select it and end drawing.

        Args:
            start: One end, fractions of the picture; brought back into it if it lies beyond.
            end: The other end.

        Returns:
            Its name.

        Raises:
            PlaceError: It is too short, or there are too many.
        """
        start, end = checked_line_points((start, end))
        return self._add(Line(self._free_name("Line"), start, end))

    def add_zone(self, points: Sequence[Point]) -> str:
        """Add a zone, select it and end drawing.

        Args:
            points: Corners in order, fractions of the picture.

        Returns:
            Its name.

        Raises:
            PlaceError: It is not a proper area, or there are too many.
        """
        corners = checked_zone_points(points)
        return self._add(Zone(self._free_name("Zone"), corners))

    def rename(self, name: str, new: str) -> str:
        """Call it otherwise; its count begins anew.

        Returns:
            The new name without what surrounded it.

        Raises:
            PlaceError: The name is not possible.
        """
        new = checked_name(new, [shape.name for shape in self._shapes if shape.name != name])
        shape = self.find(name)
        if shape is not None and new != name:
            if self._selected == name:
                self._selected = new
            self._replace(name, replace(shape.place, name=new))
        return new

    def move(self, name: str, points: Sequence[Point], *, nudge: bool = False) -> None:
        """Put a line or zone elsewhere; its count begins anew.

        Args:
            name: Which one.
            points: Both ends, or corners in order.
            nudge: Whether this is one of several small steps that are undone together.

        Raises:
            PlaceError: It would not be a proper line or area.
        """
        shape = self.find(name)
        if shape is None:
            return
        place = with_points(shape.place, points)
        if place != shape.place:
            goes_on = nudge and self._nudged == name
            self._replace(name, place, remember=not goes_on)
            self._nudged = name if nudge else None

    def reverse(self, name: str) -> None:
        """Swap what is in and what is out of a line; its count begins anew."""
        shape = self.find(name)
        if shape is not None and isinstance(shape.place, Line):
            self.move(name, (shape.place.end, shape.place.start))

    def remove(self, name: str) -> None:
        """Take away a line or zone."""
        if self.find(name) is not None:
            self._edit(tuple(shape for shape in self._shapes if shape.name != name))

    def clear(self) -> None:
        """Take away all of them."""
        if self._shapes:
            self._edit(())

    def undo(self) -> None:
        """Take back the last edit."""
        if self._done:
            self._undone.append(self._shapes)
            self._set(self._done.pop())

    def redo(self) -> None:
        """Do again what was taken back."""
        if self._undone:
            self._done.append(self._shapes)
            self._set(self._undone.pop())

    def set_counts(self, lines: Sequence[LineCount], zones: Sequence[ZoneCount]) -> None:
        """Take in what was counted up to the picture on screen."""
        every: list[LineCount | ZoneCount] = [*lines, *zones]
        counts = {count.name: count for count in every if self.find(count.name) is not None}
        if counts != self._counts:
            self._counts = counts
            self._changed()

    def clear_counts(self) -> None:
        """Forget what was counted."""
        self.set_counts((), ())

    def _start(self, shapes: tuple[Shape, ...], *, available: bool) -> None:
        self.available = available
        self._done, self._undone, self._counts = [], [], {}
        self._selected = self._drawing = None
        self._set(shapes)

    def _add(self, place: Place) -> str:
        if len(self._shapes) >= MAX_PLACES:
            raise PlaceError(
                f"There are {MAX_PLACES} lines and zones, which is the most there can be. Delete "
                "one that is not needed."
            )
        self._drawing, self._selected = None, place.name
        self._edit((*self._shapes, Shape(place, self._free_color())))
        return place.name

    def _free_name(self, kind: str) -> str:
        taken = {shape.name for shape in self._shapes}
        # One more than there are names, so that one of them is free.
        return next(
            name for number in range(1, len(taken) + 2) if (name := f"{kind} {number}") not in taken
        )

    def _free_color(self) -> int:
        used = [shape.color for shape in self._shapes]
        return min(range(COLORS), key=used.count)

    def _replace(self, name: str, place: Place, *, remember: bool = True) -> None:
        shapes = tuple(
            replace(shape, place=place) if shape.name == name else shape for shape in self._shapes
        )
        self._edit(shapes, remember=remember)

    def _edit(self, shapes: tuple[Shape, ...], *, remember: bool = True) -> None:
        if remember:
            self._done = [*self._done[1 - MAX_STEPS :], self._shapes]
        self._undone = []
        self._set(shapes)

    def _set(self, shapes: tuple[Shape, ...]) -> None:
        before = {shape.place for shape in self._shapes}
        self._shapes = shapes
        self._nudged = None
        self.problem = ""
        if self.find(self._selected) is None:
            self._selected = None
        # What comes back is counted from 0, and so is what has moved.
        fresh = {shape.name for shape in shapes if shape.place not in before}
        self._counts = {
            name: count
            for name, count in self._counts.items()
            if self.find(name) is not None and name not in fresh
        }
        self._changed()
