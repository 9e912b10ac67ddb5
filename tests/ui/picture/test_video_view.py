import time
from collections.abc import Callable

import numpy as np
import pytest
import supervision as sv
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from pedcam.ui.picture.colors import BACKGROUND
from pedcam.ui.picture.video_view import VideoView
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.video.stream.stream import Result
from tests import factories


@pytest.fixture
def view(qtbot: QtBot) -> VideoView:
    made = VideoView(ViewOptions())
    qtbot.addWidget(made)
    made.resize(400, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


def picture(image: np.ndarray, found: sv.Detections | None = None) -> Result:
    return factories.make_result(found=found, image=image)


def grab(view: VideoView) -> QImage:
    return view.grab().toImage()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((200, 100), QRectF(0, 50, 400, 200)),
        ((1000, 1500), QRectF(100, 0, 200, 300)),
        ((400, 300), QRectF(0, 0, 400, 300)),
    ],
)
def test_the_aspect_is_kept(
    view: VideoView, make_result: Callable[..., Result], size: tuple[int, int], expected: QRectF
) -> None:
    view.set_result(make_result(size=size))
    assert view.viewport is not None
    assert QRectF(*view.viewport.rect) == expected


def test_colors_and_place_of_the_picture(view: VideoView) -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, :100] = (255, 0, 0)  # blue, in OpenCV's order
    image[:, 100:] = (0, 0, 255)
    view.set_result(picture(image))
    shot = grab(view)
    assert shot.pixelColor(100, 150).getRgb()[:3] == (0, 0, 255)
    assert shot.pixelColor(300, 150).getRgb()[:3] == (255, 0, 0)
    assert shot.pixelColor(200, 20) == BACKGROUND
    assert shot.pixelColor(200, 280) == BACKGROUND


@pytest.mark.parametrize("kind", ["cropped", "reversed", "read-only"])
def test_arrays_of_any_layout(view: VideoView, kind: str) -> None:
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 50:250] = (10, 200, 30)
    wide.flags.writeable = kind != "read-only"
    image = wide[:, 50:250] if kind != "reversed" else wide[::-1, 50:250]
    view.set_result(picture(image))
    assert grab(view).pixelColor(200, 150).getRgb()[:3] == (30, 200, 10)


def test_large_pictures_are_averaged_instead_of_sampled(view: VideoView) -> None:
    image = np.zeros((1200, 1600, 3), np.uint8)
    image[::4] = 255  # one white row in four: a quarter of the light
    view.set_result(picture(image))
    shot = grab(view)
    assert {round(shot.pixelColor(200, y).lightness() / 8) for y in range(100, 140)} == {8}


def test_a_person_is_framed_where_it_stands(view: VideoView) -> None:
    person = factories.make_detections((50, 40, 100, 90), scores=0.87)
    view.set_result(picture(np.zeros((100, 200, 3), np.uint8), person))
    shot = grab(view)
    # Scale 2, 50 pixels of bar above: left edge at 100, right 200, top 130, bottom 230.
    for x, y in ((100, 200), (200, 200), (150, 130), (150, 230)):
        assert shot.pixelColor(x, y).lightness() > 100
    assert shot.pixelColor(150, 200).lightness() == 0


def test_who_is_hidden_by_the_blur(view: VideoView) -> None:
    assert view.hidden.shape == (0, 4)
    black = np.zeros((100, 200, 3), np.uint8)
    person = factories.make_detections((50, 40, 100, 90))
    view.set_result(picture(black, person))
    # Also while nothing is blurred, and in the next picture, where nobody is found.
    view.set_result(picture(black))
    assert view.hidden.tolist() == [[50, 40, 100, 90]]
    view.set_result(None)
    assert view.hidden.shape == (0, 4)


def test_shown_is_told_once_per_result(
    qtbot: QtBot, view: VideoView, make_result: Callable[..., Result]
) -> None:
    shown: list[Result] = []
    view.shown.connect(shown.append)
    first, second = make_result(index=0), make_result(index=1)
    view.set_result(first)
    grab(view)
    grab(view)
    view.set_result(second)
    grab(view)
    assert shown == [first, second]


def test_a_hint_is_shown_without_a_picture(view: VideoView) -> None:
    empty = grab(view)
    view.set_hint("Opening…")
    assert grab(view) != empty


def test_a_flash_goes_away(
    qtbot: QtBot,
    view: VideoView,
    make_result: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pedcam.ui.picture.video_view.FLASH_MS", 10)
    view.set_result(make_result(count=0))
    before = grab(view)
    view.flash("Half binary")
    assert grab(view) != before
    qtbot.waitUntil(lambda: grab(view) == before)


def test_double_click(qtbot: QtBot, view: VideoView) -> None:
    with qtbot.waitSignal(view.double_clicked):
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)


def test_painting_is_cheap(view: VideoView) -> None:
    rng = np.random.default_rng(0)
    view.resize(976, 707)
    corner = rng.uniform((0, 0), (1200, 500), (20, 2))
    people = sv.Detections(
        xyxy=np.hstack([corner, corner + np.array([60, 150])]).astype(np.float32),
        confidence=rng.uniform(0.3, 1, 20).astype(np.float32),
    )
    canvas = QImage(view.size(), QImage.Format.Format_RGB32)
    times = []
    for _ in range(15):
        view.set_result(picture(rng.integers(0, 255, (720, 1280, 3), np.uint8), people))
        start = time.thread_time()
        view.render(canvas)
        times.append(1000 * (time.thread_time() - start))
    assert min(times) < 20  # about 3 ms of processor time in truth
