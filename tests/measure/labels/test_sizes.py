"""Labels that speak of other pictures than those that are there, through every reader of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pedcam.measure.labels.base import LabelError, LabelledSet
from pedcam.measure.labels.read import read_labels

WIDE = (400, 200)
# x1 y1 x2 y2 in the picture of 400 x 200: one to the right of 200, as people are anywhere.
PEOPLE = [[300.0, 100, 340, 190], [20, 50, 50, 150], [200, 20, 240, 120]]
NEAR = [[20.0, 50, 50, 95], [100, 10, 130, 90]]  # within 200 x 100
CROWD = [*NEAR, [40, 20, 60, 70], [150, 30, 180, 90]]


def picture(path: Path, size: tuple[int, int] = WIDE, orientation: int = 1) -> None:
    """A picture that is shown in this size."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = size[::-1] if orientation >= 5 else size
    Image.new("RGB", stored).save(path, exif=exif)


def coco(folder: Path, size: Any, boxes: list[list[float]]) -> None:
    announced = {} if size is None else {"width": size[0], "height": size[1]}
    (folder / "labels.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.jpg", **announced}],
                "annotations": [
                    {"image_id": 1, "bbox": [x1, y1, x2 - x1, y2 - y1]} for x1, y1, x2, y2 in boxes
                ],
            }
        )
    )


def voc(folder: Path, size: Any, boxes: list[list[float]]) -> None:
    announced = "" if size is None else f"<width>{size[0]}</width><height>{size[1]}</height>"
    people = "".join(
        f"<object><name>person</name><bndbox><xmin>{x1 + 1}</xmin><ymin>{y1 + 1}</ymin>"
        f"<xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
        for x1, y1, x2, y2 in boxes
    )
    (folder / "a.xml").write_text(f"<annotation><size>{announced}</size>{people}</annotation>")


@pytest.fixture(params=[coco, voc])
def write(request: pytest.FixtureRequest) -> Any:
    return request.param


def scaled(boxes: list[list[float]], factor: float) -> list[list[float]]:
    return [[factor * value for value in box] for box in boxes]


def lying(boxes: list[list[float]]) -> list[list[float]]:
    """Boxes in 200 x 400, as stored, of which orientation 6 makes the given ones in 400 x 200."""
    return [[y1, 400 - x2, y2, 400 - x1] for x1, y1, x2, y2 in boxes]


def check(labelled: LabelledSet, boxes: list[list[float]], *words: str) -> None:
    assert labelled.images[0].boxes == pytest.approx(np.array(boxes).reshape(-1, 4), abs=1e-3)
    assert len(labelled.problems) == bool(words)
    for word in words:
        assert word in labelled.problems[0]


@pytest.mark.parametrize(
    ("said", "file", "boxes", "expected", "word"),
    [
        # Pictures made smaller or larger, and boxes that only fit what the labels say.
        ((800, 400), WIDE, scaled(PEOPLE, 2), PEOPLE, "scaled to the files"),
        ((1600, 800), WIDE, scaled(PEOPLE, 4), PEOPLE, "scaled to the files"),
        # So many that they would show it if they were of the larger picture.
        ((200, 100), WIDE, CROWD, scaled(CROWD, 2), "scaled to the files"),
        # Sizes that were left as they were, with boxes that only fit the files.
        ((200, 100), WIDE, PEOPLE, PEOPLE, "taken as they are"),
        ((800, 400), WIDE, CROWD, CROWD, "taken as they are"),
        ((100, 100), WIDE, PEOPLE, PEOPLE, "taken as they are"),
        # Lines that a codec adds, of which there are too few to tell anything.
        ((400, 202), (400, 200), PEOPLE, PEOPLE, ""),
        ((1600, 792), (1600, 800), scaled(PEOPLE, 4), scaled(PEOPLE, 4), "taken as they are"),
        # Rounded by the tools.
        ((401, 198), WIDE, PEOPLE, PEOPLE, ""),
        (None, WIDE, PEOPLE, PEOPLE, ""),
    ],
)
def test_another_size(
    tmp_path: Path, write: Any, said: Any, file: Any, boxes: Any, expected: Any, word: str
) -> None:
    picture(tmp_path / "a.jpg", file)
    write(tmp_path, said, boxes)
    words = (word, "1 picture is not of the size") if word else ()
    check(read_labels(tmp_path), expected, *words)


