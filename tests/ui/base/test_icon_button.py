import pytest
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.base import theme
from pedcam.ui.base.icon_button import IconButton


def colors_in(button: IconButton, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
    """The colours of the icon's opaque pixels."""
    image = button.icon().pixmap(QSize(20, 20), mode).toImage()
    pixels = [image.pixelColor(x, y) for x in range(20) for y in range(20)]
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


@pytest.fixture
def button(qtbot: QtBot) -> IconButton:
    made = IconButton("stop", "End", "End it")
    qtbot.addWidget(made)
    made.setCheckable(True)
    return made


def test_what_it_is_called(button: IconButton) -> None:
    assert (button.accessibleName(), button.toolTip(), button.text()) == ("End", "End it", "")


def test_the_colour_says_whether_it_is_checked(button: IconButton) -> None:
    assert colors_in(button) == {theme.colors().text}
    button.setChecked(True)
    assert colors_in(button) == {theme.colors().accent}


def test_a_colour_of_its_own_stays(qtbot: QtBot) -> None:
    button = IconButton("stop", color="bad")
    qtbot.addWidget(button)
    button.setCheckable(True)
    button.setChecked(True)
    assert colors_in(button) == {theme.colors().bad}


def test_it_is_faint_while_it_cannot_be_used(button: IconButton) -> None:
    assert colors_in(button, QIcon.Mode.Disabled) == set()


def test_it_follows_the_look(button: IconButton) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.palette(), app.styleSheet()
    try:
        for dark, colors in ((True, theme.DARK), (False, theme.LIGHT)):
            theme.apply(app, dark)
            assert colors_in(button) == {colors.text}
    finally:
        app.setPalette(before[0])
        app.setStyleSheet(before[1])
