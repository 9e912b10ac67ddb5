from datetime import datetime

from pedcam.rules.alert import Alert
from pedcam.video.people.counts import Counts, LineCount, ZoneCount
from tests.rules.clips import alert

AT = datetime(2026, 3, 1, 17, 42, 5, 250_000).timestamp()
COUNTS = Counts(2, 9, 6.0, (LineCount("Gate", 4, 1),), (ZoneCount("Door", 1, 5),))


def test_words() -> None:
    made = Alert(alert("Night", 50), "Camera 0", AT, COUNTS)
    assert made.title == "Night"
    assert made.text == "Someone enters: Door, Camera 0, 17:42:05"


def test_fields() -> None:
    fields = Alert(alert("Night", 50), "Camera 0", AT, COUNTS).fields()
    time = fields.pop("time")
    assert isinstance(time, str)
    assert time.startswith("2026-03-01T17:42:05.250")
    assert datetime.fromisoformat(time).timestamp() == AT
    assert fields == {
        "rule": "Night",
        "detail": "someone enters",
        "zone": "Door",
        "source": "Camera 0",
        "position": 2.0,
        "frame": 50,
        "person": 1,
        "people": 2,
        "people_so_far": 9,
        "zone_people": 1,
    }
