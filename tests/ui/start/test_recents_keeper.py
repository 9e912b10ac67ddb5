import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.start import recents_keeper
from pedcam.ui.start.recents_keeper import RecentsKeeper
from pedcam.ui.state.recents import Recents
from pedcam.ui.state.recents_file import load_recents, save_recents
from pedcam.video.sources.spec import parse_source

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
