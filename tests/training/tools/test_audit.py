"""The audit of labels through its command, with a teacher that finds light rectangles."""

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import supervision as sv

from pedcam import bundled
from pedcam.measure.contact_sheet import GAP, LINE, TILE
from pedcam.measure.labels.read import read_labels
from tests.measure.accuracy.test_rivals import INPUT, columns, save
from training.tools import audit, teachers
from training.tools.teachers import find_people, in_pixels, load_teachers

SHAPE = 100, 200, 3
LEFT, MIDDLE, RIGHT = (20, 20, 40, 80), (90, 20, 110, 80), (150, 10, 180, 90)


class Light:
    """Finds every light rectangle; the lighter, the surer."""

    input_size = 32, 32

    def __init__(self) -> None:
        self.calls = 0

    def detect(self, frame: np.ndarray, score_threshold: float) -> sv.Detections:
        self.calls += 1
        assert frame.flags.c_contiguous
        count, parts, stats, _ = cv2.connectedComponentsWithStats((frame[..., 0] > 0).astype("u1"))
        rows = np.array([stats[part][:4] for part in range(1, count)], np.float32).reshape(-1, 4)
        rows[:, 2:] += rows[:, :2]
        scores = [frame[parts == part].max() / 250 for part in range(1, count)]
        return sv.Detections(rows, confidence=np.array(scores, np.float32))


def draw(path: Path, *people: tuple[tuple[int, ...], float]) -> None:
    picture = np.zeros(SHAPE, np.uint8)
    for (x1, y1, x2, y2), score in people:
        picture[y1:y2, x1:x2] = round(250 * score)
    cv2.imwrite(str(path), picture)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> Light:
    finder = Light()
    monkeypatch.setattr(audit, "load_teachers", lambda *_: {"light 32x32 0": finder})
    return finder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    photos.mkdir()
    draw(photos / "a.png", (LEFT, 0.9), (MIDDLE, 0.8), (RIGHT, 0.4))
    draw(photos / "b.png")
    draw(photos / "c.png", (LEFT, 0.9))
    (photos / "broken.png").write_bytes(b"no picture")

    def bbox(box: tuple[int, ...]) -> list[int]:
        return [box[0], box[1], box[2] - box[0], box[3] - box[1]]

    images: list[dict[str, Any]] = [
        {"id": 10 + n, "file_name": f"{name}.png", "source": f"from {name}"}
        for n, name in enumerate(("a", "b", "gone", "broken", "c"))
    ]
    images[0] |= {"width": 200, "height": 100}
    annotations = [
        {"image_id": 10, "bbox": bbox(LEFT), "category_id": 7},
        {"image_id": 11, "bbox": bbox(RIGHT), "category_id": 7, "vis_ratio": 0.9},
        {"image_id": 12, "bbox": bbox(RIGHT), "category_id": 7},
        {"image_id": 14, "bbox": bbox(LEFT), "category_id": 7},
        {"image_id": 14, "bbox": bbox(RIGHT), "category_id": 7, "iscrowd": 1},
        {"image_id": 14, "bbox": bbox(MIDDLE), "category_id": 8},
    ]
    categories = [{"id": 7, "name": "person"}, {"id": 8, "name": "dog"}]
    document = {"images": images, "annotations": annotations, "categories": categories}
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(document | {"info": {"year": 2026}}))
    return path


def run(labels: Path, *words: object) -> int:
    output = labels.parent / "audit"
    photos = labels.parent / "photos"
    return audit.main(
        [str(labels), "--images", str(photos), "--output", str(output), *map(str, words)]
    )


