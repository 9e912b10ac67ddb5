from datetime import datetime

import pytest
from PyQt6.QtCore import QLocale

from pedcam.ui.start.recent_section import when

NOW = datetime(2026, 3, 10, 12, 0, 0)


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        (datetime(2026, 3, 10, 11, 59, 30), "Just now"),
        (datetime(2026, 3, 10, 11, 58, 30), "Today, 11:58"),
        (datetime(2026, 3, 10, 0, 5), "Today, 00:05"),
        (datetime(2026, 3, 9, 23, 59), "Yesterday, 23:59"),
        (datetime(2026, 3, 8, 23, 59), "08/03/2026"),
        # A clock that was wrong.
        (datetime(2026, 3, 11, 9, 0), "11/03/2026"),
    ],
)
def test_moments(moment: datetime, says: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    try:
        assert when(moment.timestamp(), NOW.timestamp()) == says
    finally:
        QLocale.setDefault(before)
