from pathlib import Path

from pytestqt.qtbot import QtBot

from pedcam.ui.start.recents import Recents
from pedcam.ui.start.recents_autosave import RecentsAutosave
from pedcam.ui.start.recents_file import load_recents
from pedcam.video.sources.spec import parse_source

PATIENCE = 10.0


def test_the_list_outlives_a_run(qtbot: QtBot, tmp_path: Path) -> None:
    first = Recents()
    autosave = RecentsAutosave(first, tmp_path / "recent.json")
    first.add(parse_source("rtsp://me:secret@10.0.0.1/live"))
    assert autosave.finish(PATIENCE)
    second = Recents()
    autosave = RecentsAutosave(second, tmp_path / "recent.json")
    qtbot.waitUntil(lambda: second.items == first.items)
    second.clear()
    assert autosave.finish(PATIENCE)
    assert load_recents(tmp_path / "recent.json") == []


def test_a_damaged_list_is_told_once(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "recent.json").write_text("nonsense")
    autosave = RecentsAutosave(Recents(), tmp_path / "recent.json")
    with qtbot.waitSignal(autosave.failed) as failed:
        pass
    assert "was damaged" in failed.args[0]
    assert autosave.finish(PATIENCE)


def test_a_list_that_cannot_be_kept_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recents = Recents()
    autosave = RecentsAutosave(recents, tmp_path / "file" / "recent.json")
    with qtbot.waitSignal(autosave.failed, check_params_cb=lambda text: "cannot be saved" in text):
        recents.add(parse_source("/a.mp4"))
    assert autosave.finish(PATIENCE)
