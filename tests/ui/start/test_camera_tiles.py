import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui import camera_peek
from pedcam.ui.start.camera_tiles import CameraSection
from pedcam.ui.start.camera_watch import CameraWatch
from tests.ui.start.cameras import PATIENCE, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench(1, 2)


def shown(qtbot: QtBot, bench: Bench, live: bool) -> tuple[CameraSection, CameraWatch]:
    watch = CameraWatch(live, bench.find, bench.open)
    section = CameraSection(watch)
    qtbot.addWidget(section)
    section.show()
    section.set_watching(True)
    qtbot.waitUntil(lambda: not watch.looking)
    return section, watch


def test_pictures_are_only_taken_after_a_click(
    qtbot: QtBot, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_peek, "TURN", 0.02)
    section, watch = shown(qtbot, bench, live=False)
    assert [tile.accessibleName() for tile in section.tiles] == [
        "Camera number 1",
        "Camera number 2",
    ]
    assert section.pictures.text() == "Show pictures"
    assert bench.opened == []
    section.pictures.click()
    qtbot.waitUntil(lambda: set(watch.pictures) == {1, 2})
    assert section.pictures.text() == "Hide pictures"
    section.pictures.click()
    qtbot.waitUntil(lambda: not bench.held)
    assert watch.stop(PATIENCE)


def test_a_camera_without_picture_says_so(qtbot: QtBot, bench: Bench) -> None:
    bench.broken.add(1)
    section, watch = shown(qtbot, bench, live=True)
    qtbot.waitUntil(lambda: "gives no picture" in section.tiles[0].toolTip())
    assert "gives no picture" not in section.tiles[1].toolTip()
    assert watch.stop(PATIENCE)


def test_no_camera_and_looking_again(qtbot: QtBot, bench: Bench) -> None:
    cameras, bench.cameras = bench.cameras, []
    section, _ = shown(qtbot, bench, live=False)
    assert "No camera found" in section.note.text()
    assert not section.pictures.isVisible()
    bench.cameras = cameras
    section.again.click()
    assert "Looking" in section.note.text()
    assert not section.again.isEnabled()
    qtbot.waitUntil(lambda: len(section.tiles) == 2)
    assert not section.note.isVisible()
    assert section.again.isEnabled()


def test_a_list_that_fails_is_explained(qtbot: QtBot, bench: Bench) -> None:
    def find() -> list[object]:
        raise OSError("no permission")

    bench.find = find
    section, _ = shown(qtbot, bench, live=False)
    assert "no permission" in section.note.text()
    assert section.again.isEnabled()
