import csv
import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv

from pedcam.video.output.coco import CocoWriter
from pedcam.video.output.partial_file import OutputError
from pedcam.video.output.tables import JsonLinesWriter, ResultFile, TableWriter
from pedcam.video.people.counts import Counts, Event, EventKind
from pedcam.video.stream.results import Result
from tests.factories import make_detections, make_result

IMAGE = np.zeros((48, 64, 3), np.uint8)
EVENTS = (
    Event(EventKind.CROSSED, track=3, frame=7, time=0.28004, zone="Tür", direction="in"),
    Event(EventKind.LEFT, track=2, frame=7, time=0.28004),
    Event(EventKind.ALERT, 0, 7, 0.28004, "Hof", rule="Viele", detail="more than 5 people"),
)


def result(
    index: int, people: sv.Detections | None = None, events: tuple[Event, ...] = ()
) -> Result:
    return make_result(
        index, people, preset="d12", counts=Counts(2, 3, 1.0, events=events) if events else None
    )


def two_people() -> sv.Detections:
    return make_detections((1.26, 2, 11.5, 22), (30, 4.04, 40, 24), scores=[0.87654, 0.5])


def followed() -> sv.Detections:
    people = two_people()
    people.tracker_id = np.array([3, -1])
    people.data["zones"] = np.array(["A;B, C", ""])
    return people


class TestTable:
    def test_content(self, tmp_path: Path) -> None:
        with TableWriter(tmp_path / "out.csv") as table:
            for moment in (result(0), result(6, two_people()), result(7, followed(), EVENTS)):
                table.append(moment)
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.reader(file)) == [
                ["frame", "time", "track", "x1", "y1", "x2", "y2", "score", "preset", "zone"],
                ["6", "0.240", "", "1.3", "2.0", "11.5", "22.0", "0.8765", "d12", ""],
                ["6", "0.240", "", "30.0", "4.0", "40.0", "24.0", "0.5000", "d12", ""],
                ["7", "0.280", "3", "1.3", "2.0", "11.5", "22.0", "0.8765", "d12", "A;B, C"],
                ["7", "0.280", "", "30.0", "4.0", "40.0", "24.0", "0.5000", "d12", ""],
            ]


@pytest.mark.parametrize("kind", [TableWriter, JsonLinesWriter])
def test_names_of_zones_that_are_no_text(tmp_path: Path, kind: type[TableWriter]) -> None:
    people = followed()
    people.data["zones"] = np.array(["caf\udce9", ""])
    with kind(tmp_path / "out") as rows:
        rows.append(result(7, people))
    assert "caf\\udce9" in (tmp_path / "out").read_text(encoding="utf-8")


class TestJsonLines:
    def test_content(self, tmp_path: Path) -> None:
        with JsonLinesWriter(tmp_path / "out.jsonl") as lines:
            lines.append(result(0))
            lines.append(result(7, followed(), EVENTS))
        found = [json.loads(line) for line in (tmp_path / "out.jsonl").open(encoding="utf-8")]
        common = {"type": "detection", "frame": 7, "time": 0.28, "preset": "d12"}
        door = {"track": 3, "x1": 1.3, "y1": 2.0, "x2": 11.5, "y2": 22.0, "score": 0.8765}
        street = {"track": None, "x1": 30.0, "y1": 4.0, "x2": 40.0, "y2": 24.0, "score": 0.5}
        moment = {"type": "event", "frame": 7, "time": 0.28, "rule": "", "detail": ""}
        alert = {"track": 0, "place": "Hof", "direction": "", "rule": "Viele"}
        assert found == [
            common | door | {"zone": "A;B, C"},
            common | street | {"zone": ""},
            moment | {"kind": "crossed", "track": 3, "place": "Tür", "direction": "in"},
            moment | {"kind": "left", "track": 2, "place": "", "direction": ""},
            moment | alert | {"kind": "alert", "detail": "more than 5 people"},
        ]

    def test_detections_have_the_fields_of_the_table(self, tmp_path: Path) -> None:
        with JsonLinesWriter(tmp_path / "out.jsonl") as lines:
            lines.append(result(1, two_people()))
        first = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
        assert tuple(first) == ("type", *TableWriter.COLUMNS)


