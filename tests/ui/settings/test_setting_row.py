from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QCheckBox, QComboBox, QSpinBox
from pytestqt.qtbot import QtBot

from pedcam.ui.settings.setting_row import SettingRow
from pedcam.ui.settings.settings import Settings, setting_info, setting_names


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_has_a_control_that_shows_and_tells(qtbot: QtBot, name: str) -> None:
    info = setting_info(name)
    row = SettingRow(info)
    qtbot.addWidget(row)
    heard: list[object] = []
    row.changed.connect(heard.append)
    row.show_value(getattr(Settings(), name))
    assert heard == []
    control = row.control
    assert control.accessibleName() == info.label
    assert control.accessibleDescription() == control.toolTip() == info.help
    if isinstance(control, QCheckBox):
        control.click()
        assert heard == [not getattr(Settings(), name)]
    elif isinstance(control, QComboBox):
        control.setCurrentIndex(control.count() - 1)
        assert heard == [control.currentData()]
    elif isinstance(control, QSpinBox):
        control.setValue(control.maximum())
        assert heard == [control.maximum()]
    else:
        assert isinstance(getattr(Settings(), name), Path)
    for value in heard:
        assert info.type.check(value) == value


def test_a_choice_can_be_left_out(qtbot: QtBot) -> None:
    row = SettingRow(setting_info("provider"))
    qtbot.addWidget(row)
    box = row.control
    assert isinstance(box, QComboBox)
    row.leave_out("cuda")
    assert box.findData("cuda") == -1
    assert box.findData("cpu") >= 0


@pytest.fixture
def days(qtbot: QtBot) -> SettingRow:
    row = SettingRow(setting_info("history_days"))
    qtbot.addWidget(row)
    row.show()
    return row


def test_a_number_is_put_into_words(days: SettingRow) -> None:
    assert isinstance(days.control, QSpinBox)
    days.show_value(0)
    assert days.control.text() == "Keep nothing on the disk"
    days.show_value(7)
    assert days.control.text() == "7 days"


def test_a_number_being_typed_is_none_yet(qtbot: QtBot, days: SettingRow) -> None:
    assert isinstance(days.control, QSpinBox)
    heard: list[object] = []
    days.changed.connect(heard.append)
    days.control.selectAll()
    qtbot.keyClicks(days.control, "12")
    assert heard == []
    qtbot.keyClick(days.control, Qt.Key.Key_Return)
    assert heard == [12]


@pytest.mark.parametrize(("name", "value"), [("history_days", 10), ("theme", "dark")])
def test_the_wheel_over_it_scrolls_the_page(qtbot: QtBot, name: str, value: object) -> None:
    row = SettingRow(setting_info(name))
    qtbot.addWidget(row)
    row.show_value(value)
    row.show()
    heard: list[object] = []
    row.changed.connect(heard.append)
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(row.control.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    row.control.clearFocus()
    QApplication.sendEvent(row.control, event)
    assert heard == []
    assert not event.isAccepted()
