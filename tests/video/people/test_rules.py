from collections.abc import Mapping
from datetime import time as TimeOfDay

import pytest

from pedcam.video.people.counts import Event, EventKind
from pedcam.video.people.rules import (
    Action,
    Condition,
    Crosses,
    Crowd,
    Enters,
    Hours,
    Person,
    Rule,
    RuleWatch,
    Stays,
)

SIZE = (1000, 500)
HEIGHT = 100.0  # of every box, so that somebody is near within 100 pixels
ZONE, LINE = "hall", "gate"

Feet = tuple[float, float]


class Scene:
    """Shows people to a rule. Whoever stands at x < 500 is in the zone.

    Identities come and go as a tracker would have it: whoever is new has appeared, and entered
    the zone if that is where they are.
    """

    def __init__(
        self,
        when: Condition,
        zone: str = ZONE,
        *,
        cooldown: float = 0.0,
        hours: Hours | None = None,
    ) -> None:
        rule = Rule("the rule", when, zone, hours=hours, cooldown=cooldown)
        self.watch = RuleWatch(rule)
        self.now: TimeOfDay | None = None
        self.alerts: list[tuple[float, int]] = []  # when and for whom
        self._inside: set[int] = set()
        self._known: set[int] = set()

    def see(self, clock: float, people: Mapping[int, Feet], *others: Event) -> None:
        there = [
            Person(track, (x / SIZE[0], y / SIZE[1]), HEIGHT, [ZONE] if x < SIZE[0] / 2 else [])
            for track, (x, y) in people.items()
        ]
        happened = [*others]
        for person in there:
            if person.track not in self._known:
                happened.append(Event(EventKind.APPEARED, person.track, 0, clock))
            if person.zones and person.track not in self._inside:
                happened.append(Event(EventKind.ENTERED, person.track, 0, clock, ZONE))
            self._known.add(person.track)
            (self._inside.add if person.zones else self._inside.discard)(person.track)
        alert = self.watch.look(
            there, happened, clock=clock, now=self.now, size=SIZE, frame=int(clock * 10), time=clock
        )
        if alert is not None:
            self.alerts.append((clock, alert.track))

    def last(self, start: float, end: float, people: Mapping[int, Feet]) -> None:
        """See the same people every tenth of a second, both times included."""
        for tenth in range(round(10 * start), round(10 * end) + 1):
            self.see(tenth / 10, people)


HERE: Feet = (200.0, 300.0)


