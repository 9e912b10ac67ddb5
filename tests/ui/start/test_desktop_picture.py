import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pedcam.ui.start.desktop_picture import DesktopPicture
from pedcam.video.sources.screen import Area

LEFT, MAIN = Area(-800, 200, 800, 600), Area(0, 0, 1200, 900)
WHOLE = Area(-800, 0, 2000, 900)
BUTTON = Qt.MouseButton.LeftButton


@pytest.fixture
def picture(qtbot: QtBot) -> DesktopPicture:
    """At a fifth of its size, with 10 free pixels above and below."""
    made = DesktopPicture()
    qtbot.addWidget(made)
    made.resize(400, 200)
    image = QImage(200, 90, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    made.show_desktop(image, WHOLE, (LEFT, MAIN))
    made.show()
    return made


def drag(picture: DesktopPicture, start: tuple[int, int], end: tuple[int, int]) -> None:
    QTest.mousePress(picture, BUTTON, pos=QPoint(*start))
    QTest.mouseMove(picture, QPoint(*end))
    QTest.mouseRelease(picture, BUTTON, pos=QPoint(*end))


@pytest.mark.parametrize(
    ("start", "end", "area"),
    [
        # 5 units of the desktop for a pixel; (160, 10) is where the main screen begins.
        ((160, 10), (260, 110), Area(0, 0, 500, 500)),
        ((260, 110), (160, 10), Area(0, 0, 500, 500)),
        ((20, 60), (180, 70), Area(-700, 250, 800, 50)),
        # Beyond the desktop ends at its edge.
        ((390, 150), (500, 300), Area(1150, 700, 50, 200)),
    ],
)
def test_a_part_is_drawn_in_the_coordinates_of_the_desktop(
    qtbot: QtBot, picture: DesktopPicture, start, end, area: Area
) -> None:
    with qtbot.waitSignal(picture.part_drawn) as drawn:
        drag(picture, start, end)
    assert drawn.args == [area]
    assert picture.chosen == area


@pytest.mark.parametrize(("place", "number"), [((100, 100), 1), ((300, 100), 2)])
def test_a_click_means_the_screen(
    qtbot: QtBot, picture: DesktopPicture, place: tuple[int, int], number: int
) -> None:
    with (
        qtbot.assertNotEmitted(picture.part_drawn),
        qtbot.waitSignal(picture.screen_clicked) as clicked,
    ):
        drag(picture, place, (place[0] + 3, place[1] + 50))
    assert clicked.args == [number]


def test_a_click_beside_every_screen_means_nothing(qtbot: QtBot, picture: DesktopPicture) -> None:
    with qtbot.assertNotEmitted(picture.screen_clicked):
        # The left screen begins 200 units further down.
        drag(picture, (50, 20), (50, 20))


def test_what_is_not_chosen_is_darker(picture: DesktopPicture) -> None:
    def light(x: int, y: int) -> int:
        return picture.grab().toImage().pixelColor(x, y).lightness()

    assert (light(100, 150), light(300, 150)) == (255, 255)
    picture.choose(Area(0, 0, 1200, 900))
    assert light(300, 150) == 255
    assert light(100, 150) < 120


def test_before_there_is_a_picture_nothing_can_be_drawn(qtbot: QtBot) -> None:
    empty = DesktopPicture()
    qtbot.addWidget(empty)
    empty.resize(400, 200)
    with qtbot.assertNotEmitted(empty.part_drawn):
        drag(empty, (50, 50), (200, 150))