def table(labels: Path) -> list[list[str]]:
    with (labels.parent / "audit" / "suspects.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_what_is_written(labels: Path, light: Light, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(labels) == 0
    output = labels.parent / "audit"
    # The label of b.png has a side of 0.35 of the picture's and is visible for 0.9.
    assert table(labels) == [
        ["rank", "file", "kind", "x1", "y1", "x2", "y2", "score", "label"],
        ["1", "b.png", "doubtful", "150.0", "10.0", "180.0", "90.0", "0.900", "0"],
        ["2", "a.png", "missing", "90.0", "20.0", "110.0", "80.0", "0.800", ""],
        ["3", "a.png", "missing", "150.0", "10.0", "180.0", "90.0", "0.400", ""],
    ]
    corrected = json.loads((output / "corrected.json").read_text())
    assert [(it["id"], it["source"]) for it in corrected["images"]] == [
        (10, "from a"), (11, "from b"), (12, "from gone"), (13, "from broken"), (14, "from c")
    ]  # fmt: skip
    assert corrected["info"] == {"year": 2026}
    after = read_labels(output / "corrected.json", labels.parent / "photos")
    assert after.problems == ()
    found = {image.path.name: image for image in after.images}
    assert found["a.png"].boxes.tolist() == [list(LEFT), list(MIDDLE), list(RIGHT)]
    assert found["a.png"].ignored.tolist() == [False, False, True]
    assert found["b.png"].ignored.tolist() == [True]
    assert found["b.png"].visibility.tolist() == pytest.approx([0.9])
    assert found["gone.png"].ignored.tolist() == [False]
    assert found["broken.png"].boxes.tolist() == []
    assert found["c.png"].boxes.tolist() == [list(LEFT), list(RIGHT)]
    assert found["c.png"].ignored.tolist() == [False, True]
    said = capsys.readouterr().out
    assert "gone.png: cannot be read as a picture, not audited" in said
    assert "broken.png: cannot be read as a picture, not audited" in said
    assert "5 pictures, 3 suspects" in said
    names = {"suspects.csv", "sheet.png", "corrected.json", "detections.json"}
    assert {path.name for path in output.iterdir()} == names


def test_sheet_shows_the_worst(labels: Path, light: Light) -> None:
    assert run(labels, "--count", 1) == 0
    one = cv2.imread(str(labels.parent / "audit" / "sheet.png"))
    assert run(labels) == 0
    three = cv2.imread(str(labels.parent / "audit" / "sheet.png"))
    assert one.shape == three.shape == (34 + 26 + TILE[1] + 2 * LINE + 2 * GAP, 1112, 3)

    def marked(sheet: np.ndarray, tile: int, color: tuple[int, int, int]) -> int:
        left = GAP + tile * (TILE[0] + GAP)
        part = sheet[34 + 26 :, left : left + TILE[0]]
        return int((part == np.array(color)).all(-1).sum())

    assert marked(one, 0, audit.LABEL) == marked(three, 0, audit.LABEL) > 500
    assert marked(one, 0, audit.TEACHER) == marked(one, 1, audit.TEACHER) == 0
    assert marked(three, 1, audit.TEACHER) > 500
    assert marked(three, 2, audit.TEACHER) > 500
    assert marked(three, 3, audit.TEACHER) == 0


def test_another_run_detects_nothing_anew(labels: Path, light: Light) -> None:
    assert run(labels) == 0
    # Three pictures, plain and mirrored.
    assert light.calls == 6
    assert run(labels, "--sure", 0.4, "--unsure", 0.4) == 0
    assert light.calls == 6
    after = read_labels(labels.parent / "audit" / "corrected.json", labels.parent / "photos")
    assert after.images[0].ignored.tolist() == [False, False, False]
    assert run(labels, "--unsure", 0.5) == 0
    assert light.calls == 6
    assert [row[2] for row in table(labels)[1:]] == ["doubtful", "missing"]


def test_other_pictures_or_teachers_are_detected_anew(
    labels: Path, light: Light, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(labels) == 0
    draw(labels.parent / "photos" / "b.png", (RIGHT, 0.9))
    assert run(labels) == 0
    assert light.calls == 12
    assert [row[1] for row in table(labels)[1:]] == ["a.png", "a.png"]
    monkeypatch.setattr(audit, "load_teachers", lambda *_: {"light 32x32 1": light})
    assert run(labels) == 0
    assert light.calls == 18
    (labels.parent / "audit" / "detections.json").write_text('{"key"')
    assert run(labels) == 0
    assert light.calls == 24


def test_an_interrupted_run_goes_on(
    labels: Path,
    light: Light,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    detect = light.detect

    def interrupted(frame: np.ndarray, score_threshold: float) -> sv.Detections:
        if light.calls == 3:
            raise KeyboardInterrupt
        return detect(frame, score_threshold)

    monkeypatch.setattr(light, "detect", interrupted)
    assert run(labels) == 130
    assert "goes on" in capsys.readouterr().err
    assert [path.name for path in (labels.parent / "audit").iterdir()] == ["detections.json"]
    monkeypatch.setattr(light, "detect", detect)
    assert run(labels) == 0
    # The first picture is not looked at again; of the second the first half is.
    assert light.calls == 3 + 4
    assert len(table(labels)) == 4


def test_every_so_many_pictures_are_kept(
    labels: Path, light: Light, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    monkeypatch.setattr(teachers, "SAVE_EVERY", 2)
    monkeypatch.setattr(
        teachers, "write_atomically", lambda path, content: kept.append(json.loads(content))
    )
    assert run(labels) == 0
    assert [list(one["pictures"]) for one in kept] == [
        ["a.png", "b.png"],
        ["a.png", "b.png", "c.png"],
    ]


def test_mirrored_boxes_are_turned_back() -> None:
    picture = np.zeros(SHAPE, np.uint8)
    picture[10:90, 150:180] = 200
    np.testing.assert_allclose(find_people([Light(), Light()], picture), [[*RIGHT, 0.8]])
    assert find_people([Light()], np.zeros(SHAPE, np.uint8)).shape == (0, 5)


def test_boxes_are_cut_to_the_picture() -> None:
    boxes = in_pixels(
        [[0.5, 0, 0.7, 1, 0.2], [1.2, 0, 0.2, 1, 0.9], [0, 0, 1, 0.5, 0.3]], (200, 100)
    )
    np.testing.assert_allclose(boxes, [[0, 0, 200, 50, 0.3], [100, 0, 200, 100, 0.2]])


def test_yolo_labels(tmp_path: Path, light: Light) -> None:
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    draw(tmp_path / "images" / "a.png", (LEFT, 0.9), (MIDDLE, 0.8))
    (tmp_path / "labels" / "a.txt").write_text("0 0.15 0.5 0.1 0.6\n")
    data = tmp_path / "data.yaml"
    data.write_text("names: [person]\ntrain: images\n")
    assert audit.main([str(data), "--output", str(tmp_path / "audit")]) == 0
    after = read_labels(tmp_path / "audit" / "corrected.json", tmp_path)
    assert after.images[0].path == tmp_path / "images" / "a.png"
    np.testing.assert_allclose(after.images[0].boxes, [LEFT, MIDDLE], atol=0.01)
    document = json.loads((tmp_path / "audit" / "corrected.json").read_text())
    assert [document["images"][0][side] for side in ("width", "height")] == [200, 100]


def test_teachers_run_at_two_sizes_where_they_can(tmp_path: Path) -> None:
    preset = bundled.models_folder() / "tiny-26.onnx"
    fixed = save(tmp_path / "fixed.onnx", columns())
    found = load_teachers([preset, fixed], ["ultralytics"], threads=1)
    assert [name.rpartition(" ")[0] for name in found] == [
        "tiny-26.onnx 576x352", "tiny-26.onnx 864x512", "fixed.onnx ultralytics 64x64"
    ]  # fmt: skip
    assert [one.input_size for one in found.values()] == [(576, 352), (864, 512), (64, 64)]
    other = save(tmp_path / "fixed.onnx", columns(classes=3))
    (name,) = load_teachers([other], ["ultralytics"], threads=1)
    assert name not in found


def test_the_default_teacher_is_the_most_accurate_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teachers, "_at_two_sizes", lambda preset, *_: [Light()])
    [name] = load_teachers([], [])
    # Rounded to 8 bits it is as accurate, in some sets by a hair more.
    assert name.split()[0] in ("pedestrian-00.onnx", "pedestrian-int8.onnx")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sure", "0.2"], "--unsure and --sure must lie between 0 and 1"),
        (["--sure", "nan"], "--unsure and --sure must lie between 0 and 1"),
        (["--teacher", "{}/none.onnx"], "none.onnx cannot be read: No such file"),
        (["--teacher", "{}/rival.onnx"], "For another detector add --format ultralytics or yolox"),
        (["--format", "yolox"], "0 x --teacher that is not a preset and 1 x --format"),
        (["--teacher", "{}/rival.onnx", "--format", "yolox"], "'yolox' expects"),
        (["--images", "{}/nowhere"], "nowhere, named for the pictures, does not exist"),
        (["--output", "{}/list.json"], "list.json: File exists"),
    ],
)
def test_bad_input_is_one_line(
    labels: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = labels.parent
    (folder / "list.json").write_text("[]")
    save(folder / "rival.onnx", columns(), inputs=(INPUT,))
    assert run(labels, *(word.format(folder) for word in words)) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("audit: error: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err