class TestStays:
    def test_once_for_each_visit(self) -> None:
        scene = Scene(Stays(10))
        scene.last(1, 30, {1: HERE})
        scene.last(30.1, 31, {1: (600, 300)})  # outside, where the visit ends at once
        scene.last(31.1, 50, {1: HERE})
        assert scene.alerts == [(11.0, 1), (41.1, 1)]

    def test_what_the_alert_says(self) -> None:
        watch = RuleWatch(Rule("Loitering", Stays(2.5), ZONE))
        person = Person(7, (0.2, 0.6), HEIGHT, [ZONE])
        for clock in (0.0, 2.5):
            alert = watch.look([person], [], clock=clock, now=None, size=SIZE, frame=60, time=102.5)
        detail = "someone stays longer than 2.5 s"
        assert alert == Event(EventKind.ALERT, 7, 60, 102.5, ZONE, rule="Loitering", detail=detail)

    @pytest.mark.parametrize(
        ("lost_for", "feet", "fires_at", "who"),
        [
            # There since 0 s, last seen at 5 s.
            (1.9, HERE, 10.0, 2),
            (1.9, (290, 300), 10.0, 2),
            (1.9, (310, 300), 16.9, 2),  # 110 pixels away
            (1.9, (260, 400), 16.9, 2),  # 60 across and 100 down
            # Seen again a tenth before, as an identity begins with the second sighting.
            (2.0, HERE, 10.0, 2),
            (2.2, HERE, 17.2, 2),
        ],
    )
    def test_whoever_is_found_again_soon_and_near_is_the_same(
        self, lost_for: float, feet: Feet, fires_at: float, who: int
    ) -> None:
        scene = Scene(Stays(9.95))  # between two looks, so that rounding decides nothing
        scene.last(0, 5, {1: HERE})
        scene.last(5.1, 6.4, {})
        scene.see(6.5, {}, Event(EventKind.LEFT, 1, 50, 5.0))
        scene.last(6.6, 4.9 + lost_for, {})
        scene.last(5 + lost_for, 20, {2: feet})
        assert scene.alerts == [(fires_at, who)]

    def test_a_track_that_goes_on_after_a_gap_needs_no_leeway(self) -> None:
        """A source with a picture every five seconds, which the tracker follows all the same."""
        scene = Scene(Stays(12))
        for clock in range(0, 30, 5):
            scene.see(clock, {1: HERE})
        assert scene.alerts == [(15.0, 1)]

    def test_somebody_who_was_there_all_along_is_nobody_elses_return(self) -> None:
        scene = Scene(Stays(10))
        scene.last(0, 5, {1: (480, 300), 2: (520, 300)})
        # 1 is hidden while 2, seen for long, steps in at the same place.
        scene.last(5.1, 20, {2: (470, 300)})
        assert scene.alerts == [(15.1, 2)]

    def test_somebody_seen_beside_the_one_who_comes_is_not_the_same(self) -> None:
        scene = Scene(Stays(10))
        scene.last(0, 5, {1: HERE})
        scene.last(5.1, 12, {1: HERE, 2: (210, 300)})
        scene.last(12.1, 20, {2: (210, 300)})
        assert scene.alerts == [(10.0, 1), (15.1, 2)]

    def test_the_nearest_of_two_who_are_lost(self) -> None:
        scene = Scene(Stays(10))
        scene.last(0, 2, {1: (100, 300)})
        scene.last(2.1, 5, {1: (100, 300), 2: (220, 300)})
        scene.last(6, 20, {3: (180, 300)})  # 80 pixels from the first, 40 from the second
        assert scene.alerts == [(12.1, 3)]

    def test_a_return_is_not_reported_again(self) -> None:
        scene = Scene(Stays(10))
        scene.last(0, 12, {1: HERE})
        scene.last(13.9, 40, {2: HERE})
        assert scene.alerts == [(10.0, 1)]

    def test_anywhere_in_the_picture(self) -> None:
        scene = Scene(Stays(10), zone="")
        scene.last(0, 5, {1: HERE})
        scene.last(5.1, 12, {1: (900, 300)})
        assert scene.alerts == [(10.0, 1)]

    def test_a_cut_begins_anew(self) -> None:
        scene = Scene(Stays(10))
        scene.last(0, 9, {1: HERE})
        scene.watch.cut()
        scene.last(9.1, 20, {2: HERE})
        assert scene.alerts == [(19.1, 2)]


