from pytestqt.qtbot import QtBot

from pedcam.ui.zones.picture_row import PictureRow


def test_it_says_how_many_rules_there_are_and_whether_they_are_shown(qtbot: QtBot) -> None:
    row = PictureRow()
    qtbot.addWidget(row)
    row.show_number(0, unfolded=False)
    assert row.accessibleName() == "Whole picture"
    assert row.accessibleDescription() == "no rules"
    assert not row.isChecked()
    folded = row.grab().toImage()
    row.show_number(2, unfolded=True)
    assert row.accessibleDescription() == "2 rules"
    assert row.isChecked()
    assert row.grab().toImage() != folded
    row.click()
    assert row.isChecked()  # until its owner says otherwise
