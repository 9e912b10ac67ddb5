import pytest
from PyQt6.QtGui import QColor, QFontMetricsF, QImage, QPainter, qGray
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.picture.viewport import Viewport
from pedcam.ui.zones.paint import PLACE_COLORS, counts_text, paint_places, place_color
from pedcam.ui.zones.places import Mode, Places
from pedcam.ui.zones.tool import PlaceTool
from pedcam.video.people.counts import LineCount, ZoneCount

SIZE = (400, 300)
VIEWPORT = Viewport(SIZE, SIZE)


@pytest.fixture
def places(qtbot: QtBot) -> Places:
    made = Places()
    made.begin()
    return made


def canvas(color: str = "#808080") -> QImage:
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return image


def painted(
    places: Places, color: str = "#808080", viewport: Viewport = VIEWPORT
) -> tuple[QImage, dict[str, tuple[float, float, float, float]]]:
    image = canvas(color)
    painter = QPainter(image)
    labels = paint_places(painter, viewport, places)
    painter.end()
    return image, labels


@pytest.mark.parametrize("background", ["#000000", "#ffffff", *PLACE_COLORS])
def test_a_line_can_be_seen_on_any_background(places: Places, background: str) -> None:
    places.add_line((0.25, 0.8), (0.75, 0.8))
    places.select(None)
    image, _ = painted(places, background)
    # Across the line, by the weighted brightness that eyes see.
    gray = [qGray(image.pixel(120, y)) for y in range(230, 251)]
    assert max(gray) - min(gray) > 90


def test_the_arrow_points_to_where_in_is(places: Places) -> None:
    places.add_line((0.25, 0.5), (0.75, 0.5))  # in is below
    places.select(None)

    def below_and_above() -> tuple[bool, bool]:
        image, labels = painted(places)
        plain = QColor("#808080").rgb()
        tip = [image.pixel(200, 150 + sign * 20) != plain for sign in (1, -1)]
        _, top, _, height = labels["Line 1"]
        # The label is on the other side; behind it nothing can be told of an arrow.
        above = tip[1] and not top <= 130 <= top + height
        return tip[0] and not top <= 170 <= top + height, above

    assert below_and_above() == (True, False)
    places.reverse("Line 1")
    assert below_and_above() == (False, True)


@pytest.mark.parametrize("zoom", [1.0, 3.0])
@pytest.mark.parametrize(
    "points",
    [
        ((0.4, 0.0), (0.6, 0.0)),
        ((0.6, 1.0), (0.4, 1.0)),
        ((0.0, 0.6), (0.0, 0.4)),
        ((1.0, 0.4), (1.0, 0.6)),
    ],
)
def test_labels_stay_in_sight(
    places: Places, points: tuple[tuple[float, float], tuple[float, float]], zoom: float
) -> None:
    places.add_line(*points)
    middle = VIEWPORT.to_widget(*((points[0][i] + points[1][i]) / 2 for i in (0, 1)))
    _, labels = painted(places, viewport=VIEWPORT.zoomed_to(zoom, middle))
    left, top, width, height = labels["Line 1"]
    assert left >= 0
    assert top >= 0
    assert left + width <= 400
    assert top + height <= 300


def test_what_is_out_of_sight_has_no_label(places: Places) -> None:
    places.add_line((0.0, 0.1), (0.1, 0.1))
    assert "Line 1" in painted(places)[1]
    nearer = VIEWPORT.zoomed_to(4.0, (400, 300))
    assert painted(places, viewport=nearer)[1] == {}


def test_long_names_are_shortened(places: Places) -> None:
    places.add_line((0.25, 0.5), (0.75, 0.5))
    short = painted(places)[1]["Line 1"]
    places.rename("Line 1", "W" * 60)
    long = painted(places)[1]["W" * 60]
    assert short[2] < long[2] < 400
    assert QFontMetricsF(QApplication.font()).horizontalAdvance("W" * 60) > 400


def test_the_counts_are_shown(places: Places) -> None:
    places.add_line((0.25, 0.5), (0.75, 0.5))
    before, _ = painted(places)
    places.set_counts([LineCount("Line 1", 7, 4)], [])
    assert painted(places)[0] != before
    assert counts_text(LineCount("Line 1", 7, 4), line=True) == "7 in · 4 out"
    assert counts_text(ZoneCount("Zone 1", 2, 9), line=False) == "2 now · 9 total"
    assert counts_text(None, line=True) == "0 in · 0 out"
    assert counts_text(None, line=False) == "0 now · 0 total"


def test_a_zone_is_filled_faintly(places: Places) -> None:
    places.add_zone(((0.25, 0.5), (0.75, 0.5), (0.75, 0.9), (0.25, 0.9)))
    places.select(None)
    image, _ = painted(places, "#000000")
    assert 0 < image.pixelColor(200, 200).lightness() < 60
    assert image.pixelColor(50, 200) == QColor("#000000")
    places.select("Zone 1")
    selected, _ = painted(places, "#000000")
    assert selected.pixelColor(200, 200).lightness() > image.pixelColor(200, 200).lightness()
    # A handle at each corner.
    assert selected.pixelColor(104, 150) != image.pixelColor(104, 150)


def test_nothing_is_painted_without_places(places: Places) -> None:
    image, labels = painted(places)
    assert image == canvas()
    assert labels == {}


def test_colours_are_repeated(qtbot: QtBot) -> None:
    assert place_color(8) == place_color(0)
    assert len({place_color(number).name() for number in range(8)}) == 8


@pytest.mark.parametrize("mode", [Mode.DRAW_LINE, Mode.DRAW_ZONE])
def test_what_to_do_is_said_while_drawing(places: Places, mode: Mode) -> None:
    tool = PlaceTool(places, lambda: None)

    def picture() -> QImage:
        image = canvas()
        painter = QPainter(image)
        tool.paint(painter, VIEWPORT)
        painter.end()
        return image

    assert picture() == canvas()
    places.draw(mode)
    said = picture()
    assert said != canvas()
    assert said.copy(0, 150, 400, 150) == canvas().copy(0, 150, 400, 150)
    places.report("It cannot be like this.")
    assert picture() != said
    places.select(None)
    assert picture() == canvas()
