"""The lines, zones and rules of a source, which are edited, undone and kept together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pedcam.ui.zones.shape import (
    COLORS,
    MAX_NAME,
    MAX_SHAPES,
    AnyZone,
    Shape,
    ZoneError,
    checked_name,
)
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.rules import Rule

MAX_RULES = 64


@dataclass(frozen=True)
class ZoneSet:
    """Lines, zones and the rules about them; each edit makes another one.

    Attributes:
        shapes: Lines and zones, oldest first.
        rules: The rules, oldest first, each about one of the shapes or the whole picture.
    """

    shapes: tuple[Shape, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(shape.zone for shape in self.shapes if isinstance(shape.zone, Line))

    @property
    def zones(self) -> tuple[Zone, ...]:
        return tuple(shape.zone for shape in self.shapes if isinstance(shape.zone, Zone))

    @property
    def ignored(self) -> tuple[IgnoredZone, ...]:
        return tuple(shape.zone for shape in self.shapes if isinstance(shape.zone, IgnoredZone))

    def find(self, name: str | None) -> Shape | None:
        """Return the line or zone of that name."""
        return next((shape for shape in self.shapes if shape.name == name), None)

    def with_zone(self, zone: AnyZone) -> ZoneSet:
        """Return it with one more line or zone, in the colour that is used least.

        Raises:
            ZoneError: There are too many, or the name or where it is are not possible.
        """
        if len(self.shapes) >= MAX_SHAPES:
            raise ZoneError(
                f"There are {MAX_SHAPES} lines and zones, which is the most there can be. Delete "
                "one that is not needed."
            )
        name = checked_name(zone.name, [shape.name for shape in self.shapes])
        used = [shape.color for shape in self.shapes if not shape.is_ignored]
        shape = Shape(replace(zone, name=name), min(range(COLORS), key=used.count))
        return replace(self, shapes=(*self.shapes, shape.with_points(shape.points)))

    def with_shape(self, old: Shape, new: Shape) -> ZoneSet:
        """Return it with a line or zone changed; its rules follow where it has another name."""
        return ZoneSet(
            tuple(new if shape == old else shape for shape in self.shapes),
            tuple(
                replace(rule, zone=new.name) if rule.zone == old.name else rule
                for rule in self.rules
            ),
        )

    def without_shapes(self, names: Sequence[str]) -> ZoneSet:
        """Return it without some lines and zones, and without the rules about them."""
        return ZoneSet(
            tuple(shape for shape in self.shapes if shape.name not in names),
            tuple(rule for rule in self.rules if rule.zone not in names),
        )

    def with_rule(self, rule: Rule, old: Rule | None = None) -> ZoneSet:
        """Return it with one more rule, or with one in the place of ``old``.

        Raises:
            ZoneError: There are too many, the name is not possible, or there is no such zone.
        """
        if old is None and len(self.rules) >= MAX_RULES:
            raise ZoneError(
                f"There are {MAX_RULES} rules, which is the most there can be. Delete one that is "
                "not needed."
            )
        place = self.find(rule.zone)
        if rule.zone and (place is None or place.is_ignored):
            raise ZoneError(f"There is no line or zone “{rule.zone}”. Choose another for the rule.")
        others = [other.name for other in self.rules if other != old]
        rule = replace(rule, name=checked_name(rule.name, others))
        if old is None:
            return replace(self, rules=(*self.rules, rule))
        rules = tuple(rule if other == old else other for other in self.rules)
        return replace(self, rules=rules)

    def without_rule(self, name: str) -> ZoneSet:
        """Return it without the rule of that name."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.name != name))

    def free_rule_name(self, name: str) -> str:
        """Return a name for a new rule: this one, or with a number where it is taken."""
        taken = {rule.name for rule in self.rules}
        endings = ("", *(f" {number}" for number in range(2, MAX_RULES + 2)))
        names = (name.strip()[: MAX_NAME - len(ending)] + ending for ending in endings)
        return next(each for each in names if each not in taken)
