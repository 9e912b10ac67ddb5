import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import time as TimeOfDay

import numpy as np
import pytest
import supervision as sv

from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.counts import Counts, Event, EventKind, LineCount, ZoneCount
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.people.rules import Action, Crosses, Crowd, Enters, Hours, Rule, Stays

K = EventKind
SIZE = (1000, 500)
RATE = 25
PATIENCE = 30.0

DOOR = Line("door", (0.5, 0.0), (0.5, 1.0))  # looking down the picture: its left part is right
HALL = Zone("hall", ((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0)))  # x from 600


def people(feet: Iterable[tuple[float, float]], size: tuple[int, int] = SIZE) -> sv.Detections:
    """Boxes of 40 x 100 with these feet in a picture of ``SIZE``, seen in one of ``size``."""
    boxes = [(x - 20, y - 100, x + 20, y) for x, y in feet]
    scale = np.array([size[0] / SIZE[0], size[1] / SIZE[1]] * 2)
    xyxy = (np.array(boxes).reshape(-1, 4) * scale).astype(np.float32)
    return sv.Detections(xyxy, confidence=np.full(len(boxes), 0.6, np.float32))


class Camera:
    """Shows people to a counter, frame after frame."""

    def __init__(
        self, *places: Line | Zone | IgnoredZone | Rule, frame: int = 0, start: float = 0.0
    ) -> None:
        self.counter = PeopleCounter(
            [place for place in places if isinstance(place, Line)],
            [place for place in places if isinstance(place, Zone)],
            [place for place in places if isinstance(place, IgnoredZone)],
            [place for place in places if isinstance(place, Rule)],
        )
        self.frame, self.time = frame, start
        self.size = SIZE
        self.events: list[Event] = []

    def show(self, *feet: tuple[float, float]) -> Counts:
        self.ids, counts = self._update(feet)
        self.events += counts.events
        self.frame += 1
        self.time += 1 / RATE
        return counts

    def _update(self, feet: Sequence[tuple[float, float]]) -> tuple[list[int], Counts]:
        found, counts = self.counter.update(
            people(feet, self.size), index=self.frame, time=self.time, size=self.size
        )
        assert found.tracker_id is not None
        return found.tracker_id.tolist(), counts

    def walk(self, start: float, end: float, step: float = 10.0, y: float = 300.0) -> Counts:
        """Somebody walks along the picture; in each frame a step further."""
        for x in np.arange(start, end + np.sign(end - start), step * np.sign(end - start)):
            counts = self.show((float(x), y))
        return counts

    def wait(self, frames: int) -> Counts:
        for _ in range(frames):
            counts = self.show()
        return counts

    def told(self) -> list[tuple]:
        """Events so far: kind, track, frame, and place and direction where there are."""
        return [
            (event.kind, event.track, event.frame, *filter(None, (event.zone, event.direction)))
            for event in self.events
        ]


def test_one_walk_from_beginning_to_end():
    camera = Camera(DOOR, HALL, frame=1000, start=40.0)
    counts = camera.walk(402, 702)  # at x = 402 in frame 1000, at 502 in 1010, at 702 in 1030
    assert (counts.now, counts.total) == (1, 1)
    assert counts.lines == (LineCount("door", 0, 1),)
    assert counts.zones == (ZoneCount("hall", 1, 1),)
    counts = camera.wait(50)
    assert (counts.now, counts.total) == (0, 1)
    assert counts.zones == (ZoneCount("hall", 0, 1),)
    assert camera.told() == [
        (K.APPEARED, 1, 1001),
        # At 522: clear of the line by 15 % of the height of 100 pixels.
        (K.CROSSED, 1, 1012, "door", "out"),
        (K.ENTERED, 1, 1020, "hall"),
        (K.EXITED, 1, 1030, "hall"),
        (K.LEFT, 1, 1030),
    ]
    for event in camera.events:
        assert event.time == pytest.approx(40 + (event.frame - 1000) / RATE)


def test_counts_of_several_people():
    camera = Camera(DOOR, HALL)
    for step in range(30):
        there, back = 400.0 + 10 * step, 700.0 - 10 * step
        counts = camera.show((there, 150), (back, 300), (800, 450))
    assert camera.ids == [1, 2, 3]
    assert (counts.now, counts.total) == (3, 3)
    assert counts.lines == (LineCount("door", 1, 1),)
    assert counts.zones == (ZoneCount("hall", 2, 3),)


def test_somebody_hidden_for_a_while_is_nobody_new():
    camera = Camera(DOOR)
    camera.walk(400, 490)
    for _ in range(10):
        assert camera.show().now == 0
    counts = camera.walk(600, 700)
    assert (counts.total, counts.lines) == (1, (LineCount("door", 0, 1),))
    assert [event.kind for event in camera.events] == [K.APPEARED, K.CROSSED]


