import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.base.messages import Messages
from pedcam.ui.zones import control as control_module
from pedcam.ui.zones.checks import Shape
from pedcam.ui.zones.control import PlaceControl
from pedcam.ui.zones.places import Places
from pedcam.ui.zones.store import load_places, save_places
from pedcam.video.people.counters import Line, Zone
from pedcam.video.people.counts import Counts, LineCount, ZoneCount
from pedcam.video.people.people_counter import PeopleCounter
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
def places() -> Places:
    return Places()


@pytest.fixture
def control(qtbot: QtBot, places: Places, messages: Messages, path: Path) -> Iterator[PlaceControl]:
    made = PlaceControl(places, messages, path)
    yield made
    assert made.close(5)


def test_a_source_brings_its_lines_and_zones(
    qtbot: QtBot, control: PlaceControl, places: Places, path: Path
) -> None:
    save_places(path, "demo", [Shape(LINE, 0), Shape(ZONE, 1)])
    crowd = PeopleCounter()
    control.follow(crowd)
    assert not places.available
    control.opened(DEMO)
    qtbot.waitUntil(lambda: places.available)
    assert (places.lines, places.zones) == ((LINE,), (ZONE,))
    assert (crowd.lines, crowd.zones) == ((LINE,), (ZONE,))
    control.follow(None)
    assert not places.available
    assert places.shapes == ()


def test_edits_are_counted_at_once_and_kept(
    qtbot: QtBot, control: PlaceControl, places: Places, path: Path
) -> None:
    crowd = PeopleCounter()
    control.follow(crowd, DEMO)
    qtbot.waitUntil(lambda: places.available)
    places.add_line((0.1, 0.5), (0.9, 0.5))
    places.add_zone(ZONE.points)
    places.rename("Line 1", "Door")
    assert (crowd.lines, crowd.zones) == ((LINE,), (replace(ZONE, name="Zone 1"),))
    qtbot.waitUntil(lambda: len(load_places(path, "demo").shapes) == 2)
    places.clear()
    qtbot.waitUntil(lambda: load_places(path, "demo").shapes == ())
    assert (crowd.lines, crowd.zones) == ((), ())


def test_closing_keeps_the_last_edit(
    qtbot: QtBot, places: Places, messages: Messages, path: Path
) -> None:
    control = PlaceControl(places, messages, path)
    control.follow(PeopleCounter(), DEMO)
    qtbot.waitUntil(lambda: places.available)
    for _ in range(20):
        places.add_line((0.1, 0.5), (0.9, 0.5))
    assert control.close(5)
    assert len(load_places(path, "demo").shapes) == 20


def test_a_source_that_begins_anew_keeps_them_and_the_way_back(
    qtbot: QtBot, control: PlaceControl, places: Places
) -> None:
    control.follow(PeopleCounter(), DEMO)
    qtbot.waitUntil(lambda: places.available)
    places.add_line((0.1, 0.5), (0.9, 0.5))
    again = PeopleCounter()
    control.follow(again, DEMO)
    control.opened(DEMO)
    assert places.available
    assert places.can_undo
    assert again.lines == places.lines
    assert len(again.lines) == 1


def test_a_source_without_a_key_is_not_kept(
    qtbot: QtBot, control: PlaceControl, places: Places, path: Path
) -> None:
    crowd = PeopleCounter()
    control.follow(crowd, parse_source("rtsp://10.0.0.7/a?b@c"))
    assert places.available
    places.add_line((0.1, 0.5), (0.9, 0.5))
    assert len(crowd.lines) == 1
    assert control.close(5)
    assert not path.exists()


def test_a_name_may_go_from_a_zone_to_a_line_in_one_step(
    qtbot: QtBot, control: PlaceControl, places: Places, path: Path
) -> None:
    crowd = PeopleCounter(lines=[replace(LINE, name="B")], zones=[replace(ZONE, name="A")])
    save_places(
        path, "demo", [Shape(replace(LINE, name="A"), 0), Shape(replace(ZONE, name="B"), 1)]
    )
    control.follow(crowd, DEMO)
    qtbot.waitUntil(lambda: places.available)
    assert [line.name for line in crowd.lines] == ["A"]
    assert [zone.name for zone in crowd.zones] == ["B"]


def test_an_answer_for_an_earlier_source_is_ignored(
    qtbot: QtBot,
    control: PlaceControl,
    places: Places,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_places(path, "demo", [Shape(LINE, 0)])
    go_on = threading.Event()

    def slowly(file: Path, key: str) -> object:
        assert go_on.wait(10)
        return load_places(file, key)

    monkeypatch.setattr(control_module, "load_places", slowly)
    control.follow(PeopleCounter(), DEMO)
    crowd = PeopleCounter()
    control.follow(crowd, CAMERA)
    go_on.set()
    qtbot.waitUntil(lambda: places.available)
    assert places.shapes == ()
    assert crowd.lines == ()


def test_counts_are_shown_and_reset(
    qtbot: QtBot,
    control: PlaceControl,
    places: Places,
    make_result: Callable[..., Result],
) -> None:
    crowd = PeopleCounter()
    control.follow(crowd, DEMO)
    qtbot.waitUntil(lambda: places.available)
    places.add_line((0.1, 0.5), (0.9, 0.5))
    places.add_zone(ZONE.points)
    line, zone = LineCount("Line 1", 4, 2), ZoneCount("Zone 1", 1, 3)
    counts = Counts(1, 3, 6.0, (line,), (zone,))
    control.show(replace(make_result(), counts=counts))
    assert places.count("Line 1") == line
    assert places.count("Zone 1") == zone
    control.reset_counts()
    assert places.count("Line 1") is None
    assert (crowd.lines, crowd.zones) == (places.lines, places.zones)
    control.show(replace(make_result(), counts=counts))
    control.show(None)
    assert places.count("Line 1") is None


def test_damage_and_what_cannot_be_kept_are_told(
    qtbot: QtBot, control: PlaceControl, places: Places, messages: Messages, path: Path
) -> None:
    path.write_text("{")
    control.follow(PeopleCounter(), DEMO)
    qtbot.waitUntil(lambda: messages.current is not None)
    assert messages.current is not None
    assert "kept as" in messages.current.text
    assert places.available
    path.mkdir()
    places.add_line((0.1, 0.5), (0.9, 0.5))
    qtbot.waitUntil(lambda: "cannot be read" in (messages.current.text if messages.current else ""))
    # It is there all the same, until the source is closed.
    assert len(places.shapes) == 1


def test_what_cannot_be_read_does_not_keep_one_from_drawing(
    qtbot: QtBot, control: PlaceControl, places: Places, messages: Messages, path: Path
) -> None:
    path.mkdir()
    crowd = PeopleCounter()
    control.follow(crowd, DEMO)
    qtbot.waitUntil(lambda: places.available)
    assert messages.current is not None
    places.add_line((0.1, 0.5), (0.9, 0.5))
    assert len(crowd.lines) == 1
