import pytest
from PyQt6.QtGui import QColor, QFontMetricsF, QImage, QPainter, qGray
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.picture.viewport import Viewport
from pedcam.ui.zones.paint import ZONE_COLORS, counts_text, paint_zones, zone_color
from pedcam.ui.zones.shape import Shape
from pedcam.ui.zones.state import Mode, Zones
from pedcam.ui.zones.tool import ZoneTool
from pedcam.video.people.counters import Line
from pedcam.video.people.counts import LineCount, ZoneCount

SIZE = (400, 300)
VIEWPORT = Viewport(SIZE, SIZE)
SQUARE = ((0.25, 0.5), (0.75, 0.5), (0.75, 0.9), (0.25, 0.9))


@pytest.fixture
def zones(qtbot: QtBot) -> Zones:
    made = Zones()
    made.begin()
    return made


def canvas(color: str = "#808080") -> QImage:
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return image


def painted(
    zones: Zones, color: str = "#808080", viewport: Viewport = VIEWPORT
) -> tuple[QImage, dict[str, tuple[float, float, float, float]]]:
    image = canvas(color)
    painter = QPainter(image)
    labels = paint_zones(painter, viewport, zones, zones.shapes)
    painter.end()
    return image, labels


@pytest.mark.parametrize("background", ["#000000", "#ffffff", *ZONE_COLORS])
def test_a_line_can_be_seen_on_any_background(zones: Zones, background: str) -> None:
    zones.add_line((0.25, 0.8), (0.75, 0.8))
    zones.select(None)
    image, _ = painted(zones, background)
    # Across the line, by the weighted brightness that eyes see.
    gray = [qGray(image.pixel(120, y)) for y in range(230, 251)]
    assert max(gray) - min(gray) > 90


def test_the_arrow_points_to_where_in_is(zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))  # in is below
    zones.select(None)

    def below_and_above() -> tuple[bool, bool]:
        image, labels = painted(zones)
        plain = QColor("#808080").rgb()
        tip = [image.pixel(200, 150 + sign * 20) != plain for sign in (1, -1)]
        _, top, _, height = labels["Line 1"]
        # The label is on the other side; behind it nothing can be told of an arrow.
        above = tip[1] and not top <= 130 <= top + height
        return tip[0] and not top <= 170 <= top + height, above

    assert below_and_above() == (True, False)
    zones.reverse("Line 1")
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
    zones: Zones, points: tuple[tuple[float, float], tuple[float, float]], zoom: float
) -> None:
    zones.add_line(*points)
    middle = VIEWPORT.to_widget(*((points[0][i] + points[1][i]) / 2 for i in (0, 1)))
    _, labels = painted(zones, viewport=VIEWPORT.zoomed_to(zoom, middle))
    left, top, width, height = labels["Line 1"]
    assert left >= 0
    assert top >= 0
    assert left + width <= 400
    assert top + height <= 300


def test_what_is_out_of_sight_has_no_label(zones: Zones) -> None:
    zones.add_line((0.0, 0.1), (0.1, 0.1))
    assert "Line 1" in painted(zones)[1]
    nearer = VIEWPORT.zoomed_to(4.0, (400, 300))
    assert painted(zones, viewport=nearer)[1] == {}


def test_long_names_are_shortened(zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    short = painted(zones)[1]["Line 1"]
    zones.rename("Line 1", "W" * 60)
    long = painted(zones)[1]["W" * 60]
    assert short[2] < long[2] < 400
    assert QFontMetricsF(QApplication.font()).horizontalAdvance("W" * 60) > 400


def test_the_counts_are_shown(zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    before, _ = painted(zones)
    zones.set_counts([LineCount("Line 1", 7, 4)], [])
    assert painted(zones)[0] != before
    zones.add_zone(SQUARE)
    zones.add_ignored(SQUARE)
    line, zone, ignored = zones.shapes
    assert counts_text(LineCount("Line 1", 7, 4), line) == "7 in · 4 out"
    assert counts_text(ZoneCount("Zone 1", 2, 9), zone) == "2 now · 9 total"
    assert counts_text(None, line) == "0 in · 0 out"
    assert counts_text(None, zone) == "0 now · 0 total"
    assert counts_text(None, ignored) == ""


def test_a_zone_is_filled_faintly(zones: Zones) -> None:
    zones.add_zone(SQUARE)
    zones.select(None)
    image, _ = painted(zones, "#000000")
    assert 0 < image.pixelColor(200, 200).lightness() < 60
    assert image.pixelColor(50, 200) == QColor("#000000")
    zones.select("Zone 1")
    selected, _ = painted(zones, "#000000")
    assert selected.pixelColor(200, 200).lightness() > image.pixelColor(200, 200).lightness()
    # A handle at each corner.
    assert selected.pixelColor(104, 150) != image.pixelColor(104, 150)


def test_nothing_is_painted_without_zones(zones: Zones) -> None:
    image, labels = painted(zones)
    assert image == canvas()
    assert labels == {}


def test_colours_are_repeated(qtbot: QtBot) -> None:
    line = Line("Line 1", (0.1, 0.5), (0.9, 0.5))
    colors = [zone_color(Shape(line, number)).name() for number in range(9)]
    assert colors[8] == colors[0]
    assert len(set(colors)) == 8


@pytest.mark.parametrize("mode", [Mode.DRAW_LINE, Mode.DRAW_ZONE, Mode.DRAW_IGNORED])
def test_what_to_do_is_said_while_drawing(zones: Zones, mode: Mode) -> None:
    tool = ZoneTool(zones, lambda: None)

    def picture() -> QImage:
        image = canvas()
        painter = QPainter(image)
        tool.paint(painter, VIEWPORT)
        painter.end()
        return image

    assert picture() == canvas()
    zones.draw(mode)
    said = picture()
    assert said != canvas()
    assert said.copy(0, 150, 400, 150) == canvas().copy(0, 150, 400, 150)
    zones.report("It cannot be like this.")
    assert picture() != said
    zones.select(None)
    assert picture() == canvas()


def test_an_ignored_zone_is_hatched_and_darker_where_it_is_black_in_files(zones: Zones) -> None:
    zones.add_ignored(SQUARE)
    zones.select(None)

    def inside() -> list[int]:
        image, _ = painted(zones, "#a0a0a0")
        assert image.pixelColor(50, 200) == QColor("#a0a0a0")
        return [qGray(image.pixel(x, 200)) for x in range(120, 280)]

    seen = inside()
    # Lines of 45 degrees, 9 pixels apart, on a ground that the picture can be seen through.
    light = [x for x in range(1, 159) if seen[x - 1] < seen[x] >= seen[x + 1]]
    assert 16 <= len(light) <= 19
    assert 60 < min(seen) < 160
    zones.black_out("Ignored 1", True)
    assert min(inside()) < min(seen) - 30
