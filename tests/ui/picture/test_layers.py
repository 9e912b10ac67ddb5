from collections.abc import Sequence

import numpy as np
import pytest
from PyQt6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from pedcam.ui.picture.colors import BRIGHT, identity_color
from pedcam.ui.picture.layers import PictureLayers
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Viewport
from pedcam.video.stream.results import Result
from tests.factories import Box, gray, make_detections, make_result

VIEWPORT = Viewport((240.0, 180.0), (240, 180))
PERSON: Box = (60, 40, 100, 140)


def seen(
    *people: Box,
    time: float = 0.0,
    identities: Sequence[int] | None = None,
    segment: int = 0,
    index: int | None = None,
) -> Result:
    image = gray((240, 180))
    image[40:140, 60:100] = 200
    found = make_detections(*people, identities=identities)
    index = round(time * 25) if index is None else index
    return make_result(index, found, time=time, image=image, segment=segment)


@pytest.fixture
def layers(qtbot: QtBot) -> PictureLayers:
    return PictureLayers()


def drawn(layers: PictureLayers, viewport: Viewport = VIEWPORT, **options: bool) -> QImage:
    """Draw over black with only these options."""
    chosen = ViewOptions()
    chosen.restore({"boxes": False, **options})
    canvas = QImage(*map(round, viewport.widget), QImage.Format.Format_RGB32)
    canvas.fill(QColor("black"))
    painter = QPainter(canvas)
    layers.draw(painter, viewport, chosen)
    painter.end()
    return canvas


def empty(image: QImage) -> bool:
    black = image.copy()
    black.fill(QColor("black"))
    return image == black


def test_nothing_is_drawn_without_a_picture_or_a_wish(layers: PictureLayers) -> None:
    assert empty(drawn(layers, blur=True, heat_map=True, traces=True))
    for time in (0.0, 1.0):
        layers.add(seen(PERSON, time=time, identities=[1]))
    assert empty(drawn(layers))
    for option in ("blur", "heat_map"):
        assert not empty(drawn(layers, **{option: True}))


def test_the_blur_covers_people(layers: PictureLayers) -> None:
    layers.add(seen(PERSON))
    image = drawn(layers, blur=True)
    # 20 of 24 columns and 24 of 24 rows of a cell are the person: 200 * 5 / 6 + 90 / 6.
    assert image.pixelColor(68, 90).getRgb()[:3] == pytest.approx((182, 182, 182), abs=1)
    # From 56 to 104 and 30 to 150, and a pixel more.
    for x, y, covered in (
        (55, 90, True),
        (53, 90, False),
        (104, 90, True),
        (106, 90, False),
        (80, 29, True),
        (80, 27, False),
        (80, 150, True),
        (80, 152, False),
    ):
        assert (image.pixelColor(x, y).lightness() > 0) is covered, (x, y)


def test_the_blur_covers_others_too(layers: PictureLayers) -> None:
    layers.add(seen(), others=np.array([PERSON], np.float32))
    assert drawn(layers, blur=True).pixelColor(80, 90).lightness() > 150
    layers.add(seen((200, 40, 220, 90), time=0.04), others=np.array([PERSON], np.float32))
    image = drawn(layers, blur=True)
    assert image.pixelColor(80, 90).lightness() > 150
    assert image.pixelColor(210, 60).lightness() == 90


def test_the_blur_follows_the_zoom(layers: PictureLayers) -> None:
    layers.add(seen(PERSON))
    image = drawn(layers, Viewport((240.0, 180.0), (240, 180), 1.0, 2.0, (0.25, 0.5)), blur=True)
    # Twice as large, from the left edge on and from 45 on: 112 to 208 and -30 to 210.
    assert image.pixelColor(109, 90).lightness() == 0
    for x in (112, 207):
        for y in (0, 179):
            assert image.pixelColor(x, y).lightness() > 0
    assert image.pixelColor(211, 90).lightness() == 0


