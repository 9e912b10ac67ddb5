import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.settings.number_field import NumberField
from pedcam.ui.settings.setting_kinds import Number


@pytest.fixture
def field(qtbot: QtBot) -> NumberField:
    made = NumberField("Days", Number(0, 20, "{value} days", "Never", step=5))
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_is_put_into_words(field: NumberField) -> None:
    assert field.box.text() == "Never"
    field.show_value(7)
    assert field.box.text() == "7 days"
    assert field.box.accessibleName() == "Days"


def test_buttons_step_within_the_limits(qtbot: QtBot, field: NumberField) -> None:
    heard: list[int] = []
    field.changed.connect(heard.append)
    assert not field.less.isEnabled()
    for _ in range(5):
        qtbot.mouseClick(field.more, Qt.MouseButton.LeftButton)
    assert heard == [5, 10, 15, 20]
    assert not field.more.isEnabled()
    qtbot.mouseClick(field.less, Qt.MouseButton.LeftButton)
    assert field.value() == 15
    assert field.more.isEnabled()


def test_what_is_shown_is_not_told(field: NumberField) -> None:
    heard: list[int] = []
    field.changed.connect(heard.append)
    field.show_value(20)
    assert heard == []
    assert not field.more.isEnabled()


def test_a_number_being_typed_is_none_yet(qtbot: QtBot, field: NumberField) -> None:
    heard: list[int] = []
    field.changed.connect(heard.append)
    field.box.selectAll()
    qtbot.keyClicks(field.box, "12")
    assert heard == []
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert heard == [12]


def test_the_wheel_over_it_scrolls_the_page(qtbot: QtBot, field: NumberField) -> None:
    field.show_value(10)
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(field.box.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    field.box.clearFocus()
    QApplication.sendEvent(field.box, event)
    assert field.value() == 10
    assert not event.isAccepted()
