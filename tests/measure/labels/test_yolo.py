import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pedcam.measure.labels.base import LabelError
from pedcam.measure.labels.yolo import read_yolo

WIDTH, HEIGHT = 200, 100


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((HEIGHT, WIDTH, 3), np.uint8))


def data_yaml(folder: Path, text: str = "{names: [car, person], train: images}") -> Path:
    path = folder / "data.yaml"
    path.write_text(text)
    return path


def labels(folder: Path, text: str, name: str = "a") -> None:
    path = folder / "labels" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "images" / "a.png")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("1 0.5 0.5 0.2 0.4", [80, 30, 120, 70]),
        ("  1   0.5\t0.5 0.2 0.4 \r", [80, 30, 120, 70]),
        ("1.0 5e-1 .5 0.2 0.4", [80, 30, 120, 70]),
        # Reaches beyond the picture: kept as it is.
        ("1 0 0.5 0.2 0.4", [-20, 30, 20, 70]),
        # A polygon, here a triangle: its bounding box.
        ("1 0.1 0.2 0.5 0.2 0.3 0.9", [20, 20, 100, 90]),
    ],
)
def test_lines(folder: Path, line: str, box: list[float]) -> None:
    labels(folder, f"\n{line}\n0 0.5 0.5 0.1 0.1\n")
    labelled = read_yolo(data_yaml(folder))
    assert labelled.problems == ()
    assert labelled.images[0].path == folder / "images" / "a.png"
    assert labelled.images[0].boxes == pytest.approx(np.array([box]), abs=1e-4)
    assert labelled.images[0].ignored.tolist() == [False]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1 0.5 0.5 0 0.4", "box without area"),
        ("1 0.5 0.5 -0.2 0.4", "box without area"),
        ("1 1.5 0.5 0.2 0.4", "box out of the picture"),
        ("1 nan 0.5 0.2 0.4", "box with impossible coordinates"),
        ("1 0.5 0.5 1e400 0.4", "box with impossible coordinates"),
        ("1 0.5 0.5 0.2 1e300", "box with impossible coordinates"),
        ("1 0.1 0.2 0.5 nan 0.3 0.9", "box with impossible coordinates"),
        ("1 0.5 0.5 0.2", "4 numbers, not 5 or those of a polygon"),
        ("1", "1 numbers, not 5 or those of a polygon"),
        ("1 0.5 0.5 0.2 0.4 0.9", "6 numbers, not 5 or those of a polygon"),
        ("1 0.5 0.5 0.2 0.4 0.9 0.1 0.1", "8 numbers, not 5 or those of a polygon"),
        ("person 0.5 0.5 0.2 0.4", "not numbers only"),
        ("1.5 0.5 0.5 0.2 0.4", "the class is not a whole number"),
        ("-1 0.5 0.5 0.2 0.4", "the class is not a whole number"),
        ("inf 0.5 0.5 0.2 0.4", "the class is not a whole number"),
        ("7 0.5 0.5 0.2 0.4", "class 7 is not in 'names'"),
        ("\0 0.5 0.5 0.2 0.4", "not numbers only"),
    ],
)
def test_malformed_lines_are_named(folder: Path, line: str, problem: str) -> None:
    labels(folder, f"1 0.5 0.5 0.2 0.4\n{line}\n")
    labelled = read_yolo(data_yaml(folder))
    assert labelled.problems == (f"labels/a.txt line 2: {problem}, left out",)
    assert labelled.images[0].boxes.tolist() == [[80, 30, 120, 70]]


def test_a_picture_without_labels_has_nobody_in_it(folder: Path) -> None:
    picture(folder / "images" / "b.png")
    labels(folder, "1 0.5 0.5 0.2 0.4")
    labelled = read_yolo(data_yaml(folder))
    assert [len(image.boxes) for image in labelled.images] == [1, 0]
    assert labelled.problems == ()
    # But if none has labels, they are likely to be elsewhere.
    (folder / "labels" / "a.txt").unlink()
    [problem] = read_yolo(data_yaml(folder)).problems
    assert "no picture of 'train' has a label file" in problem


