import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.base.messages import Messages
from pedcam.ui.zones import control as control_module
from pedcam.ui.zones.control import ZoneControl
from pedcam.ui.zones.shape import Shape
from pedcam.ui.zones.state import Zones
from pedcam.ui.zones.store import load_zones, save_zones
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.counts import Counts, LineCount, ZoneCount
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.people.rules import Crowd, Rule
from pedcam.video.sources.spec import parse_source
from pedcam.video.stream.results import Result

LINE = Line("Door", (0.1, 0.5), (0.9, 0.5))
ZONE = Zone("Yard", ((0.2, 0.2), (0.6, 0.2), (0.4, 0.6)))
DEMO = parse_source("demo")
CAMERA = parse_source("0")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "places.json"


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def zones() -> Zones:
    return Zones()


@pytest.fixture
def control(qtbot: QtBot, zones: Zones, messages: Messages, path: Path) -> Iterator[ZoneControl]:
    made = ZoneControl(zones, messages, path)
    yield made
    assert made.close(5)


def test_a_source_brings_its_lines_and_zones(
    qtbot: QtBot, control: ZoneControl, zones: Zones, path: Path
) -> None:
    save_zones(
        path,
        "demo",
        ZoneSet(
            (
                Shape(LINE, 0),
                Shape(ZONE, 1),
            )
        ),
    )
    counter = PeopleCounter()
    control.follow(counter)
    assert not zones.available
    control.opened(DEMO)
    qtbot.waitUntil(lambda: zones.available)
    assert (zones.lines, zones.zones) == ((LINE,), (ZONE,))
    assert (counter.lines, counter.zones) == ((LINE,), (ZONE,))
    control.follow(None)
    assert not zones.available
    assert zones.shapes == ()


def test_edits_are_counted_at_once_and_kept(
    qtbot: QtBot, control: ZoneControl, zones: Zones, path: Path
) -> None:
    counter = PeopleCounter()
    control.follow(counter, DEMO)
    qtbot.waitUntil(lambda: zones.available)
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.add_zone(ZONE.points)
    zones.rename("Line 1", "Door")
    assert (counter.lines, counter.zones) == ((LINE,), (replace(ZONE, name="Zone 1"),))
    qtbot.waitUntil(lambda: len(load_zones(path, "demo")[0].shapes) == 2)
    zones.clear()
    qtbot.waitUntil(lambda: load_zones(path, "demo")[0] == ZoneSet())
    assert (counter.lines, counter.zones) == ((), ())