def test_the_boxes_come_back_as_they_were_given():
    camera = Camera()
    for _ in range(2):
        camera.show((100, 300), (900, 300))
    given = people([(500, 300), (900, 300), (100, 300)])
    given.metadata["read_ms"] = 1.5
    found, _ = camera.counter.update(given, index=2, time=0.08, size=SIZE)
    assert found.tracker_id.tolist() == [-1, 2, 1]
    assert np.array_equal(found.xyxy, given.xyxy)
    assert found.metadata == {"read_ms": 1.5}


def test_everybody_has_the_names_of_the_zones_they_are_in():
    yard = Zone("yard", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    counter = PeopleCounter(zones=[HALL, yard])
    # The second one is in the middle of the hall; whoever is seen first is not followed yet.
    for frame in range(2):
        found, _ = counter.update(
            people([(100, 300), (650, 300)]), index=frame, time=frame / RATE, size=SIZE
        )
        names = found.data["zones"].tolist()
        assert names == (["", ""] if frame == 0 else ["yard", "hall;yard"])
    found, _ = PeopleCounter().update(people([(100, 300)]), index=0, time=0.0, size=SIZE)
    assert "zones" not in found.data


def test_a_threshold_for_beginning_to_follow():
    counter = PeopleCounter()
    for frame in range(3):
        found, counts = counter.update(
            people([(100, 300)]), index=frame, time=frame / RATE, size=SIZE, score_threshold=0.7
        )
    assert (found.tracker_id.tolist(), counts.total) == ([-1], 0)


class TestCut:
    def test_nobody_is_followed_across_it(self):
        camera = Camera(DOOR, HALL)
        camera.walk(700, 520)  # frames 0 to 18
        camera.counter.cut()
        camera.time = 0.0
        counts = camera.walk(480, 400)  # nobody has been seen to cross
        assert (counts.now, counts.total) == (1, 2)
        assert counts.lines == (LineCount("door", 0, 0),)
        assert camera.told() == [
            (K.APPEARED, 1, 1),
            (K.ENTERED, 1, 1, "hall"),
            (K.EXITED, 1, 12, "hall"),
            (K.LEFT, 1, 18),
            (K.APPEARED, 2, 20),
        ]

    def test_those_who_left_are_told_once(self):
        camera = Camera(HALL)
        camera.walk(700, 720)
        camera.counter.cut()
        camera.counter.cut()
        events = camera.show().events
        assert events == (
            Event(K.EXITED, 1, 2, pytest.approx(0.08), "hall"),
            Event(K.LEFT, 1, 2, pytest.approx(0.08)),
        )
        assert camera.show().events == ()

    def test_the_counts_so_far_stay(self):
        camera = Camera(DOOR, HALL)
        before = camera.walk(400, 700)
        camera.counter.cut()
        after = camera.show()
        assert (after.total, after.lines) == (before.total, before.lines)
        assert after.zones == (ZoneCount("hall", 0, 1),)
        counts = camera.walk(400, 700)
        assert (counts.total, counts.lines) == (2, (LineCount("door", 0, 2),))
        assert counts.zones == (ZoneCount("hall", 1, 2),)

    def test_a_time_that_goes_back_is_one(self):
        camera = Camera()
        camera.walk(400, 600, step=4)
        camera.time = 0.0
        camera.show((600, 300))
        assert camera.told()[-1] == (K.LEFT, 1, 50)
        assert camera.ids == [-1]


class TestRules:
    def test_an_alert_comes_after_what_it_is_about(self):
        rules = [Rule("out", Crosses("out"), "door"), Rule("in the hall", Enters(), "hall")]
        camera = Camera(DOOR, HALL, *rules, frame=1000, start=40.0)
        camera.walk(402, 702)
        assert camera.told() == [
            (K.APPEARED, 1, 1001),
            (K.CROSSED, 1, 1012, "door", "out"),
            (K.ALERT, 1, 1012, "door"),
            (K.ENTERED, 1, 1020, "hall"),
            (K.ALERT, 1, 1020, "hall"),
        ]
        alert = camera.events[2]
        assert (alert.rule, alert.detail) == ("out", "someone crosses outwards")
        assert alert.time == pytest.approx(40 + 12 / RATE)

    @pytest.mark.parametrize(
        ("unseen", "x", "who"),
        [
            (1.0, 800, 1),  # the tracker has not given up yet
            (1.88, 890, 2),  # 90 pixels from there: the same
            (1.88, 910, 3),  # 110: somebody else
            (2.12, 890, 3),
        ],
    )
    def test_dwelling_goes_on_for_whoever_is_lost_for_a_moment(self, unseen, x, who):
        camera = Camera(HALL, Rule("loitering", Stays(9.99), "hall"))
        for _ in range(5 * RATE):  # followed from frame 1 on, last seen in frame 124
            camera.show((800, 300))
        camera.wait(round(unseen * RATE) - 1)
        first = camera.frame
        while camera.frame < 10 * RATE + 2:
            camera.show((x, 300))
        same = [(K.ALERT, min(who, 2), 10 * RATE + 1, "hall")]
        assert [told for told in camera.told() if told[0] is K.ALERT] == (same if who < 3 else [])
        while camera.frame < first + 10 * RATE + 2:
            camera.show((x, 300))
        alerts = [told for told in camera.told() if told[0] is K.ALERT]
        assert alerts == (same if who < 3 else [(K.ALERT, 2, first + 10 * RATE + 1, "hall")])

    def test_a_crowd_anywhere(self):
        camera = Camera(Rule("crowd", Crowd(1)))
        for _ in range(3):
            camera.show((100, 300))
        for _ in range(3):
            camera.show((100, 300), (900, 300))
        assert camera.told()[-1] == (K.ALERT, 0, 4)

    def test_at_certain_hours(self):
        night = Hours(TimeOfDay(22), TimeOfDay(6))
        for now, fires in ((TimeOfDay(12), False), (TimeOfDay(23), True), (None, True)):
            counter = PeopleCounter(rules=[Rule("night", Enters(), hours=night)])
            for frame in range(2):
                _, counts = counter.update(
                    people([(100, 300)]), index=frame, time=frame / RATE, size=SIZE, now=now
                )
            assert (K.ALERT in [event.kind for event in counts.events]) is fires

    @pytest.mark.parametrize("goes_back", [False, True])
    def test_a_cut_begins_anew(self, goes_back):
        camera = Camera(Rule("loitering", Stays(2.99)))
        for _ in range(2 * RATE):
            camera.show((800, 300))
        if goes_back:
            camera.time = 0.0
        else:
            camera.counter.cut()
        first = camera.frame
        for _ in range(4 * RATE):
            camera.show((800, 300))
        assert camera.told()[-1] == (K.ALERT, 2, first + 3 * RATE + 1)

    def test_unchanged_rules_go_on_and_others_begin_at_nothing(self):
        stays, crowd = Rule("stays", Stays(1.99)), Rule("crowd", Crowd(0), cooldown=0)
        camera = Camera(stays, crowd)
        for _ in range(RATE):
            camera.show((800, 300))
        assert [event.rule for event in camera.events if event.rule] == ["crowd"]
        camera.counter.set_rules([stays, Rule("another", Crowd(0, 1.99))])
        assert [rule.name for rule in camera.counter.rules] == ["stays", "another"]
        for _ in range(2 * RATE + 1):
            camera.show((800, 300))
        alerts = [(event.rule, event.frame) for event in camera.events if event.rule]
        # Followed from frame 1 on; the other one was set before frame 25.
        assert alerts == [("crowd", 1), ("stays", 51), ("another", 75)]

    def test_an_edited_rule_reports_nobody_again(self):
        camera = Camera(Rule("crowd", Crowd(0)), Rule("stays", Stays(1.99), cooldown=0))
        for _ in range(2 * RATE + 2):
            camera.show((800, 300))
        assert [event.rule for event in camera.events if event.rule] == ["crowd", "stays"]
        send = frozenset({Action.SEND})
        edited = [Rule("crowd", Crowd(0), cooldown=0), Rule("stays", Stays(1.99), then=send)]
        camera.counter.set_rules(edited)
        assert camera.counter.rules == tuple(edited)
        for _ in range(4 * RATE):
            camera.show((800, 300))
        assert [event.rule for event in camera.events if event.rule] == ["crowd", "stays"]

    def test_another_condition_is_watched_for_from_the_start(self):
        crowd = Rule("crowd", Crowd(0), cooldown=0)
        camera = Camera(crowd)
        for _ in range(6):
            camera.show((100, 300))
        camera.counter.set_rules([replace(crowd, when=Crowd(0, 0.07))])
        for _ in range(4):
            camera.show((100, 300))
        # At 25 frames a second, two frames after frame 6, the first that it sees.
        assert [event.frame for event in camera.events if event.rule] == [1, 8]

    def test_names_must_differ(self):
        with pytest.raises(ValueError, match="two rules are called 'same'"):
            PeopleCounter(rules=[Rule("same", Enters()), Rule("same", Crowd(5))])


class TestIgnoredZones:
    # Feet at x up to 200.
    POSTER = IgnoredZone("poster", ((0.0, 0.0), (0.2, 0.0), (0.2, 1.0), (0.0, 1.0)))

    def test_nobody_there_is_found_counted_or_followed(self):
        everywhere = Zone("all", ((0, 0), (1, 0), (1, 1), (0, 1)))
        camera = Camera(everywhere, self.POSTER, Rule("two", Crowd(1)))
        for _ in range(5):
            # On the border is within.
            counts = camera.show((100, 300), (200, 400), (201, 200))
        assert camera.ids == [1]
        assert (counts.now, counts.total) == (1, 1)
        assert counts.zones == (ZoneCount("all", 1, 1),)
        assert camera.told() == [(K.APPEARED, 1, 1), (K.ENTERED, 1, 1, "all")]

    def test_whoever_walks_in_has_left(self):
        camera = Camera(self.POSTER)
        camera.walk(400, 100)  # in the zone from frame 20 on
        camera.wait(2 * RATE)
        assert camera.told() == [(K.APPEARED, 1, 1), (K.LEFT, 1, 19)]

    def test_what_is_left_is_as_it_was_found(self):
        found = people([(100, 300), (900, 300)])
        found.metadata["read_ms"] = 1.5
        found, _ = PeopleCounter(ignored=[self.POSTER]).update(found, index=0, time=0.0, size=SIZE)
        assert found.xyxy.tolist() == [[880, 200, 920, 300]]
        assert found.metadata == {"read_ms": 1.5}
        found, counts = PeopleCounter(ignored=[self.POSTER]).update(
            people([(100, 300)]), index=0, time=0.0, size=SIZE
        )
        assert (len(found), counts.now) == (0, 0)

    def test_from_now_on(self):
        camera = Camera()
        for _ in range(2):
            camera.show((100, 300))
        camera.counter.set_zones([], [], [self.POSTER])
        assert camera.counter.ignored == (self.POSTER,)
        assert camera.show((100, 300)).now == 0
        with pytest.raises(ValueError, match="are called 'poster'"):
            camera.counter.set_zones([], [Zone("poster", HALL.points)], [self.POSTER])


class TestPerMinute:
    """Each of these people stands for two frames, and never where somebody stood before."""

    @staticmethod
    def rate(camera: Camera, seconds: float, people_each: float) -> float:
        counts = None
        for second in range(round(seconds)):
            for frame in range(RATE):
                place = (50.0 + second % 10 * 100, 300.0)
                there = frame < 2 and second % people_each == 0
                counts = camera.show(*([place] if there else []))
        assert counts is not None
        return counts.per_minute

    def test_the_first_seconds_count_as_ten(self):
        camera = Camera()
        camera.show((100, 300))
        assert camera.show((100, 300)).per_minute == 6

    def test_a_short_stretch_is_extrapolated(self):
        # 10 people in 20 seconds, less a frame.
        assert self.rate(Camera(), 20, 2) == pytest.approx(10 * 60 / 19.96)

    def test_only_the_last_minute_counts(self):
        camera = Camera()
        assert self.rate(camera, 70, 1) == 60
        assert self.rate(camera, 60, 1000) == 1

    def test_a_jump_costs_no_time(self):
        camera = Camera()
        self.rate(camera, 30, 2)
        camera.counter.cut()
        camera.time += 1000.0
        # 15 people in the 29.96 seconds before the jump and the 29.96 after it.
        assert self.rate(camera, 30, 1000) == pytest.approx(16 * 60 / 59.92)


class TestChangesWhileRunning:
    def test_unchanged_places_count_on_and_others_begin_at_nothing(self):
        camera = Camera(DOOR, HALL)
        camera.walk(400, 700)
        gate = Line("gate", (0.8, 0.0), (0.8, 1.0))
        yard = Zone("yard", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
        camera.counter.set_zones([gate, DOOR], [yard, HALL])
        assert camera.counter.lines == (gate, DOOR)
        assert camera.counter.zones == (yard, HALL)
        counts = camera.walk(710, 850)
        assert counts.lines == (LineCount("gate", 0, 1), LineCount("door", 0, 1))
        assert counts.zones == (ZoneCount("yard", 1, 1), ZoneCount("hall", 1, 1))

    def test_a_line_that_was_moved_begins_at_nothing(self):
        camera = Camera(DOOR)
        camera.walk(400, 600)
        camera.counter.set_zones([Line("door", (0.7, 0.0), (0.7, 1.0))], [])
        assert camera.walk(610, 650).lines == (LineCount("door", 0, 0),)
        assert camera.walk(660, 750).lines == (LineCount("door", 0, 1),)

    def test_names_must_differ(self):
        with pytest.raises(ValueError, match="are called 'door'"):
            PeopleCounter([DOOR, Line("door", (0, 0), (1, 1))])
        counter = PeopleCounter([DOOR], [HALL])
        with pytest.raises(ValueError, match="are called 'hall'"):
            counter.set_zones([Line("hall", (0, 0), (1, 1))], [HALL])
        with pytest.raises(ValueError, match="are called 'door'"):
            counter.set_zones([DOOR], [Zone("door", HALL.points)])
        assert (counter.lines, counter.zones) == ((DOOR,), (HALL,))

    def test_from_another_thread(self):
        """Lines come and go while people walk; the one that stays misses nobody."""
        camera, undisturbed = Camera(DOOR, HALL), Camera(DOOR, HALL)
        over = threading.Event()
        failures: list[BaseException] = []

        def change() -> None:
            number = 0
            try:
                while not over.is_set():
                    number += 1
                    more = Line(f"line {number}", (0.0, 0.5), (1.0, 0.5))
                    lines = [more, DOOR] if number % 2 else [DOOR]
                    camera.counter.set_zones(lines, [HALL, Zone(f"zone {number}", HALL.points)])
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=change)
        thread.start()
        for _ in range(5):
            for each in (camera, undisturbed):
                each.walk(400, 700)
                each.walk(690, 410)
        over.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert failures == []
        camera.counter.set_zones([DOOR], [HALL])
        counts = camera.show()
        assert counts == undisturbed.show()
        assert counts.lines == (LineCount("door", 5, 5),)


@pytest.mark.parametrize("size", [(500, 250), (4000, 2000), (640, 480)])
def test_another_resolution_loses_nobody(size):
    camera = Camera(DOOR, HALL)
    camera.walk(400, 490)
    camera.size = size
    counts = camera.walk(500, 700)
    assert counts.total == 1
    assert counts.lines == (LineCount("door", 0, 1),)
    assert counts.zones == (ZoneCount("hall", 1, 1),)


def test_long_without_people():
    camera = Camera(DOOR, HALL)
    camera.walk(400, 700)
    counts = camera.wait(RATE * 90)
    assert counts.per_minute == 0
    assert counts.total == 1
    assert camera.walk(400, 700).lines == (LineCount("door", 0, 2),)


def test_a_frame_without_a_time_is_refused_and_harms_nothing():
    camera = Camera(DOOR)
    camera.walk(400, 490)
    with pytest.raises(ValueError, match="must have a time"):
        camera.counter.update(people([]), index=10, time=float("inf"), size=SIZE)
    assert camera.walk(500, 600).lines == (LineCount("door", 0, 1),)


def contents(thing: object) -> int:
    """How many things the containers within hold altogether."""
    if isinstance(thing, dict):
        return len(thing) + sum(map(contents, thing.values()))
    if isinstance(thing, Iterable) and not isinstance(thing, str | np.ndarray):
        things = list(thing)
        return len(things) + sum(map(contents, things))
    if type(thing).__module__.startswith(("pedcam.", "trackers.")):
        return contents(vars(thing))
    return 0


def test_nothing_grows_with_the_people_seen():
    """Twenty people at once in three frames, who cross the line and are never seen again."""
    everywhere = Zone("all", ((0, 0), (1, 0), (1, 1), (0, 1)))
    rules = [
        Rule("stays", Stays(1), "all"),
        Rule("crowd", Crowd(5, 1)),
        Rule("enters", Enters(), "all"),
        Rule("crosses", Crosses(), "across"),
    ]
    counter = PeopleCounter([Line("across", (0.0, 0.5), (1.0, 0.5))], [everywhere], rules=rules)
    sizes = []
    groups = 1000
    for group in range(groups):
        for frame in range(3):
            # The first sighting gives no identity yet; the last one is clear of the line at 250.
            detections = people((25 + 50 * column, 210 + 30 * frame) for column in range(20))
            # Longer than anybody is remembered.
            time = 2.0 * group + frame / RATE
            _, counts = counter.update(detections, index=3 * group + frame, time=time, size=SIZE)
        if group % 20 == 0:
            sizes.append(contents(counter))
    assert counts.total == 20 * groups
    assert counts.lines == (LineCount("across", 20 * groups, 0),)
    assert counts.zones == (ZoneCount("all", 20, 20 * groups),)
    assert sizes[0] > 100, "or it would see nothing grow"
    # The last minute's arrivals are full after 30 groups.
    assert max(sizes[2:]) == min(sizes[2:])
