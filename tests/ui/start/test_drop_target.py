from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.start.drop_target import Drop, DropTarget, read_drop


def drag(*urls: str, text: str = "") -> QMimeData:
    data = QMimeData()
    if urls:
        data.setUrls([QUrl(url) for url in urls])
    if text:
        data.setText(text)
    return data


@pytest.mark.parametrize(
    ("data", "source", "title"),
    [
        (drag("file:///videos/a%20b.mp4"), "/videos/a b.mp4", "a b.mp4"),
        (drag("file:///videos/"), "/videos", "videos"),
        (drag("file:///crossing.2024"), "/crossing.2024", "crossing.2024"),
        (drag("rtsp://10.0.0.1/live"), "rtsp://10.0.0.1/live", "rtsp://10.0.0.1/live"),
        (
            drag("rtsp://me:a%2Fb@10.0.0.1/a%20b"),
            "rtsp://me:a%2Fb@10.0.0.1/a%20b",
            "rtsp://10.0.0.1/a%20b",
        ),
        (
            drag(text="http://example.org/a%2Fb%20c?d=%23"),
            "http://example.org/a%2Fb%20c?d=%23",
            "http://example.org/a%2Fb%20c",
        ),
        (
            drag(text="The camera is at <rtsp://10.0.0.1/live>, look."),
            "rtsp://10.0.0.1/live",
            "rtsp://10.0.0.1/live",
        ),
        (
            drag(text="See http:// or https://example.org/a.m3u8.\nBye"),
            "https://example.org/a.m3u8",
            "https://example.org/a.m3u8",
        ),
    ],
)
def test_what_can_be_played(data: QMimeData, source: str, title: str) -> None:
    assert read_drop(data) == Drop(f"Play {title}", source=source)


@pytest.mark.parametrize(
    "data",
    [
        drag("mailto:someone", "file:///b.mp4", "file:///c.mp4"),
        drag("file:///a.txt", "file:///b.mp4"),
    ],
)
def test_of_several_the_first_that_may_be_a_video_is_played(data: QMimeData) -> None:
    line = "One at a time: only this one is played."
    assert read_drop(data) == Drop("Play b.mp4", line, "/b.mp4")


def test_presets_can_be_added() -> None:
    one = Drop("Add the preset A.ONNX", presets=(Path("/m/A.ONNX"),))
    assert read_drop(drag("file:///m/A.ONNX")) == one
    two = Drop("Add 2 presets", "a.onnx, b.onnx", presets=(Path("/a.onnx"), Path("/b.onnx")))
    assert read_drop(drag("file:///a.onnx", "file:///b.onnx")) == two


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (drag(text="just words"), "Drop a video"),
        (drag("mailto:someone"), "Drop a video"),
        (drag("http:///no-host"), "Drop a video"),
        (QMimeData(), "Drop a video"),
        (None, "Drop a video"),
        (drag("file:///notes.txt"), "“notes.txt” is no video"),
        (drag("file:///a.onnx", "file:///b.mp4"), "one after the other"),
    ],
)
def test_what_cannot(data: QMimeData | None, says: str) -> None:
    drop = read_drop(data)
    assert not drop.usable
    assert drop.title == "pedcam cannot use this"
    assert says in drop.line


class Dragged:
    """A drag over a window, as Qt tells of it."""

    def __init__(self, window: QWidget, data: QMimeData) -> None:
        self.window, self.data = window, data

    def send(self, kind: type[QDropEvent]) -> QDropEvent:
        common = (
            Qt.DropAction.CopyAction,
            self.data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        place = QPointF(20, 20) if kind is QDropEvent else QPoint(20, 20)
        event = kind(place, *common)
        event.ignore()
        QApplication.sendEvent(self.window, event)
        return event


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


@pytest.fixture
def target(window: QWidget) -> DropTarget:
    return DropTarget(window)


def test_a_video_is_announced_and_played(qtbot: QtBot, window: QWidget, target: DropTarget) -> None:
    dragged = Dragged(window, drag("file:///walk.mp4"))
    assert dragged.send(QDragEnterEvent).isAccepted()
    assert target.hint.isVisible()
    assert "Play walk.mp4" in target.hint.text()
    assert target.hint.size() == window.size()
    window.resize(500, 350)
    qtbot.waitUntil(lambda: target.hint.size() == window.size())
    assert dragged.send(QDragMoveEvent).isAccepted()
    with qtbot.waitSignal(target.source_dropped) as dropped:
        assert dragged.send(QDropEvent).isAccepted()
    assert dropped.args == ["/walk.mp4"]
    assert not target.hint.isVisible()


def test_presets_are_added(qtbot: QtBot, window: QWidget, target: DropTarget) -> None:
    dragged = Dragged(window, drag("file:///a.onnx"))
    dragged.send(QDragEnterEvent)
    with qtbot.waitSignal(target.presets_dropped) as dropped:
        assert dragged.send(QDropEvent).isAccepted()
    assert dropped.args == [(Path("/a.onnx"),)]


def test_what_is_no_use_is_refused_and_explained(
    qtbot: QtBot, window: QWidget, target: DropTarget
) -> None:
    dragged = Dragged(window, drag("file:///notes.txt"))
    assert dragged.send(QDragEnterEvent).isAccepted()
    assert "pedcam cannot use this" in target.hint.text()
    assert not dragged.send(QDragMoveEvent).isAccepted()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not target.hint.isVisible()
    with qtbot.assertNotEmitted(target.source_dropped):
        assert not dragged.send(QDropEvent).isAccepted()


def test_other_events_pass(window: QWidget, target: DropTarget) -> None:
    assert not target.eventFilter(window, QEvent(QEvent.Type.Paint))


def test_it_covers_the_window_and_lets_the_mouse_through(
    window: QWidget, target: DropTarget
) -> None:
    before = window.grab().toImage()
    Dragged(window, drag("file:///<b>walk.mp4")).send(QDragEnterEvent)
    assert target.hint.geometry() == window.rect()
    assert "&lt;b&gt;walk.mp4" in target.hint.text()
    assert window.childAt(150, 100) is None
    usable = window.grab().toImage()
    Dragged(window, drag("file:///notes.txt")).send(QDragEnterEvent)
    assert before != usable != window.grab().toImage()