def test_the_heat_map(layers: PictureLayers) -> None:
    for second in range(4):
        layers.add(seen(PERSON, time=float(second)))
    image = drawn(layers, heat_map=True)
    # Three seconds at the feet: three quarters of the hottest colour, a light yellow.
    red, green, blue = image.pixelColor(80, 139).getRgb()[:3]
    assert red > 150
    assert green > 150
    assert blue < 60
    assert image.pixelColor(80, 60).lightness() == 0
    # The same frame again adds no time.
    layers.add(seen(PERSON, time=3.0))
    assert drawn(layers, heat_map=True) == image


def test_a_gap_adds_no_heat(layers: PictureLayers) -> None:
    layers.add(seen(PERSON, time=0.0))
    layers.add(seen(PERSON, time=100.0))
    assert empty(drawn(layers, heat_map=True))


def walk(layers: PictureLayers, identity: int, segment: int = 0) -> None:
    """Let somebody's feet go from 30 to 190 at a height of 140, within a second."""
    for step in range(5):
        left = 20 + 40 * step
        layers.add(
            seen(
                (left, 40, left + 20, 140),
                time=step / 4,
                identities=[identity],
                segment=segment,
            )
        )


@pytest.mark.parametrize("own", [True, False])
def test_traces(layers: PictureLayers, own: bool) -> None:
    walk(layers, 3)
    image = drawn(layers, traces=True, identities=own)
    # Painted with nine tenths of its colour, and a tenth more, where it is less than a second old.
    color = identity_color(3) if own else BRIGHT
    assert image.pixelColor(150, 140).getRgb()[:3] == pytest.approx(color.getRgb()[:3], abs=3)
    for x, y in ((25, 140), (195, 140), (150, 130), (150, 150)):
        assert image.pixelColor(x, y).lightness() == 0


def test_older_parts_of_a_trace_are_fainter(layers: PictureLayers) -> None:
    walk(layers, 3)
    layers.add(seen(time=2.0))
    layers.add(seen((220, 40, 240, 140), time=3.5, identities=[3]))
    image = drawn(layers, traces=True)
    old, new = image.pixelColor(60, 140), image.pixelColor(215, 140)
    assert 0 < old.lightness() < new.lightness()


def test_a_cut_ends_traces_but_not_the_heat(layers: PictureLayers) -> None:
    walk(layers, 3)
    layers.add(seen(time=1.25, segment=1))
    assert empty(drawn(layers, traces=True))
    assert not empty(drawn(layers, heat_map=True))


def test_the_next_source_begins_with_nothing(layers: PictureLayers) -> None:
    walk(layers, 3)
    layers.end()
    # The last picture stays for a while, and whoever is in it hidden.
    for option in ("blur", "heat_map", "traces"):
        assert not empty(drawn(layers, **{option: True})), option
    layers.add(seen(time=1.2))
    for option in ("blur", "heat_map", "traces"):
        assert empty(drawn(layers, **{option: True})), option


def test_forgetting_everything(layers: PictureLayers) -> None:
    walk(layers, 3)
    layers.clear()
    assert empty(drawn(layers, blur=True, heat_map=True, traces=True))


def test_nothing_is_drawn_beside_the_picture(layers: PictureLayers) -> None:
    wide = Viewport((480.0, 180.0), (240, 180))
    layers.add(seen((-40, 40, 20, 140), (220, 40, 300, 140)))
    image = drawn(layers, wide, blur=True)
    # The picture lies from 120 to 360.
    for x in (118, 361):
        assert image.pixelColor(x, 90).lightness() == 0
    for x in (121, 358):
        assert image.pixelColor(x, 90).lightness() > 0


def test_people_without_identities(layers: PictureLayers) -> None:
    for time in (0.0, 1.0):
        layers.add(seen(PERSON, time=time))
    assert empty(drawn(layers, traces=True))


def test_who_is_hidden(layers: PictureLayers) -> None:
    assert layers.hidden.shape == (0, 4)
    other: Box = (200, 40, 220, 90)
    layers.add(seen(PERSON), others=np.array([other], np.float32))
    assert layers.hidden.tolist() == [list(PERSON), list(other)]
    # Missed in the next frame, and drawn over none the less.
    layers.add(seen(time=0.04))
    assert layers.hidden.tolist() == [list(PERSON), list(other)]
    layers.clear()
    assert layers.hidden.shape == (0, 4)
