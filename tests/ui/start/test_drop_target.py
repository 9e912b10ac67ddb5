from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.start.drop_target import (
    Drop,
    DropHint,
    DropPresets,
    DropSource,
    DropTarget,
    Nothing,
    read_drop,
    what_happens,
)


def drag(*urls: str, text: str = "") -> QMimeData:
    data = QMimeData()
    if urls:
        data.setUrls([QUrl(url) for url in urls])
    if text:
        data.setText(text)
    return data


@pytest.mark.parametrize(
    ("data", "drop"),
    [
        (drag("file:///videos/a%20b.mp4"), DropSource("/videos/a b.mp4", "a b.mp4")),
        (drag("file:///videos/"), DropSource("/videos", "videos")),
        (drag("file:///crossing.2024"), DropSource("/crossing.2024", "crossing.2024")),
        (
            drag("mailto:someone", "file:///b.mp4", "file:///c.mp4"),
            DropSource("/b.mp4", "b.mp4", 1),
        ),
        (drag("file:///a.txt", "file:///b.mp4"), DropSource("/b.mp4", "b.mp4", 1)),
        (drag("rtsp://10.0.0.1/live"), DropSource("rtsp://10.0.0.1/live", "rtsp://10.0.0.1/live")),
        (
            drag("rtsp://me:a%2Fb@10.0.0.1/a%20b"),
            DropSource("rtsp://me:a%2Fb@10.0.0.1/a%20b", "rtsp://10.0.0.1/a%20b"),
        ),
        (
            drag(text="http://example.org/a%2Fb%20c?d=%23"),
            DropSource("http://example.org/a%2Fb%20c?d=%23", "http://example.org/a%2Fb%20c"),
        ),
        (
            drag(text="The camera is at <rtsp://10.0.0.1/live>, look."),
            DropSource("rtsp://10.0.0.1/live", "rtsp://10.0.0.1/live"),
        ),
        (
            drag(text="See http:// or https://example.org/a.m3u8.\nBye"),
            DropSource("https://example.org/a.m3u8", "https://example.org/a.m3u8"),
        ),
        (drag("file:///m/A.ONNX"), DropPresets((Path("/m/A.ONNX"),))),
        (
            drag("file:///a.onnx", "file:///b.onnx"),
            DropPresets((Path("/a.onnx"), Path("/b.onnx"))),
        ),
    ],
)
def test_what_can_be_dropped(data: QMimeData, drop: Drop) -> None:
    assert read_drop(data) == drop


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
    assert isinstance(drop, Nothing)
    assert says in drop.reason
    assert what_happens(drop) == ("pedcam cannot use this", drop.reason)


@pytest.mark.parametrize(
    ("drop", "title", "line"),
    [
        (DropSource("/walk.mp4", "walk.mp4"), "Play walk.mp4", ""),
        (DropSource("/a", "a", 1), "Play a", "One at a time: the other one is not played."),
        (DropSource("/a", "a", 2), "Play a", "One at a time: the 2 others are not played."),
        (DropPresets((Path("/m/a.onnx"),)), "Add the preset a.onnx", ""),
        (DropPresets((Path("/a.onnx"), Path("/b.onnx"))), "Add 2 presets", "a.onnx, b.onnx"),
    ],
)
def test_what_will_happen(drop: Drop, title: str, line: str) -> None:
    assert what_happens(drop) == (title, line)


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
    assert target.hint.title == "Play walk.mp4"
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
    assert target.hint.title == "pedcam cannot use this"
    assert not dragged.send(QDragMoveEvent).isAccepted()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not target.hint.isVisible()
    with qtbot.assertNotEmitted(target.source_dropped):
        assert not dragged.send(QDropEvent).isAccepted()


def test_other_events_pass(window: QWidget, target: DropTarget) -> None:
    assert not target.eventFilter(window, QEvent(QEvent.Type.Paint))


def test_it_covers_the_window_and_lets_the_mouse_through(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    hint = DropHint(window)
    window.show()
    assert not hint.isVisible()
    before = window.grab().toImage()
    hint.cover("Play walk.mp4", "and nothing else")
    assert hint.geometry() == window.rect()
    assert window.childAt(150, 100) is None
    usable = window.grab().toImage()
    hint.cover("pedcam cannot use this", usable=False)
    assert len({image.pixelColor(150, 16).name() for image in (before, usable)}) == 2
    assert usable != window.grab().toImage()