class TestCrowd:
    THREE: Mapping[int, Feet] = {1: (100, 300), 2: (200, 300), 3: (300, 300)}
    TWO: Mapping[int, Feet] = {1: (100, 300), 2: (200, 300)}

    def test_more_than_and_for_how_long(self) -> None:
        scene = Scene(Crowd(2, 3))
        scene.last(0, 5, self.TWO)
        scene.last(5.1, 20, self.THREE)
        assert scene.alerts == [(8.1, 0)]

    def test_at_once(self) -> None:
        scene = Scene(Crowd(2))
        scene.last(0, 1, self.TWO)
        scene.last(1.1, 5, self.THREE)
        assert scene.alerts == [(1.1, 0)]

    def test_only_who_is_in_the_zone(self) -> None:
        outside = self.TWO | {3: (700, 300)}
        scene, everywhere = Scene(Crowd(2)), Scene(Crowd(2), zone="")
        for each in (scene, everywhere):
            each.last(0, 2, outside)
        assert (scene.alerts, everywhere.alerts) == ([], [(0.0, 0)])

    @pytest.mark.parametrize(("smaller_until", "fires_at"), [(3.9, 5.0), (4.1, 9.2)])
    def test_a_crowd_that_flickers(self, smaller_until: float, fires_at: float) -> None:
        scene = Scene(Crowd(2, 4.95))
        scene.last(0, 2, self.THREE)
        scene.last(2.1, smaller_until, self.TWO)
        scene.last(smaller_until + 0.1, 12, self.THREE)
        assert scene.alerts == [(fires_at, 0)]

    def test_once_for_each_crowd(self) -> None:
        scene = Scene(Crowd(2, 1))
        for start in (0, 10):
            scene.last(start, start + 5, self.THREE)
            scene.last(start + 5.1, start + 9.9, self.TWO)
        assert scene.alerts == [(1.0, 0), (11.0, 0)]

    def test_a_cut_begins_anew(self) -> None:
        scene = Scene(Crowd(2, 5))
        scene.last(0, 4, self.THREE)
        scene.watch.cut()
        scene.last(4.1, 10, self.THREE)
        assert scene.alerts == [(9.1, 0)]


class TestEnters:
    def test_a_zone(self) -> None:
        scene = Scene(Enters())
        scene.last(0, 1, {1: (600, 300)})
        scene.last(1.1, 2, {1: HERE})
        scene.last(2.1, 3, {1: (600, 300)})
        scene.last(3.1, 4, {1: HERE, 2: HERE})
        # One alert a frame: the one who entered first.
        assert scene.alerts == [(1.1, 1), (3.1, 1)]

    def test_the_picture(self) -> None:
        scene = Scene(Enters(), zone="")
        scene.last(0, 1, {1: (600, 300)})
        scene.last(1.1, 2, {1: HERE, 2: (900, 300)})
        assert scene.alerts == [(0.0, 1), (1.1, 2)]

    def test_another_zone(self) -> None:
        scene = Scene(Enters(), zone="yard")
        scene.last(0, 1, {1: HERE})
        assert scene.alerts == []


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("in", [(1.0, 1)]), ("out", [(2.0, 2)]), ("either", [(1.0, 1), (2.0, 2)])],
)
def test_directions(direction: str, expected: list[tuple[float, int]]) -> None:
    scene = Scene(Crosses(direction), LINE)
    people = {1: HERE, 2: (700.0, 300.0)}
    scene.see(0.0, people)
    scene.see(1.0, people, Event(EventKind.CROSSED, 1, 10, 1.0, LINE, "in"))
    scene.see(2.0, people, Event(EventKind.CROSSED, 2, 20, 2.0, LINE, "out"))
    scene.see(3.0, people, Event(EventKind.CROSSED, 2, 30, 3.0, "another", "in"))
    scene.see(4.0, people, Event(EventKind.CROSSED, 2, 40, 4.0, "another", "out"))
    assert scene.alerts == expected


class TestCooldown:
    def test_whoever_enters_meanwhile_is_not_reported(self) -> None:
        scene = Scene(Enters(), cooldown=60)
        scene.see(0, {1: HERE})
        scene.see(59.9, {2: HERE})
        scene.see(60, {3: HERE})
        assert scene.alerts == [(0.0, 1), (60.0, 3)]

    def test_of_two_who_stay_the_second_is_reported_afterwards(self) -> None:
        scene = Scene(Stays(10), cooldown=15)
        scene.last(0, 40, {1: HERE, 2: (400, 300)})
        assert scene.alerts == [(10.0, 1), (25.0, 2)]

    def test_a_second_one_who_has_gone_by_then_is_not(self) -> None:
        scene = Scene(Stays(10), cooldown=15)
        scene.last(0, 24, {1: HERE, 2: (400, 300)})
        scene.last(24.1, 40, {1: HERE, 2: (600, 300)})
        assert scene.alerts == [(10.0, 1)]

    def test_goes_on_after_a_cut(self) -> None:
        scene = Scene(Stays(10), cooldown=30)
        scene.last(0, 12, {1: HERE})
        scene.watch.cut()
        scene.last(12.1, 50, {2: HERE})
        assert scene.alerts == [(10.0, 1), (40.0, 2)]


