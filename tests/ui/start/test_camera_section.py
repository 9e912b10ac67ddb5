from collections.abc import Callable, Sequence

from pytestqt.qtbot import QtBot

from pedcam.ui.start.camera_list import CameraList
from pedcam.ui.start.camera_section import CameraSection
from pedcam.video.sources.camera import CameraInfo

TWO = [CameraInfo(1, "Camera number 1"), CameraInfo(2, "Camera number 2")]


def shown(qtbot: QtBot, find: Callable[[], Sequence[CameraInfo]]) -> CameraSection:
    cameras = CameraList(find)
    section = CameraSection(cameras)
    qtbot.addWidget(section)
    section.show()
    cameras.look()
    qtbot.waitUntil(lambda: not cameras.looking)
    return section


def test_each_camera_is_chosen_by_its_name(qtbot: QtBot) -> None:
    section = shown(qtbot, lambda: TWO)
    assert [tile.accessibleName() for tile in section.tiles] == [
        "Camera number 1",
        "Camera number 2",
    ]
    with qtbot.waitSignal(section.chosen) as chosen:
        section.tiles[1].click()
    assert chosen.args == ["camera:Camera number 2"]


def test_no_camera_and_looking_again(qtbot: QtBot) -> None:
    found: list[CameraInfo] = []
    section = shown(qtbot, lambda: list(found))
    assert "No camera found" in section.status.text()
    assert not section.options.isVisible()
    found += TWO
    section.again.click()
    assert "Looking" in section.status.text()
    assert not section.again.isEnabled()
    qtbot.waitUntil(lambda: len(section.tiles) == 2)
    assert not section.status.isVisible()
    assert section.again.isEnabled()


def test_a_list_that_fails_is_explained(qtbot: QtBot) -> None:
    def find() -> list[CameraInfo]:
        raise OSError("no permission")

    section = shown(qtbot, find)
    assert "no permission" in section.status.text()
    assert section.again.isEnabled()