def test_only_the_last_images_is_replaced_and_labels_may_be_beside(tmp_path: Path) -> None:
    folder = tmp_path / "images" / "set"
    picture(folder / "images" / "train" / "a.png")
    picture(folder / "images" / "train" / "b.png")
    labels(folder, "0 0.5 0.5 0.2 0.4", "train/a")
    (folder / "images" / "train" / "b.txt").write_text("0 0.5 0.5 1 1")
    labelled = read_yolo(data_yaml(folder, "{names: [person], train: images/train}"))
    assert [image.boxes.tolist() for image in labelled.images] == [
        [[80, 30, 120, 70]],
        [[0, 0, 200, 100]],
    ]


@pytest.mark.parametrize(
    "names",
    ["[car, Person]", "{0: car, 1: pedestrian}", "{'0': car, '1': ' people '}"],
)
def test_names(folder: Path, names: str) -> None:
    labels(folder, "0 0.5 0.5 0.2 0.4\n1 0.5 0.5 1 1")
    labelled = read_yolo(data_yaml(folder, f"{{names: {names}, train: images}}"))
    assert labelled.images[0].boxes.tolist() == [[0, 0, 200, 100]]


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ("train: a/images", ["1", "2"]),
        ("train: a", ["1", "2"]),
        ("train: [a/images, b/images]", ["1", "2", "3"]),
        ("train: [b/images, b]", ["3"]),
        ("train: HERE/b/images", ["3"]),
        ("train: ../b/images", ["3"]),
        ("{path: a, train: images}", ["1", "2"]),
        ("{path: HERE/a, train: images}", ["1", "2"]),
        ("{path: elsewhere, train: b/images}", ["3"]),
        ("train: list.txt", ["3", "1"]),
        ("{train: list.txt, path: a}", ["3", "1", "2"]),
    ],
)
def test_places(tmp_path: Path, entries: str, names: list[str]) -> None:
    for name in ("a/images/1.png", "a/images/2.jpg", "b/images/3.png"):
        picture(tmp_path / name)
    (tmp_path / "a" / "images" / "notes.txt").write_text("no picture")
    second = "images/2.jpg" if "path" in entries else ""
    (tmp_path / "list.txt").write_text(f"./b/images/3.png\n\n{tmp_path}/a/images/1.png\n{second}")
    text = entries.replace("HERE", str(tmp_path)).strip("{}").replace(", path", "\npath")
    text = text.replace(", train", "\ntrain") + "\nnames: [person]\n"
    labelled = read_yolo(data_yaml(tmp_path, text))
    assert [image.path.stem for image in labelled.images] == names


