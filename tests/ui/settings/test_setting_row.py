from pathlib import Path

import pytest
from PyQt6.QtWidgets import QCheckBox, QComboBox
from pytestqt.qtbot import QtBot

from pedcam.ui.settings.number_field import NumberField
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
    assert control.accessibleDescription()
    assert control.toolTip() or isinstance(getattr(Settings(), name), Path)
    if isinstance(control, QCheckBox):
        control.click()
        assert heard == [not getattr(Settings(), name)]
    elif isinstance(control, QComboBox):
        assert control.accessibleName() == info.label
        control.setCurrentIndex(control.count() - 1)
        assert heard == [control.currentData()]
    elif isinstance(control, NumberField):
        control.box.setValue(control.box.maximum())
        assert heard == [control.box.maximum()]
    for value in heard:
        assert info.kind.check(value) == value


def test_a_choice_can_be_forbidden(qtbot: QtBot) -> None:
    row = SettingRow(setting_info("provider"))
    qtbot.addWidget(row)
    box = row.control
    assert isinstance(box, QComboBox)
    model = box.model()
    assert model is not None
    row.allow("cuda", False)
    assert not model.flags(model.index(1, 0)) & model.flags(model.index(0, 0)).ItemIsEnabled
    row.allow("cuda", True)
    assert model.flags(model.index(1, 0)) == model.flags(model.index(0, 0))


def test_it_is_found_by_name_and_help(qtbot: QtBot) -> None:
    row = SettingRow(setting_info("container"))
    qtbot.addWidget(row)
    assert row.matches(["format", "video"])
    assert row.matches(["everywhere"])
    assert row.matches([])
    assert not row.matches(["format", "audio"])