@pytest.mark.parametrize(
    ("said", "boxes", "expected", "word"),
    [
        # Boxes of the picture as it is shown, with the size of the stored one.
        ((200, 400), PEOPLE, PEOPLE, "taken as they are"),
        # Boxes of the stored picture, of half of it, and of one whose size nobody tells.
        ((200, 400), lying(PEOPLE), PEOPLE, "turned with them"),
        ((100, 200), scaled(lying(CROWD), 0.5), CROWD, "turned with them"),
        (None, lying(PEOPLE), PEOPLE, "turned with them"),
        # Nothing tells, but it is what most tools do.
        (None, NEAR, NEAR, "as they are shown"),
        # All is well.
        (WIDE, PEOPLE, PEOPLE, ""),
    ],
)
def test_turned_by_exif(
    tmp_path: Path, write: Any, said: Any, boxes: Any, expected: Any, word: str
) -> None:
    picture(tmp_path / "a.jpg", orientation=6)
    write(tmp_path, said, boxes)
    check(read_labels(tmp_path), expected, *((word, "1 picture is turned by EXIF") if word else ()))


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_a_size_says_nothing_of_half_a_turn(tmp_path: Path, write: Any, orientation: int) -> None:
    picture(tmp_path / "a.jpg", orientation=orientation)
    write(tmp_path, WIDE, PEOPLE)
    check(read_labels(tmp_path), PEOPLE, "1 picture is turned by EXIF", "as they are shown")


@pytest.mark.parametrize(
    ("said", "orientation", "boxes"),
    [
        ((200, 400), 6, NEAR),
        ((640, 640), 1, PEOPLE),
        ((640, 640), 1, NEAR),
        ((200, 100), 1, NEAR[:1]),
        ((800, 400), 1, NEAR[:1]),
        ((800, 400), 1, [[float("nan"), 1, 2, 3]]),
    ],
)
def test_what_cannot_be_told_is_left_out(
    tmp_path: Path, write: Any, said: Any, orientation: int, boxes: Any
) -> None:
    picture(tmp_path / "a.jpg", orientation=orientation)
    write(tmp_path, said, boxes)
    with pytest.raises(LabelError, match=r"what the boxes are measured in cannot be told"):
        read_labels(tmp_path)
    # Nobody there is nobody in any size.
    write(tmp_path, said, [])
    check(read_labels(tmp_path), [])


def test_shares_of_the_picture_are_no_pixels(tmp_path: Path, write: Any) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path, WIDE, [[x1 / 400, y1 / 200, x2 / 400, y2 / 200] for x1, y1, x2, y2 in PEOPLE])
    if write is coco:
        with pytest.raises(LabelError, match="all boxes are smaller than a pixel"):
            read_labels(tmp_path)


def test_two_corners_in_place_of_width_and_height(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    coco(tmp_path, WIDE, [[x1, y1, x1 + x2, y1 + y2] for x1, y1, x2, y2 in PEOPLE])
    [problem] = read_labels(tmp_path).problems
    assert problem.startswith("labels.json: 1 of 3 boxes reach far beyond their pictures; check ")


def test_a_picture_that_is_listed_twice_is_one(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "./a.jpg"}],
        "annotations": [
            {"image_id": 1, "bbox": [10, 10, 20, 40]},
            {"image_id": 2, "bbox": [10, 10, 20, 40]},
            {"image_id": 2, "bbox": [50, 10, 20, 40]},
        ],
    }
    (tmp_path / "labels.json").write_text(json.dumps(document))
    labelled = read_labels(tmp_path)
    assert [image.boxes.tolist() for image in labelled.images] == [
        [[10, 10, 30, 50], [50, 10, 70, 50]]
    ]
    assert labelled.problems == (
        "a.jpg: 1 box listed twice, left out",
        "labels.json: 1 picture is listed twice, taken as one each",
    )
