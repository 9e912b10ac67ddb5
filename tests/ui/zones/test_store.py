import json
from pathlib import Path

import pytest

from pedcam.ui.zones import store
from pedcam.ui.zones.rule_json import to_dict
from pedcam.ui.zones.shape import Shape
from pedcam.ui.zones.store import (
    MAX_BYTES,
    ZoneStoreError,
    load_zones,
    save_zones,
    source_key,
)
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.rules import Action, Crosses, Crowd, Rule
from pedcam.video.sources.spec import SourceSpec, parse_source

LINE = Shape(Line("Door", (0.1, 0.5), (0.9, 0.5)), 3)
ZONE = Shape(Zone("Wörk", ((0.2, 0.2), (0.6, 0.2), (0.4, 0.6))), 0)
POSTER = Shape(IgnoredZone("Poster", ((0.2, 0.2), (0.6, 0.2), (0.4, 0.6)), blacked_out=True), 1)
SQUARE = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4], [0.1, 0.4]]
RULE = Rule("Way in", Crosses("in"), "Door", then=frozenset({Action.CLIP}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "places.json"


def test_what_is_kept_comes_back_for_its_source_only(path: Path) -> None:
    assert load_zones(path, "demo") == (ZoneSet(), "")
    assert (
        save_zones(
            path,
            "demo",
            ZoneSet(
                (
                    LINE,
                    ZONE,
                )
            ),
        )
        == ""
    )
    save_zones(path, "camera:0", ZoneSet((ZONE,)))
    assert load_zones(path, "demo") == (ZoneSet((LINE, ZONE)), "")
    assert load_zones(path, "camera:0") == (ZoneSet((ZONE,)), "")
    save_zones(path, "demo", ZoneSet())
    assert load_zones(path, "demo") == (ZoneSet(), "")
    assert load_zones(path, "camera:0") == (ZoneSet((ZONE,)), "")
    assert [entry.name for entry in path.parent.iterdir()] == ["places.json"]


def test_ignored_zones_and_rules_are_kept(path: Path) -> None:
    kept = ZoneSet((LINE, POSTER), (RULE, Rule("Crowd", Crowd(5))))
    save_zones(path, "demo", kept)
    save_zones(path, "camera:0", ZoneSet(rules=(Rule("Crowd", Crowd(5)),)))
    assert load_zones(path, "demo") == (kept, "")
    assert load_zones(path, "camera:0")[0].rules == (Rule("Crowd", Crowd(5)),)


@pytest.mark.parametrize(
    ("zone_set", "version"),
    [
        (ZoneSet((LINE, ZONE)), 1),
        (ZoneSet((LINE, POSTER)), 2),
        (ZoneSet((LINE,), (RULE,)), 2),
    ],
)
def test_a_version_of_pedcam_without_rules_reads_what_it_understands(
    path: Path, zone_set: ZoneSet, version: int
) -> None:
    # Of version 1 it would keep nothing but lines and zones; version 2 it puts aside as a whole.
    save_zones(path, "demo", ZoneSet((ZONE,)))
    save_zones(path, "camera:0", zone_set)
    assert json.loads(path.read_text())["version"] == version
    save_zones(path, "camera:0", ZoneSet())
    assert json.loads(path.read_text())["version"] == 1


def test_the_source_changed_longest_ago_is_dropped(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_SOURCES", 2)
    save_zones(path, "camera:1", ZoneSet((LINE,)))
    save_zones(path, "camera:2", ZoneSet((LINE,)))
    save_zones(path, "camera:1", ZoneSet((ZONE,)))
    save_zones(path, "camera:3", ZoneSet((LINE,)))
    kept = [key for key in ("camera:1", "camera:2", "camera:3") if load_zones(path, key)[0].shapes]
    assert kept == ["camera:1", "camera:3"]


def test_the_file_does_not_outgrow_what_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_BYTES", 600)
    for number in range(9):
        save_zones(path, f"camera:{number}", ZoneSet((LINE,)))
    assert path.stat().st_size <= 600
    assert load_zones(path, "camera:8") == (ZoneSet((LINE,)), "")
    assert load_zones(path, "camera:0") == (ZoneSet(), "")


def entry(**changes: object) -> dict[str, object]:
    return {
        "kind": "line",
        "name": "Door",
        "points": [[0.1, 0.5], [0.9, 0.5]],
        "color": 0,
    } | changes


def document(*entries: object, **changes: object) -> str:
    return json.dumps(
        {
            "format": "pedcam places",
            "version": 1,
            "sources": [{"source": "demo", "places": list(entries)}],
        }
        | changes
    )


def test_the_document_used_below_is_a_good_one(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(document(entry()))
    assert load_zones(path, "demo") == (ZoneSet((Shape(LINE.zone, 0),)), "")
    poster = entry(kind="ignored", name="Poster", points=SQUARE, blacked_out=True)
    source = {"source": "demo", "places": [entry(), poster], "rules": [to_dict(RULE)]}
    path.write_text(document(sources=[source], version=2))
    loaded = load_zones(path, "demo")[0]
    assert (len(loaded.shapes), loaded.rules) == (2, (RULE,))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '"pedcam places"',
        "[" * 100_000,
        "\ufeff\x00",
        "x" * (MAX_BYTES + 1),
        document(format="something else"),
        document(version=3),
        document(sources=3),
        document(sources=[{"source": ["demo"], "places": []}]),
        document(*[entry(name=f"Line {number}") for number in range(33)]),
        document(entry(), entry()),
        document(entry(kind="circle")),
        document(entry(name="")),
        document(entry(name=7)),
        document(entry(color=8)),
        document(entry(color=True)),
        document(entry(points=[[0.1, 0.5]])),
        document(entry(points=[[0.1, 0.5], [0.1, 0.5]])),
        document(entry(points=[[0.1, 0.5], [0.9, 1.5]])),
        document(entry(points=[[0.1, 0.5], [0.9, float("nan")]])),
        document(entry(points=[[0.1, 0.5], [0.9]])),
        document(entry(points="line")),
        document(entry(kind="zone")),
        document({"kind": "line"}),
        document(entry(kind="ignored", points=SQUARE)),
        document(entry(kind="ignored", points=SQUARE, blacked_out=1)),
        document(sources=[{"source": "demo", "places": [], "rules": 3}]),
        document(sources=[{"source": "demo", "places": [], "rules": [{}]}]),
        document(sources=[{"source": "demo", "places": [], "rules": [to_dict(RULE)]}]),
        document(sources=[{"source": "demo", "places": [entry()], "rules": [to_dict(RULE)] * 2}]),
    ],
)
def test_a_damaged_or_foreign_file_is_set_aside(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    loaded, note = load_zones(path, "demo")
    assert loaded == ZoneSet()
    assert "kept as" in note
    (aside,) = path.parent.iterdir()
    assert aside.name == "places.json.damaged"
    assert str(aside) in note
    assert aside.read_text() == content
    save_zones(path, "demo", ZoneSet((LINE,)))
    assert load_zones(path, "demo") == (ZoneSet((LINE,)), "")


def test_a_file_that_cannot_be_read_or_written_says_where(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ZoneStoreError, match="cannot be read") as error:
        load_zones(path, "demo")
    assert str(path) in str(error.value)
    blocked = path.parent / "file" / "places.json"
    (path.parent / "file").write_text("in the way")
    with pytest.raises(ZoneStoreError, match="cannot be"):
        save_zones(blocked, "demo", ZoneSet((LINE,)))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("demo", "demo"),
        ("0", "camera:0"),
        ("/dev/video2", "camera:2"),
        ("camera:Logitech?size=1280x720&rate=30", "camera:Logitech"),
        ("/videos/../videos/street.mp4", "file:/videos/street.mp4"),
        ("rtsp://admin:secret@10.0.0.7:554/live?token=secret", "url:rtsp://10.0.0.7:554/live"),
        # Of the query only what tells the pictures of one camera apart.
        (
            "rtsp://admin:secret@10.0.0.7/realmonitor?channel=2&Subtype=0&password=12",
            "url:rtsp://10.0.0.7/realmonitor?channel=2&subtype=0",
        ),
        ("rtsp://10.0.0.7/live?channel=1234", "url:rtsp://10.0.0.7/live"),
        # Where the password may be anywhere, nothing tells such addresses apart.
        ("rtsp://10.0.0.7/se?cret@10.0.0.7/live", ""),
    ],
)
def test_sources_are_known_without_their_passwords(text: str, key: str) -> None:
    assert source_key(parse_source(text)) == key


def test_a_source_with_an_endless_name_has_no_key() -> None:
    assert source_key(SourceSpec("camera", "x", "x" * 2000)) == ""
