from pytestqt.qtbot import QtBot

from pedcam.ui.panels.figure import Figure
from pedcam.ui.text import UNKNOWN


def test_a_value_and_its_meaning(qtbot: QtBot) -> None:
    figure = Figure("frames/s", "Pictures shown per second")
    qtbot.addWidget(figure)
    assert figure.value() == UNKNOWN
    figure.set_value("29.9")
    assert figure.value() == "29.9"
    assert (figure.accessibleName(), figure.accessibleDescription()) == ("frames/s", "29.9")
    assert figure.toolTip() == "Pictures shown per second"


def test_a_long_value_takes_no_more_room(qtbot: QtBot) -> None:
    figure = Figure("dropped", "Frames left out")
    qtbot.addWidget(figure)
    before = figure.minimumSizeHint(), figure.sizeHint()
    figure.set_value("123456789012345")
    assert (figure.minimumSizeHint(), figure.sizeHint()) == before


def test_a_shortened_caption_is_told(qtbot: QtBot) -> None:
    figure = Figure("images par seconde", "Combien")
    qtbot.addWidget(figure)
    figure.resize(400, 40)
    figure.show()
    assert figure.toolTip() == "Combien"
    figure.resize(64, 40)
    assert figure.toolTip() == "images par seconde: Combien"