def test_splits_and_a_folder_of_pictures_of_ones_own(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "a.png")
    picture(tmp_path / "valid" / "b.png")
    path = data_yaml(tmp_path, "{names: [person], train: train, val: valid, test: }")
    assert read_yolo(path).images[0].path.name == "a.png"
    assert read_yolo(path, "val").images[0].path.name == "b.png"
    assert read_yolo(path, "test", tmp_path / "valid").images[0].path.name == "b.png"
    with pytest.raises(LabelError, match=r"have no 'test' \(there are: train, val\)"):
        read_yolo(path, "test")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("none", "data.yaml: none does not exist"),
        ('"a\\0b"', "data.yaml: an entry of 'train' has a null character in its file name"),
        ('"\\ud800"', "data.yaml: an entry of 'train' has a file name that cannot be encoded"),
        ("5", "data.yaml: an entry of 'train' has no file name"),
        ("{a: b}", "data.yaml: an entry of 'train' has no file name"),
        ("data.yaml", "data.yaml: is neither a folder nor a .txt file"),
        ("large.txt", "large.txt: cannot be read"),
        ("list.txt", "list.txt line 2: b.png does not exist"),
        ("null.txt", "null.txt line 1: \N{REPLACEMENT CHARACTER} does not exist"),
    ],
)
def test_what_is_wrong_with_a_place_is_named(
    folder: Path, entry: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pedcam.measure.labels.yolo.MAX_LIST_BYTES", 100)
    (folder / "large.txt").write_text("x" * 101)
    (folder / "list.txt").write_text("images/a.png\nb.png\n")
    (folder / "null.txt").write_text("\0\n")
    labels(folder, "0 0.5 0.5 0.2 0.4")
    path = data_yaml(folder, f"{{names: [person], train: [images, {entry}]}}")
    labelled = read_yolo(path)
    assert labelled.problems == (f"{problem}, left out",)
    assert len(labelled.images) == 1
    if entry != "list.txt":
        path = data_yaml(folder, f"{{names: [person], train: [{entry}]}}")
        with pytest.raises(LabelError, match="no images that can be used: "):
            read_yolo(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a mapping"),
        ("[1, 2]", "must be a mapping"),
        ("{", "are not YAML"),
        ("\x00", "are not YAML"),
        ("[" * 20_000, "are not YAML"),
        ('a: !!int ""', "are not YAML"),
        ("a: !!timestamp x", "are not YAML"),
        ("a: " + "9" * 5000, "are not YAML"),
        ("a: !!python/name:os.system", "are not YAML"),
        ("{a: &a [1], b: [*a, *a]}", "aliases are not understood"),
        ("train: images", "have no 'names'"),
        ("{names: , train: images}", "have no 'names'"),
        ("{names: [], train: images}", "have no 'names'"),
        ("{names: person, train: images}", "have no 'names'"),
        ("{names: [dog, cat], train: images}", r"\(there are: dog, cat\)\. Rename"),
        ("{names: [no, 3, {}], train: images}", r"\(there are: none\)"),
        ("{names: {x: person}, train: images}", "have no class 'person'"),
        ("names: [person]", r"have no 'train' \(there are: none\)"),
    ],
)
def test_unusable_files(folder: Path, text: str, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_yolo(data_yaml(folder, text))


def test_unreadable_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabelError, match="cannot be read"):
        read_yolo(folder / "none.yaml")
    path = data_yaml(folder)
    # A folder where labels should be, labels that are too long, and three that are no pictures.
    (folder / "labels" / "a.txt").mkdir(parents=True)
    (folder / "images" / "b.png").write_bytes(b"no picture")
    (folder / "images" / "c.png").mkdir()
    os.mkfifo(folder / "images" / "d.png")
    picture(folder / "images" / "e.png")
    labels(folder, "1 0.5 0.5 0.2 0.4\n" * 10, "e")
    picture(folder / "images" / "f.png")
    monkeypatch.setattr("pedcam.measure.labels.yolo_lines.MAX_LABEL_BYTES", 100)
    labelled = read_yolo(path)
    assert [image.path.name for image in labelled.images] == ["f.png"]
    assert labelled.problems[:4] == (
        "labels/a.txt: cannot be read, its picture is left out",
        "images/b.png: cannot be read as an image, left out",
        "images/d.png: cannot be read as an image, left out",
        "labels/e.txt: cannot be read, its picture is left out",
    )
    monkeypatch.setattr("pedcam.measure.labels.yolo.MAX_FILES", 3)
    with pytest.raises(LabelError, match="more than 3 files"):
        read_yolo(path)
    monkeypatch.setattr("pedcam.measure.labels.yolo.MAX_YAML_BYTES", 10)
    with pytest.raises(LabelError, match="are larger than"):
        read_yolo(path)


def pose(x: float, y: float, numbers: int = 2) -> str:
    """A person of 0.2 x 0.4 with four keypoints, the last of which is not seen."""
    points = [(x - 0.05, y - 0.1), (x + 0.05, y - 0.1), (x, y + 0.19), (0, 0)]
    seen = [(2,), (1,), (2,), (0,)] if numbers == 3 else [()] * 4
    values = [value for point, more in zip(points, seen, strict=True) for value in (*point, *more)]
    return " ".join(map(str, (1, x, y, 0.2, 0.4, *values)))


