import csv
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from pedcam.history.csv_export import harmless, write_events
from pedcam.history.values import HistorySource, PastEvent
from pedcam.video.output.partial_file import OutputError
from pedcam.video.people.counts import Event, EventKind

AT = 1_700_000_040.25  # 2023-11-14 22:14:00.25 UTC
CROSSED = Event(EventKind.CROSSED, 12, 250, 10.0, "Café Ünï 入口", "in")


def past(title: str, event: Event) -> PastEvent:
    return PastEvent(event, AT, HistorySource(title, "file", title), False)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_per_event(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    zone = timezone(timedelta(hours=5, minutes=30))
    left = Event(EventKind.LEFT, 3, 7, 0.2804)
    assert write_events(path, [past("Straße.mp4", CROSSED), past("x", left)], zone=zone) == 2
    assert path.read_bytes().startswith(b"\xef\xbb\xbftime,source,event,")
    assert read(path) == [
        {
            "time": "2023-11-15T03:44:00.250+05:30",
            "source": "Straße.mp4",
            "event": "crossed",
            "person": "12",
            "place": "Café Ünï 入口",
            "direction": "in",
            "seconds": "10.000",
            "frame": "250",
            "rule": "",
            "detail": "",
        },
        {
            "time": "2023-11-15T03:44:00.250+05:30",
            "source": "x",
            "event": "left",
            "person": "3",
            "place": "",
            "direction": "",
            "seconds": "0.280",
            "frame": "7",
            "rule": "",
            "detail": "",
        },
    ]


def test_alerts_say_which_rule_at_the_end_of_the_row(tmp_path: Path) -> None:
    alert = Event(EventKind.ALERT, 0, 9, 0.36, "Hall", rule="=Queue", detail="more than 3 people")
    write_events(tmp_path / "a.csv", [past("x", alert)])
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()
    assert text[0] == "time,source,event,person,place,direction,seconds,frame,rule,detail"
    assert text[1].endswith(",x,alert,0,Hall,,0.360,9,'=Queue,more than 3 people")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_names_are_never_formulas(tmp_path: Path, name: str) -> None:
    event = Event(EventKind.ENTERED, 1, 1, 1.0, name)
    write_events(tmp_path / "a.csv", [past(name, event)])
    (row,) = read(tmp_path / "a.csv")
    assert row["source"] == row["place"] == f"'{name}"


@pytest.mark.parametrize("name", ["", "Gate", "a=b", "Gate, north", 'the "gate"', "1-2"])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert harmless(name) == name


def test_a_failure_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")

    def events():
        yield past("x", CROSSED)
        raise LookupError("the database failed")

    with pytest.raises(LookupError):
        write_events(path, events())
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder"):
        write_events(tmp_path / "missing" / "a.csv", [])
