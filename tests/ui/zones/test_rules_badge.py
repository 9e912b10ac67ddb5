import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.zones.rules_badge import RulesBadge


@pytest.mark.parametrize(("number", "words"), [(0, ""), (1, "1 rule"), (12, "12 rules")])
def test_it_says_how_many_rules_there_are(qtbot: QtBot, number: int, words: str) -> None:
    badge = RulesBadge()
    qtbot.addWidget(badge)
    badge.show_number(number)
    assert badge.words == words
    assert badge.isVisible() is (number > 0)


def test_it_is_as_wide_as_its_number(qtbot: QtBot) -> None:
    badge = RulesBadge()
    qtbot.addWidget(badge)
    badge.show_number(8)
    narrow = badge.sizeHint().width()
    badge.show_number(88)
    metrics = badge.fontMetrics()
    more = metrics.horizontalAdvance("88") - metrics.horizontalAdvance("8")
    assert badge.sizeHint().width() == narrow + more
    before = badge.grab().toImage()
    badge.show_number(89)
    assert badge.grab().toImage() != before
