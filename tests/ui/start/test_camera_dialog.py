import threading

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from pedcam.ui.start.camera_dialog import CameraDialog
from pedcam.ui.start.camera_list import CameraList
from pedcam.video.sources.spec import CameraInfo


def test_cameras_are_listed_off_this_thread(qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    go_on = threading.Event()

    def find() -> list[CameraInfo]:
        threads.append(threading.current_thread())
        go_on.wait(10)
        return [CameraInfo(0, "Integrated camera"), CameraInfo(4, "Microscope")]

    dialog = CameraDialog(CameraList(find))
    qtbot.addWidget(dialog)
    dialog.show()
    assert "Looking" in dialog.status.text()
    assert not dialog.refresh.isEnabled()
    go_on.set()
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    assert threads[0] is not threading.current_thread()
    assert "Integrated camera" in dialog.list.item(0).text()

    dialog.list.setCurrentRow(1)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(
            dialog.buttons.button(QDialogButtonBox.StandardButton.Open), Qt.MouseButton.LeftButton
        )
    assert chosen.args == ["camera:Microscope"]


def test_a_number_can_be_typed_when_none_is_found(qtbot: QtBot) -> None:
    dialog = CameraDialog(CameraList(list))
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "No camera was found" in dialog.status.text())
    dialog.number.setValue(7)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.accept()
    assert chosen.args == ["7"]


@pytest.mark.parametrize("typed", ["0", "7"])
def test_a_number_typed_while_looking_is_kept(qtbot: QtBot, typed: str) -> None:
    go_on = threading.Event()

    def find() -> list[CameraInfo]:
        go_on.wait(10)
        return [CameraInfo(2, "Integrated camera"), CameraInfo(4, "Microscope")]

    dialog = CameraDialog(CameraList(find))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.number.selectAll()
    qtbot.keyClicks(dialog.number, typed)
    go_on.set()
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    dialog.list.setFocus()
    assert dialog.number.value() == int(typed)
    dialog.list.setCurrentRow(1)
    assert dialog.number.value() == 4


def test_looking_again(qtbot: QtBot) -> None:
    answers = [[], [CameraInfo(2, "New camera")]]
    dialog = CameraDialog(CameraList(lambda: answers.pop(0)))
    qtbot.addWidget(dialog)
    qtbot.waitUntil(dialog.refresh.isEnabled)
    qtbot.mouseClick(dialog.refresh, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    assert dialog.number.value() == 2


def test_a_failing_list_is_explained(qtbot: QtBot) -> None:
    def find() -> list[CameraInfo]:
        raise OSError("no permission")

    dialog = CameraDialog(CameraList(find))
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "no permission" in dialog.status.text())


def test_cancelling_opens_nothing(qtbot: QtBot) -> None:
    dialog = CameraDialog(CameraList(list))
    qtbot.addWidget(dialog)
    with qtbot.assertNotEmitted(dialog.chosen):
        dialog.reject()


@pytest.mark.parametrize(
    ("names", "row", "opened"), [(["Webcam"], 0, "camera:Webcam"), (["Twin", "Twin"], 1, "11")]
)
def test_a_camera_is_opened_by_its_name_where_that_is_clear(qtbot, names, row, opened) -> None:
    cameras = [CameraInfo(10 + place, name) for place, name in enumerate(names)]
    dialog = CameraDialog(CameraList(lambda: cameras))
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.list.count() == len(names))
    dialog.list.setCurrentRow(row)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.accept()
    assert chosen.args == [opened]


@pytest.mark.parametrize(
    ("number", "opened"),
    [(2, "camera:Webcam?size=1280x720&rate=30"), (7, "camera:7?size=1280x720&rate=30")],
)
def test_a_size_and_rate_can_be_asked_for(qtbot: QtBot, number: int, opened: str) -> None:
    dialog = CameraDialog(CameraList(lambda: [CameraInfo(2, "Webcam")]))
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    dialog.sizes.setCurrentIndex(2)
    dialog.rates.setCurrentIndex(2)
    dialog.number.setValue(number)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.accept()
    assert chosen.args == [opened]