class TestHours:
    @pytest.mark.parametrize(
        ("start", "end", "inside", "outside"),
        [
            ("08:00", "17:30", ["08:00", "12:00", "17:29"], ["07:59", "17:30", "00:00"]),
            ("22:00", "06:00", ["22:00", "23:59", "00:00", "05:59"], ["06:00", "21:59", "12:00"]),
            ("18:00", "00:00", ["18:00", "23:59"], ["00:00", "17:59"]),
        ],
    )
    def test_which_times(self, start: str, end: str, inside: list[str], outside: list[str]) -> None:
        hours = Hours(TimeOfDay.fromisoformat(start), TimeOfDay.fromisoformat(end))
        assert [time for time in inside if TimeOfDay.fromisoformat(time) not in hours] == []
        assert [time for time in outside if TimeOfDay.fromisoformat(time) in hours] == []

    def test_no_time_at_all(self) -> None:
        with pytest.raises(ValueError, match="22:00 to 22:00 is no time"):
            Hours(TimeOfDay(22), TimeOfDay(22))

    def test_whoever_is_still_there_when_they_begin(self) -> None:
        scene = Scene(Stays(10), hours=Hours(TimeOfDay(22), TimeOfDay(6)))
        scene.now = TimeOfDay(21, 59, 59)
        scene.last(0, 20, {1: HERE})
        scene.now = TimeOfDay(22)
        scene.last(20.1, 30, {1: HERE})
        assert scene.alerts == [(20.1, 1)]

    def test_a_recording_has_none(self) -> None:
        scene = Scene(Enters(), hours=Hours(TimeOfDay(22), TimeOfDay(6)))
        scene.see(0, {1: HERE})
        assert scene.alerts == [(0, 1)]


def test_a_rule_that_is_off() -> None:
    watch = RuleWatch(Rule("off", Enters(), "", enabled=False))
    appeared = [Event(EventKind.APPEARED, 1, 0, 0.0)]
    person = Person(1, (0.5, 0.5), HEIGHT, [])
    assert watch.look([person], appeared, clock=0.0, now=None, size=SIZE, frame=0, time=0.0) is None


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Stays(30), "someone stays longer than 30 s"),
        (Crowd(1), "more than 1 person is there"),
        (Crowd(5, 2.5), "more than 5 people are there for 2.5 s"),
        (Enters(), "someone enters"),
        (Crosses(), "someone crosses"),
        (Crosses("in"), "someone crosses inwards"),
        (Crosses("out"), "someone crosses outwards"),
    ],
)
def test_conditions_in_words(condition: Condition, words: str) -> None:
    assert str(condition) == words


def test_what_cannot_be_a_rule() -> None:
    for seconds in (0.5, -1.0, 86_401.0, float("nan")):
        with pytest.raises(ValueError, match="seconds are from 1 to 86400, not"):
            Stays(seconds)
    for people in (-1, 1001):
        with pytest.raises(ValueError, match=f"from 0 to 1000, not {people}"):
            Crowd(people)
    with pytest.raises(ValueError, match="seconds are from 0"):
        Crowd(1, -1.0)
    with pytest.raises(ValueError, match="not 'up'"):
        Crosses("up")
    with pytest.raises(ValueError, match="needs a name"):
        Rule(" ", Enters())
    with pytest.raises(ValueError, match="seconds are from 0"):
        Rule("rule", Enters(), cooldown=-1.0)
    rule = Rule("rule", Enters())
    assert (rule.zone, rule.hours, rule.cooldown, rule.enabled) == ("", None, 60.0, True)
    assert rule.then == frozenset[Action]()