class TestCoco:
    def test_content(self, tmp_path: Path) -> None:
        path = tmp_path / "out.json"
        with CocoWriter(path) as coco:
            for moment in (result(0, two_people()), result(5), result(7, followed(), EVENTS)):
                coco.append(moment)
            assert not path.exists()
        size = {"width": 64, "height": 48}
        common = {"category_id": 1, "iscrowd": 0}
        # 11.5 - 1.26 = 10.24 wide, times 20; 10 wide, 24 - 4.04 = 19.96 high.
        left = common | {"bbox": [1.26, 2, 10.24, 20], "area": 204.8, "score": 0.87654}
        right = common | {"bbox": [30, 4.04, 10, 19.96], "area": 199.6, "score": 0.5}
        assert json.loads(path.read_text()) == {
            "info": {"description": "People found by pedcam"},
            "categories": [{"id": 1, "name": "person", "supercategory": "person"}],
            "images": [
                {"id": 1, "file_name": "frame_000000.png", "frame_index": 0, "time": 0.0} | size,
                {"id": 2, "file_name": "frame_000005.png", "frame_index": 5, "time": 0.2} | size,
                {"id": 3, "file_name": "frame_000007.png", "frame_index": 7, "time": 0.28} | size,
            ],
            "annotations": [
                left | {"id": 1, "image_id": 1, "track_id": None},
                right | {"id": 2, "image_id": 1, "track_id": None},
                left | {"id": 3, "image_id": 3, "track_id": 3},
                right | {"id": 4, "image_id": 3, "track_id": None},
            ],
        }
        assert os.listdir(tmp_path) == ["out.json"]

    @pytest.mark.parametrize("frames", [0, 3])
    def test_nobody_is_valid_json_too(self, tmp_path: Path, frames: int) -> None:
        with CocoWriter(tmp_path / "out.json") as coco:
            for index in range(frames):
                coco.append(result(index))
        content = json.loads((tmp_path / "out.json").read_text())
        assert (len(content["images"]), content["annotations"]) == (frames, [])

    def test_what_there_is_stays_valid_after_an_interruption(self, tmp_path: Path) -> None:
        def interrupted() -> None:
            with CocoWriter(tmp_path / "out.json") as coco:
                coco.append(result(0, two_people()))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert len(json.loads((tmp_path / "out.json").read_text())["annotations"]) == 2

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
    @pytest.mark.parametrize("part", ["_file", "_annotations"])
    def test_a_full_disk_leaves_nothing(self, tmp_path: Path, part: str) -> None:
        coco = CocoWriter(tmp_path / "out.json")
        getattr(coco, part).close()
        with Path("/dev/full").open("w+") as full:
            setattr(coco, part, full)
            many = result(0, sv.Detections.merge([two_people()] * 1000))
            with pytest.raises(OutputError, match=r"out\.json cannot be written: No space left"):
                coco.append(many)
            coco.close()
        assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", [TableWriter, JsonLinesWriter, CocoWriter])
class TestAllFiles:
    def test_nothing_is_replaced_unasked(self, tmp_path: Path, kind: Any) -> None:
        path = tmp_path / "out"
        path.write_text("precious")
        with pytest.raises(OutputError, match=r"exists already\."):
            kind(path)
        with kind(path, overwrite=True) as writer:
            writer.append(result(0, two_people()))
            assert path.read_text() == "precious"
        assert path.read_text() != "precious"
        assert os.listdir(tmp_path) == ["out"]

    def test_it_says_how_big_it_is(self, tmp_path: Path, kind: Any) -> None:
        with kind(tmp_path / "out") as writer:
            before = writer.size
            writer.append(result(0, two_people()))
            assert writer.size > before
        assert writer.size == (tmp_path / "out").stat().st_size

    def test_closing_twice_does_nothing(self, tmp_path: Path, kind: Any) -> None:
        writer = kind(tmp_path / "out")
        writer.close()
        writer.close()
        assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("kind", [TableWriter, JsonLinesWriter])
class TestInPlace:
    def test_every_row_is_on_the_disk_before_the_next_frame(
        self, tmp_path: Path, kind: type[ResultFile]
    ) -> None:
        path = tmp_path / "out"
        with kind(path, in_place=True) as writer:
            head = len(path.read_text().splitlines())
            for frames in (1, 2, 3):
                writer.append(result(frames, two_people()))
                assert len(path.read_text().splitlines()) == head + 2 * frames

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limits")
    def test_a_full_disk_keeps_whole_rows(
        self, tmp_path: Path, kind: type[ResultFile], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "out"
        writer = kind(path, in_place=True)
        writer.append(result(0, two_people()))
        before = path.read_bytes()

        def half() -> None:
            with path.open("ab") as file:
                file.write(b"half a r")
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(writer._file, "flush", half, raising=False)
        with pytest.raises(OutputError, match=r"No space left .* until then is in .*out\."):
            writer.append(result(1))
        writer.close()
        assert path.read_bytes() == before
