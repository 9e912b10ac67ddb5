import json
import os
import stat
from pathlib import Path

import pytest

from pedcam.ui.start.recents import Recent
from pedcam.ui.start.recents_file import MAX_BYTES, RecentsError, load_recents, save_recents
from pedcam.video.sources.spec import SourceSpec, parse_source

ITEMS = [
    Recent(parse_source("rtsp://me:secret@10.0.0.1/live?a=1"), 50.5),
    Recent(parse_source("camera:Webcam?size=1280x720&rate=29.97"), 40.0),
    Recent(parse_source("screen"), 38.0),
    Recent(parse_source("screen:-80,20,640,480"), 35.0),
    Recent(SourceSpec("file", "übung.mp4", "/videos/übung.mp4"), 30.0),
    Recent(SourceSpec("folder", "pictures", "/pictures"), 20.0),
]


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "recent.json"
    save_recents(ITEMS, path)
    assert load_recents(path) == ITEMS
    assert load_recents(path)[0].spec.title == "rtsp://10.0.0.1/live"
    save_recents([], path)
    assert load_recents(path) == []
    assert os.listdir(path.parent) == ["recent.json"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "recent.json"
    path.write_text("{}")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        save_recents(ITEMS, path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_file_is_an_empty_list(tmp_path: Path) -> None:
    assert load_recents(tmp_path / "recent.json") == []


def row(**changes: object) -> str:
    fields = {"kind": "file", "value": "/a.mp4", "size": None, "rate": None, "opened": 1.0}
    return json.dumps({"recent": [fields | changes]})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"recent": 3}',
        '{"recent": [3]}',
        "[" * 100_000,
        row(kind="shell"),
        row(kind="demo"),
        row(value=""),
        row(value="a\0b"),
        row(value=7),
        row(value="x" * 5000),
        row(opened="soon"),
        row(opened=float("nan")),
        row(opened=1e300),
        row(kind="url", value="rtsp://[/"),
        row(kind="camera", value="0", size=[1]),
        row(kind="camera", value="0", size=[0, 5]),
        row(kind="camera", value="0", rate=0),
        row(kind="screen", value="screen:1,2"),
        " " * (MAX_BYTES + 1),
    ],
)
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "recent.json"
    path.write_text(content)
    with pytest.raises(RecentsError, match=r"damaged and starts empty.*recent\.json\.damaged"):
        load_recents(path)
    assert (tmp_path / "recent.json.damaged").read_text() == content
    assert load_recents(path) == []


def test_what_cannot_be_read_or_kept_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RecentsError, match="cannot be read"):
        load_recents(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RecentsError, match="cannot be saved"):
        save_recents(ITEMS, tmp_path / "file" / "recent.json")
