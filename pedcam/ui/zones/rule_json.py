"""A rule as it is kept on disk with the lines and zones of its source."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time as TimeOfDay
from typing import Any

from pedcam.video.people.rules import (
    Action,
    Condition,
    Crosses,
    Crowd,
    Enters,
    Hours,
    Rule,
    Stays,
)

_CONDITIONS: dict[str, type[Condition]] = {
    "stays": Stays,
    "crowd": Crowd,
    "enters": Enters,
    "crosses": Crosses,
}


def to_dict(rule: Rule) -> dict[str, Any]:
    """Return what JSON can keep of a rule, which is all of it."""
    kind = next(kind for kind, made in _CONDITIONS.items() if type(rule.when) is made)
    hours = rule.hours and [rule.hours.start.isoformat(), rule.hours.end.isoformat()]
    return {
        "name": rule.name,
        "zone": rule.zone,
        "when": {"kind": kind, **asdict(rule.when)},
        "hours": hours,
        "cooldown": rule.cooldown,
        "then": [action.value for action in Action if action in rule.then],
        "enabled": rule.enabled,
    }


def from_dict(kept: dict[str, Any]) -> Rule:
    """Return the rule that was kept.

    Raises:
        ValueError, TypeError, KeyError: It is damaged.
    """
    when = dict(kept["when"])
    made: type[Condition] = _CONDITIONS[when.pop("kind")]
    types = (
        (kept["name"], str),
        (kept["zone"], str),
        (kept["enabled"], bool),
        (when.get("people", 0), int),
    )
    if any(type(value) is not expected for value, expected in types):
        raise TypeError("not of that type")
    return Rule(
        name=kept["name"],
        when=made(**when),
        zone=kept["zone"],
        hours=None if kept["hours"] is None else Hours(*map(_time, kept["hours"])),
        cooldown=float(kept["cooldown"]),
        then=frozenset(map(Action, kept["then"])),
        enabled=kept["enabled"],
    )


def _time(text: str) -> TimeOfDay:
    # With a time zone it could not be compared.
    return TimeOfDay.fromisoformat(text).replace(tzinfo=None)