@pytest.mark.parametrize("numbers", [2, 3])
def test_keypoints_are_no_polygons(folder: Path, numbers: int) -> None:
    labels(folder, f"{pose(0.5, 0.5, numbers)}\n1 0.2 0.5 0.2 0.4\n1 0.1 0.2 0.5 0.2 0.3 0.9")
    text = f"{{names: [car, person], train: images, kpt_shape: [4, {numbers}]}}"
    labelled = read_yolo(data_yaml(folder, text))
    expected = [[80, 30, 120, 70], [20, 30, 60, 70]]
    assert labelled.images[0].boxes == pytest.approx(np.array(expected), abs=1e-4)
    assert labelled.problems == (
        f"labels/a.txt line 3: 7 numbers, not 5 or the {5 + 4 * numbers} of 'kpt_shape', left out",
    )


@pytest.mark.parametrize("numbers", [2, 3])
def test_keypoints_that_nobody_announces_are_refused(folder: Path, numbers: int) -> None:
    labels(folder, "\n".join(pose(x, 0.5, numbers) for x in (0.2, 0.5, 0.8)))
    with pytest.raises(LabelError, match=r"look like boxes with keypoints .*Add 'kpt_shape: \["):
        read_yolo(data_yaml(folder))


@pytest.mark.parametrize(
    "lines",
    [
        # Turned boxes have four corners.
        ["1 0.4 0.4 0.6 0.5 0.5 0.7 0.3 0.6"] * 3,
        # Of different lengths, and one that is too short to tell.
        ["1 0.5 0.5 0.6 0.7 0.6 0.5 0.5 0.6 0.5 0.55", "1 0.5 0.5 0.6 0.6 0.6 0.5"],
        ["1 0.5 0.5 0.6 0.6 0.6 0.5"] * 2,
        # Outlines, not boxes and points in them.
        ["1 0.1 0.1 0.2 0.1 0.2 0.3", "1 0.7 0.7 0.9 0.7 0.9 0.9", "1 0.1 0.7 0.2 0.7 0.2 0.9"],
    ],
)
def test_polygons_are_not_taken_for_keypoints(folder: Path, lines: list[str]) -> None:
    labels(folder, "\n".join(lines))
    assert len(read_yolo(data_yaml(folder)).images[0].boxes) == len(set(lines))


@pytest.mark.parametrize("shape", ["17", "[17]", "[17, 4]", "[0, 2]", "'17, 3'", "[17, 3, 1]"])
def test_an_impossible_shape_of_keypoints(folder: Path, shape: str) -> None:
    with pytest.raises(LabelError, match=r"have the 'kpt_shape' .*such as|: \[17, 3\]"):
        read_yolo(data_yaml(folder, f"{{names: [person], train: images, kpt_shape: {shape}}}"))


def test_what_is_listed_twice_counts_once(folder: Path) -> None:
    labels(folder, "1 0.5 0.5 0.2 0.4\n1 0.5 0.5 0.2 0.4")
    (folder / "list.txt").write_text("images/a.png\n./images/../images/a.png\nimages\\a.png\n")
    labelled = read_yolo(data_yaml(folder, "{names: [car, person], train: list.txt}"))
    assert [image.boxes.tolist() for image in labelled.images] == [[[80, 30, 120, 70]]]
    assert labelled.problems == ("labels/a.txt line 2: box listed twice, left out",)


def test_pictures_turned_by_exif_are_named(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (HEIGHT, WIDTH)).save(folder / "images" / "b.jpg", exif=exif)
    labels(folder, "1 0.5 0.5 0.2 0.4", "b")
    labelled = read_yolo(data_yaml(folder))
    assert labelled.images[1].boxes.tolist() == [[80, 30, 120, 70]]
    [problem] = labelled.problems
    assert problem.startswith("data.yaml: 1 picture turned by EXIF, such as images/b.jpg; ")
