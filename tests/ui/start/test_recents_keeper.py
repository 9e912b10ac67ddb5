import os
import stat
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.start import recents_keeper
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.recents_file import load_recents, save_recents
from pedcam.ui.start.recents_keeper import (
    WIDTH,
    RecentsKeeper,
    ThumbnailCache,
    first_lively_picture,
)
from pedcam.video.sources.spec import SourceSpec, parse_source
from tests.factories import write_video

PATIENCE = 10.0


def keeper_of(recents: Recents, folder: Path) -> RecentsKeeper:
    return RecentsKeeper(recents, folder / "recent.json", folder / "thumbnails")


def listed(path: Path, *sources: str) -> None:
    recents = Recents()
    for source in sources:
        recents.add(parse_source(source))
    save_recents(recents.items, path)


def test_the_list_outlives_a_run(qtbot: QtBot, tmp_path: Path) -> None:
    first = Recents()
    keeper = keeper_of(first, tmp_path)
    first.add(parse_source("rtsp://me:secret@10.0.0.1/live"))
    assert keeper.finish(PATIENCE)
    second = Recents()
    keeper = keeper_of(second, tmp_path)
    qtbot.waitUntil(lambda: second.items == first.items)
    second.clear()
    assert keeper.finish(PATIENCE)
    assert load_recents(tmp_path / "recent.json") == []


def test_files_are_looked_at_off_this_thread(qtbot: QtBot, tmp_path: Path, clip: Path) -> None:
    listed(tmp_path / "recent.json", str(tmp_path / "gone.mp4"), str(clip), "rtsp://10.0.0.1/live")
    recents = Recents()
    threads: list[threading.Thread] = []
    stat = recents_keeper._is_gone

    def is_gone(spec: object) -> bool:
        threads.append(threading.current_thread())
        return stat(spec)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recents_keeper, "_is_gone", is_gone)
        keeper = keeper_of(recents, tmp_path)
        qtbot.waitUntil(lambda: len(recents.items) == 3)
        # Nobody shows the list yet, so nothing is decoded.
        assert threads == []
        keeper.check()
        qtbot.waitUntil(lambda: bool(keeper.images))
    assert threads
    assert threading.current_thread() not in threads
    assert [recents.is_missing(item) for item in recents.items] == [False, False, True]
    assert [spec.title for spec in keeper.images] == ["stripes.mp4"]
    assert keeper.images[recents.items[1].spec].width() == 128
    # Gone meanwhile.
    clip.unlink()
    keeper.check()
    qtbot.waitUntil(lambda: recents.is_missing(recents.items[1]))
    assert keeper.finish(PATIENCE)


def test_what_is_removed_leaves_no_picture(qtbot: QtBot, tmp_path: Path, clip: Path) -> None:
    listed(tmp_path / "recent.json", str(clip))
    recents = Recents()
    keeper = keeper_of(recents, tmp_path)
    qtbot.waitUntil(lambda: len(recents.items) == 1)
    keeper.check()
    qtbot.waitUntil(lambda: bool(keeper.images))
    assert len(list((tmp_path / "thumbnails").iterdir())) == 1
    recents.clear()
    keeper.check()
    qtbot.waitUntil(lambda: not list((tmp_path / "thumbnails").iterdir()))
    qtbot.waitUntil(lambda: not keeper.images)
    assert keeper.finish(PATIENCE)


def test_a_damaged_list_is_told_once(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "recent.json").write_text("nonsense")
    keeper = keeper_of(Recents(), tmp_path)
    with qtbot.waitSignal(keeper.failed) as failed:
        pass
    assert "was damaged" in failed.args[0]
    assert keeper.finish(PATIENCE)


def test_a_list_that_cannot_be_kept_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recents = Recents()
    keeper = RecentsKeeper(recents, tmp_path / "file" / "recent.json", tmp_path / "thumbnails")
    with qtbot.waitSignal(keeper.failed, check_params_cb=lambda text: "cannot be kept" in text):
        recents.add(parse_source("/a.mp4"))
    assert keeper.finish(PATIENCE)


@pytest.fixture
def faded(tmp_path: Path) -> Path:
    """Ten black pictures, then white ones with a black half."""
    images = np.zeros((20, 240, 480, 3), np.uint8)
    images[10:, :, 240:] = 255
    return write_video(tmp_path / "faded.mp4", images)


@pytest.fixture
def cache(tmp_path: Path) -> ThumbnailCache:
    return ThumbnailCache(tmp_path / "cache")


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").iterdir())


def test_a_fade_from_black_is_passed_over(cache: ThumbnailCache, faded: Path) -> None:
    picture = cache.get(parse_source(str(faded)))
    assert picture.shape == (WIDTH // 2, WIDTH, 3)
    assert picture[60, 10].max() < 30
    assert picture[60, -10].min() > 225


def test_a_picture_is_made_once(
    cache: ThumbnailCache, faded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = parse_source(str(faded))
    first = cache.get(spec)
    monkeypatch.setattr(recents_keeper, "first_lively_picture", lambda _: pytest.fail("again"))
    again = ThumbnailCache(tmp_path / "cache").get(spec)
    assert again.shape == first.shape
    assert np.abs(again.astype(int) - first).mean() < 3


def test_a_file_that_changed_gets_another(
    cache: ThumbnailCache, faded: Path, tmp_path: Path
) -> None:
    spec = parse_source(str(faded))
    cache.get(spec)
    before = kept(tmp_path)
    os.utime(faded, (1, 1))
    cache.get(spec)
    after = kept(tmp_path)
    assert len(before) == len(after) == 1
    assert before != after


def test_only_what_is_listed_is_kept(cache: ThumbnailCache, faded: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(faded.read_bytes())
    first, second = parse_source(str(faded)), parse_source(str(other))
    cache.get(first)
    left = kept(tmp_path)
    cache.get(second)
    assert len(kept(tmp_path)) == 2
    cache.keep([first])
    assert kept(tmp_path) == left
    cache.keep([])
    assert kept(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_nobody_else_can_look(cache: ThumbnailCache, faded: Path, tmp_path: Path) -> None:
    cache.get(parse_source(str(faded)))
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"no picture", b"x" * 200_000])
def test_a_damaged_picture_is_made_anew(
    cache: ThumbnailCache, faded: Path, tmp_path: Path, content: bytes
) -> None:
    spec = parse_source(str(faded))
    cache.get(spec)
    kept(tmp_path)[0].write_bytes(content)
    assert cache.get(spec).shape == (WIDTH // 2, WIDTH, 3)


def test_a_folder_shows_its_first_picture(cache: ThumbnailCache, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, blue in ((1, 200), (2, 100)):
        image = np.zeros((20, 30, 3), np.uint8)
        image[:, :15] = (blue, 0, 0)
        cv2.imwrite(str(folder / f"{number}.png"), image)
    assert cache.get(parse_source(str(folder)))[0, 0, 0] == 200


def test_what_cannot_be_read_has_none(cache: ThumbnailCache, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    for path in (broken, tmp_path / "gone.mp4"):
        assert cache.get(SourceSpec("file", path.name, str(path))) is None


def test_a_dark_video_shows_its_liveliest_picture(tmp_path: Path) -> None:
    images = np.zeros((5, 64, 64, 3), np.uint8)
    images[3, :32] = 20
    path = write_video(tmp_path / "dark.mp4", images)
    assert first_lively_picture(parse_source(str(path)))[10, 10, 0] > 10
