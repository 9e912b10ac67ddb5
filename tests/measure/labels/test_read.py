"""Which reader is picked, and what all of them share."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.measure.labels.base import LabelError, People, listed, printable
from pedcam.measure.labels.read import read_labels

COCO = '{"images": [{"id": 1, "file_name": "a.png"}], "annotations": []}'
YOLO = "{names: [person], train: images, val: more}"
VOC = "<annotation><filename>a.png</filename></annotation>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place in (".", "images", "more"):
        (tmp_path / place).mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / place / "a.png"), np.zeros((10, 20, 3), np.uint8))
    return tmp_path


@pytest.mark.parametrize(
    ("files", "labels", "picture"),
    [
        ({"x.json": COCO}, "x.json", "a.png"),
        ({"x.JSON": COCO}, "", "a.png"),
        ({"x.yaml": YOLO}, "x.yaml", "images/a.png"),
        ({"x.yml": YOLO}, "x.yml", "images/a.png"),
        ({"data.yaml": YOLO, "x.json": COCO, "y.xml": VOC}, "", "images/a.png"),
        ({"data.yml": YOLO}, "", "images/a.png"),
        ({"x.xml": VOC, "x.json": COCO}, "", "images/a.png"),
        ({"Annotations/x.xml": VOC}, "", "images/a.png"),
    ],
)
def test_the_form_is_recognised(
    folder: Path, files: dict[str, str], labels: str, picture: str
) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    assert [image.path for image in read_labels(folder / labels).images] == [folder / picture]
    more = read_labels(folder / labels, folder / "more").images
    assert [image.path for image in more] == [folder / "more" / "a.png"]


@pytest.mark.parametrize(
    ("name", "content"), [("x.json", COCO), ("x.xml", VOC), ("data.yaml", YOLO)]
)
def test_what_macos_leaves_beside_files_is_no_label(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    for hidden in (f"._{name}", "images/._a.png", "images/.thumbnails/b.png", "__MACOSX/c.png"):
        (folder / hidden).parent.mkdir(exist_ok=True)
        (folder / hidden).write_bytes(b"\0\5\26\7 Mac OS X")
    labelled = read_labels(folder)
    assert [image.path.name for image in labelled.images] == ["a.png"]
    assert not any("._" in problem or "cannot be read" in problem for problem in labelled.problems)


def test_the_part_is_passed_on(folder: Path) -> None:
    (folder / "data.yaml").write_text(YOLO)
    assert read_labels(folder, split="val").images[0].path == folder / "more" / "a.png"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("", r"holds 2 \.json files and no other labels\. Name a COCO .*YOLO .*Pascal VOC"),
        ("images", "holds no labels. Name"),
        ("a.png", "of no form that is understood. Name a COCO .*YOLO .*Pascal VOC"),
        ("none", "do not exist. Name a COCO"),
        ("none.json", "cannot be read"),
        ("none.yaml", "cannot be read"),
        ("a\0b", "do not exist"),
        ("a\0b.json", "cannot be read"),
        ("\ud800.json", "cannot be read"),
    ],
)
def test_labels_of_no_known_form(folder: Path, labels: str, message: str) -> None:
    for name in ("x.json", "y.json"):
        (folder / name).write_text(COCO)
    with pytest.raises(LabelError, match=message):
        read_labels(folder / labels)


def test_a_missing_folder_of_pictures(folder: Path) -> None:
    (folder / "x.json").write_text(COCO)
    with pytest.raises(LabelError, match="none, named for the pictures, does not exist"):
        read_labels(folder / "x.json", folder / "none")


def test_a_sliver_that_float32_loses_has_no_area() -> None:
    people = People()
    # Between 2**23 and 2**24 float32 knows whole numbers only.
    assert people.add((9e6, 0, 9e6 + 0.25, 5)) == "without area"
    assert people.add((9e6, 0, 9e6 + 1, 5)) is None
    assert people.problems("a") == ["a: 1 box without area, left out"]


def test_text_from_strangers_is_shown_as_one_bounded_line() -> None:
    mark = "\N{REPLACEMENT CHARACTER}"
    assert printable("a\nb\x1b[31m\ud800é") == f"a{mark}b{mark}[31m{mark}é"
    assert printable("x" * 300) == "x" * 197 + "..."
    assert listed(["a", 3, None, "b\n"]) == f"a, b{mark}"
    assert listed(f"{n}" for n in range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert listed([]) == "none"


def test_visibility_is_kept_where_it_is_known() -> None:
    people = People()
    people.add((0, 0, 10, 20))
    people.add((5, 0, 15, 20), visibility=0.25)
    people.add((0, 0, 0, 20), visibility=0.5)
    assert people.labelled_image(Path("a.png")).visibility.tolist() == [1, 0.25]
    people = People()
    people.add((0, 0, 10, 20))
    assert people.labelled_image(Path("a.png")).visibility is None
