import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from pedcam.ui.picture.frame_image import FrameImage, bgra_image
from pedcam.ui.picture.viewport import Viewport

Pixels = NDArray[np.uint8]


def noise(width: int, height: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def pixels(image: QImage) -> Pixels:
    """Return the pixels of an image as height x width x BGR."""
    bits = image.constBits()
    assert bits is not None
    bits.setsize(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), image.width(), 4)[:, :, :3]


def drawn(frame: Pixels, viewport: Viewport, maker: FrameImage | None = None) -> Pixels:
    """Return the widget's device pixels after drawing over a violet background."""
    width, height = (round(side * viewport.ratio) for side in viewport.widget)
    canvas = QImage(width, height, QImage.Format.Format_RGB32)
    canvas.setDevicePixelRatio(viewport.ratio)
    canvas.fill(QColor(200, 0, 255))
    painter = QPainter(canvas)
    (maker or FrameImage()).draw(painter, frame, viewport)
    painter.end()
    return pixels(canvas).copy()


VIOLET = (255, 0, 200)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_pixel_for_a_pixel_is_a_copy(qtbot: QtBot, ratio: float) -> None:
    frame = noise(240, 180)
    viewport = Viewport((240 / ratio, 180 / ratio), (240, 180), ratio)
    np.testing.assert_array_equal(drawn(frame, viewport), frame)


@pytest.mark.parametrize(
    ("center", "left", "top"), [((0.5, 0.5), 70, 50), ((0.3, 0.4), 22, 32), ((1.0, 0.0), 140, 0)]
)
def test_a_part_at_actual_size(
    qtbot: QtBot, center: tuple[float, float], left: int, top: int
) -> None:
    frame = noise(240, 180)
    whole = Viewport((100.0, 80.0), (240, 180))
    viewport = Viewport((100.0, 80.0), (240, 180), 1.0, whole.actual_zoom, center)
    assert viewport.scale == 1
    np.testing.assert_array_equal(drawn(frame, viewport), frame[top : top + 80, left : left + 100])


@pytest.mark.parametrize("times", [2, 4])
def test_smaller_is_averaged(qtbot: QtBot, times: int) -> None:
    frame = noise(240, 160)
    result = drawn(frame, Viewport((240 / times, 160 / times), (240, 160)))
    blocks = frame.reshape(160 // times, times, 240 // times, times, 3)
    np.testing.assert_allclose(result, blocks.mean(axis=(1, 3)), atol=1)


def test_larger_lies_between_its_neighbours(qtbot: QtBot) -> None:
    frame = np.zeros((10, 20, 3), np.uint8)
    frame[:, 10:] = 200
    result = drawn(frame, Viewport((200.0, 100.0), (20, 10)))
    assert (result[:, :95] == 0).all()
    assert (result[:, 105:] == 200).all()
    row = result[50, 94:106, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert 80 < row[6] < 120


@pytest.mark.parametrize("zoom", [3.0, 7.3])
def test_a_part_lies_where_the_whole_would(qtbot: QtBot, zoom: float) -> None:
    frame = np.zeros((90, 120, 3), np.uint8)
    frame[:, 60:] = 255
    # The edge in the middle of the picture is in the middle of the widget, however near.
    result = drawn(frame, Viewport((201.0, 150.0), (120, 90), 1.0, zoom))
    edge = int(np.argmax(result[75, :, 0] >= 128))
    assert edge in (100, 101)


def test_nothing_is_drawn_beside_the_picture(qtbot: QtBot) -> None:
    result = drawn(np.zeros((100, 200, 3), np.uint8), Viewport((400.0, 300.0), (200, 100)))
    assert (result[:50] == VIOLET).all()
    assert (result[50:250] == 0).all()
    assert (result[250:] == VIOLET).all()


def test_another_frame_or_place_is_another_picture(qtbot: QtBot) -> None:
    maker = FrameImage()
    viewport = Viewport((120.0, 90.0), (120, 90))
    first, second = noise(120, 90), 255 - noise(120, 90)
    np.testing.assert_array_equal(drawn(first, viewport, maker), first)
    np.testing.assert_array_equal(drawn(second, viewport, maker), second)
    np.testing.assert_array_equal(drawn(second, viewport, maker), second)
    smaller = Viewport((60.0, 90.0), (120, 90))
    assert (drawn(second, smaller, maker)[:20] == VIOLET).all()
    maker.clear()
    np.testing.assert_array_equal(drawn(first, viewport, maker), first)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 2)])
def test_odd_pictures(qtbot: QtBot, size: tuple[int, int]) -> None:
    frame = np.full((size[1], size[0], 3), 40, np.uint8)
    for zoom in (1.0, 16.0):
        viewport = Viewport((100.0, 80.0), size, 1.0, zoom)
        result = drawn(frame, viewport)
        left, top, width, height = viewport.device_rect
        part = result[max(top, 0) : top + height, max(left, 0) : left + width]
        assert part.size
        assert (part == 40).all()


def test_wrapping_pixels(qtbot: QtBot) -> None:
    values = np.array([[[10, 20, 30, 255], [5, 10, 15, 128]]], np.uint8)
    assert bgra_image(values, opaque=True).pixelColor(1, 0).getRgb() == (15, 10, 5, 255)
    image = bgra_image(values)
    assert image.pixelColor(0, 0).getRgb() == (30, 20, 10, 255)
    # Half as opaque, and so twice as strong.
    assert image.pixelColor(1, 0).getRgb() == (30, 20, 10, 128)