def test_ignored_zones_and_rules_are_watched_at_once_and_kept(
    qtbot: QtBot, control: ZoneControl, zones: Zones, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = PeopleCounter()
    watched: list[tuple[Rule, ...]] = []
    monkeypatch.setattr(counter, "set_rules", watched.append)
    control.follow(counter, DEMO)
    qtbot.waitUntil(lambda: zones.available)
    zones.add_ignored(ZONE.points)
    zones.add_rule(Rule("Crowd", Crowd(5)))
    poster = IgnoredZone("Ignored 1", ZONE.points)
    assert counter.ignored == (poster,)
    assert watched[-1] == (Rule("Crowd", Crowd(5)),)
    control.reset_counts()
    assert counter.ignored == (poster,)
    qtbot.waitUntil(lambda: load_zones(path, "demo")[0].rules == zones.rules)
    control.follow(None)
    control.follow(again := PeopleCounter(), DEMO)
    qtbot.waitUntil(lambda: zones.available)
    assert again.ignored == zones.ignored == (poster,)
    assert zones.rules == (Rule("Crowd", Crowd(5)),)


def test_closing_keeps_the_last_edit(
    qtbot: QtBot, zones: Zones, messages: Messages, path: Path
) -> None:
    control = ZoneControl(zones, messages, path)
    control.follow(PeopleCounter(), DEMO)
    qtbot.waitUntil(lambda: zones.available)
    for _ in range(20):
        zones.add_line((0.1, 0.5), (0.9, 0.5))
    assert control.close(5)
    assert len(load_zones(path, "demo")[0].shapes) == 20


def test_a_source_that_begins_anew_keeps_them_and_the_way_back(
    qtbot: QtBot, control: ZoneControl, zones: Zones
) -> None:
    control.follow(PeopleCounter(), DEMO)
    qtbot.waitUntil(lambda: zones.available)
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    again = PeopleCounter()
    control.follow(again, DEMO)
    control.opened(DEMO)
    assert zones.available
    assert zones.can_undo
    assert again.lines == zones.lines
    assert len(again.lines) == 1


def test_a_source_without_a_key_is_not_kept(
    qtbot: QtBot, control: ZoneControl, zones: Zones, path: Path
) -> None:
    counter = PeopleCounter()
    control.follow(counter, parse_source("rtsp://10.0.0.7/a?b@c"))
    assert zones.available
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    assert len(counter.lines) == 1
    assert control.close(5)
    assert not path.exists()


def test_a_name_may_go_from_a_zone_to_a_line_in_one_step(
    qtbot: QtBot, control: ZoneControl, zones: Zones, path: Path
) -> None:
    counter = PeopleCounter(lines=[replace(LINE, name="B")], zones=[replace(ZONE, name="A")])
    save_zones(
        path,
        "demo",
        ZoneSet(
            (
                Shape(replace(LINE, name="A"), 0),
                Shape(replace(ZONE, name="B"), 1),
            )
        ),
    )
    control.follow(counter, DEMO)
    qtbot.waitUntil(lambda: zones.available)
    assert [line.name for line in counter.lines] == ["A"]
    assert [zone.name for zone in counter.zones] == ["B"]


def test_an_answer_for_an_earlier_source_is_ignored(
    qtbot: QtBot,
    control: ZoneControl,
    zones: Zones,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_zones(path, "demo", ZoneSet((Shape(LINE, 0),)))
    go_on = threading.Event()

    def slowly(file: Path, key: str) -> object:
        assert go_on.wait(10)
        return load_zones(file, key)

    monkeypatch.setattr(control_module, "load_zones", slowly)
    control.follow(PeopleCounter(), DEMO)
    counter = PeopleCounter()
    control.follow(counter, CAMERA)
    go_on.set()
    qtbot.waitUntil(lambda: zones.available)
    assert zones.shapes == ()
    assert counter.lines == ()


def test_counts_are_shown_and_reset(
    qtbot: QtBot,
    control: ZoneControl,
    zones: Zones,
    make_result: Callable[..., Result],
) -> None:
    counter = PeopleCounter()
    control.follow(counter, DEMO)
    qtbot.waitUntil(lambda: zones.available)
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.add_zone(ZONE.points)
    line, zone = LineCount("Line 1", 4, 2), ZoneCount("Zone 1", 1, 3)
    counts = Counts(1, 3, 6.0, (line,), (zone,))
    control.show(replace(make_result(), counts=counts))
    assert zones.count("Line 1") == line
    assert zones.count("Zone 1") == zone
    control.reset_counts()
    assert zones.count("Line 1") is None
    assert (counter.lines, counter.zones) == (zones.lines, zones.zones)
    control.show(replace(make_result(), counts=counts))
    control.show(None)
    assert zones.count("Line 1") is None


def test_damage_and_what_cannot_be_kept_are_told(
    qtbot: QtBot, control: ZoneControl, zones: Zones, messages: Messages, path: Path
) -> None:
    path.write_text("{")
    control.follow(PeopleCounter(), DEMO)
    qtbot.waitUntil(lambda: messages.current is not None)
    assert messages.current is not None
    assert "kept as" in messages.current.text
    assert zones.available
    path.mkdir()
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    qtbot.waitUntil(lambda: "cannot be read" in (messages.current.text if messages.current else ""))
    # It is there all the same, until the source is closed.
    assert len(zones.shapes) == 1


def test_what_cannot_be_read_does_not_keep_one_from_drawing(
    qtbot: QtBot, control: ZoneControl, zones: Zones, messages: Messages, path: Path
) -> None:
    path.mkdir()
    counter = PeopleCounter()
    control.follow(counter, DEMO)
    qtbot.waitUntil(lambda: zones.available)
    assert messages.current is not None
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    assert len(counter.lines) == 1
