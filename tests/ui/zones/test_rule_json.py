import json
from datetime import time
from typing import Any

import pytest

from pedcam.ui.zones.rule_json import from_dict, to_dict
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

WRITTEN = {
    "name": "Loitering",
    "zone": "Door",
    "when": {"kind": "stays", "seconds": 30.0},
    "hours": ["22:00:00", "06:00:00"],
    "cooldown": 90.0,
    "then": ["clip", "send"],
    "enabled": False,
}
RULE = Rule(
    "Loitering",
    Stays(30.0),
    "Door",
    Hours(time(22), time(6)),
    90.0,
    frozenset({Action.SEND, Action.CLIP}),
    enabled=False,
)


def test_what_is_written() -> None:
    assert to_dict(RULE) == WRITTEN
    assert from_dict(WRITTEN) == RULE


@pytest.mark.parametrize("when", [Stays(1.5), Crowd(5, 10.0), Crowd(0), Enters(), Crosses("out")])
def test_every_condition_comes_back(when: Condition) -> None:
    rule = Rule("Any", when)
    assert from_dict(json.loads(json.dumps(to_dict(rule)))) == rule


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": 5},
        {"zone": None},
        {"when": "stays"},
        {"when": {"kind": "waits", "seconds": 30.0}},
        {"when": {"kind": ["stays"], "seconds": 30.0}},
        {"when": {"kind": "stays"}},
        {"when": {"kind": "stays", "seconds": "30"}},
        {"when": {"kind": "stays", "seconds": float("nan")}},
        {"when": {"kind": "crowd", "people": 2.5}},
        {"when": {"kind": "crowd", "people": -1}},
        {"when": {"kind": "crosses", "direction": "up"}},
        {"hours": ["22:00"]},
        {"hours": ["22:00", "22:00"]},
        {"hours": ["22:00", "25:00"]},
        {"hours": [22, 6]},
        {"cooldown": -1},
        {"cooldown": None},
        {"then": ["explode"]},
        {"then": [[]]},
        {"enabled": 1},
    ],
)
def test_what_is_damaged_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        from_dict(WRITTEN | changes)


def test_a_time_zone_is_left_out() -> None:
    assert from_dict(WRITTEN | {"hours": ["22:00+02:00", "06:00"]}).hours == RULE.hours
