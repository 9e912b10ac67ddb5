from pathlib import Path

import pytest

from pedcam.ui.start.recents import MOST, Recent, Recents
from pedcam.video.sources.spec import SourceSpec, parse_source


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def recents() -> Recents:
    return Recents(Clock())


def titles(recents: Recents) -> list[str]:
    return [item.title for item in recents.items]


def test_the_latest_stands_first_and_once(recents: Recents) -> None:
    calls = []
    recents.subscribe(lambda: calls.append(titles(recents)))
    for name in ("/a.mp4", "/b.mp4", "/a.mp4"):
        recents.add(parse_source(name))
    assert calls == [["a.mp4"], ["b.mp4", "a.mp4"], ["a.mp4", "b.mp4"]]
    assert recents.items[0].opened == 1003


def test_only_so_many_are_kept(recents: Recents) -> None:
    for number in range(MOST + 3):
        recents.add(parse_source(f"/{number}.mp4"))
    assert titles(recents) == [f"{number}.mp4" for number in range(14, 2, -1)]


def test_the_demo_is_not_listed(recents: Recents) -> None:
    recents.add(parse_source("demo"))
    assert recents.items == ()


def test_a_file_is_kept_with_its_folder(
    recents: Recents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recents.add(parse_source("walk.mp4"))
    assert recents.items[0].spec.value == str(tmp_path / "walk.mp4")
    assert recents.items[0].place == str(tmp_path)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        # A password corrected: the camera is the same.
        ("rtsp://me:wrong@10.0.0.1/live", "rtsp://me:right@10.0.0.1/live", 1),
        ("http://10.0.0.1/video?channel=1", "http://10.0.0.1/video?channel=2", 2),
        ("rtsp://10.0.0.1/live", "rtsp://10.0.0.2/live", 2),
        # The host is hidden by an "@" that should have been escaped.
        ("http://a/x@y", "http://b/x@y", 2),
    ],
)
def test_addresses_of_one_stream(recents: Recents, first: str, second: str, kept: int) -> None:
    recents.add(parse_source(first))
    recents.add(parse_source(second))
    assert len(recents.items) == kept
    assert recents.items[0].spec.value == second


@pytest.mark.parametrize(
    ("source", "title", "place"),
    [
        ("/videos/walk.mp4", "walk.mp4", "/videos"),
        ("rtsp://me:secret@10.0.0.1:554/live", "10.0.0.1", "rtsp://10.0.0.1:554/live"),
        ("http://10.0.0.1/secret@live", "http://...", "http://..."),
        ("camera:Webcam?size=640x480", "Camera Webcam", ""),
        ("screen:2", "Screen 2", ""),
    ],
)
def test_what_is_shown_holds_no_password(source: str, title: str, place: str) -> None:
    recent = Recent(parse_source(source), 0)
    assert (recent.title, recent.place) == (title, place)
    assert "secret" not in repr(recent)


def test_removing_and_bringing_back(recents: Recents) -> None:
    for name in ("/a.mp4", "/b.mp4", "/c.mp4"):
        recents.add(parse_source(name))
    recents.remove(recents.items[1])
    assert titles(recents) == ["c.mp4", "a.mp4"]
    recents.restore()
    assert titles(recents) == ["c.mp4", "b.mp4", "a.mp4"]
    recents.clear()
    assert recents.items == ()
    assert recents.can_restore
    recents.restore()
    assert titles(recents) == ["c.mp4", "b.mp4", "a.mp4"]
    assert not recents.can_restore


def test_what_was_removed_is_forgotten_when_another_is_opened(recents: Recents) -> None:
    recents.add(parse_source("/a.mp4"))
    recents.clear()
    recents.add(parse_source("/b.mp4"))
    assert not recents.can_restore


def test_an_earlier_list_joins_this_one(recents: Recents) -> None:
    recents.add(parse_source("/a.mp4"))
    recents.merge(
        [Recent(parse_source("/b.mp4"), 2000.0), Recent(SourceSpec("file", "a.mp4", "/a.mp4"), 5.0)]
    )
    assert [(item.title, item.opened) for item in recents.items] == [
        ("b.mp4", 2000.0),
        ("a.mp4", 1001.0),
    ]


def test_missing_files(recents: Recents) -> None:
    recents.add(parse_source("/a.mp4"))
    recents.add(parse_source("/b.mp4"))
    calls: list[None] = []
    recents.subscribe(lambda: calls.append(None))
    recents.mark_missing([recents.items[0].spec])
    recents.mark_missing([recents.items[0].spec])
    assert len(calls) == 1
    assert [recents.is_missing(item) for item in recents.items] == [True, False]
    # Whoever could open it knows better.
    recents.add(recents.items[0].spec)
    assert not recents.is_missing(recents.items[0])


def test_addresses_are_known_by_what_may_be_shown(recents: Recents) -> None:
    recents.add(parse_source("http://10.0.0.2/open"))
    recents.add(parse_source("/walk.mp4"))
    recents.add(parse_source("rtsp://me:new@10.0.0.1/live"))
    known = {title: spec.value for title, spec in recents.addresses.items()}
    assert list(known.items()) == [
        ("rtsp://10.0.0.1/live", "rtsp://me:new@10.0.0.1/live"),
        ("http://10.0.0.2/open", "http://10.0.0.2/open"),
    ]
