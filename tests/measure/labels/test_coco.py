import json
from pathlib import Path
from typing import Any

import pytest

from pedcam.measure.labels.base import LabelError, LabelledSet
from pedcam.measure.labels.coco import read_coco

IMAGE = {"id": 7, "file_name": "a.png", "width": 96, "height": 64}


def read(
    folder: Path,
    annotations: list[Any],
    images: list[Any] | None = None,
    categories: list[Any] | None = None,
) -> LabelledSet:
    path = folder / "labels.json"
    document = {"images": [IMAGE] if images is None else images, "annotations": annotations}
    path.write_text(json.dumps(document | ({"categories": categories} if categories else {})))
    return read_coco(path, folder)


def test_boxes_and_ignored_regions(tmp_path: Path) -> None:
    labelled = read(
        tmp_path,
        [
            {"image_id": 7, "bbox": [10, 10, 20, 40]},
            {"image_id": 7, "bbox": [50, 10, 20, 40], "iscrowd": 1},
            {"image_id": 7, "bbox": [50, 10, 20.5, 40], "ignore": 1},
            # Half outside: kept as it is.
            {"image_id": 7, "bbox": [-5, 50, 10, 40]},
        ],
        [IMAGE, {"id": "x", "file_name": "b/c.png"}],
    )
    assert labelled.problems == ()
    first, second = labelled.images
    assert first.path == tmp_path / "a.png"
    assert first.boxes.tolist() == [
        [10, 10, 30, 50], [50, 10, 70, 50], [50, 10, 70.5, 50], [-5, 50, 5, 90]
    ]  # fmt: skip
    assert first.boxes.dtype == "float32"
    assert first.ignored.tolist() == [False, True, True, False]
    assert second.path == tmp_path / "b" / "c.png"
    assert second.boxes.shape == (0, 4)
    assert second.ignored.shape == (0,)


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        ({"image_id": 7, "bbox": [50, 10, 0, 40]}, "a.png: 1 box without area, left out"),
        ({"image_id": 7, "bbox": [50, 10, 5, -4]}, "a.png: 1 box without area, left out"),
        ({"image_id": 7, "bbox": [96, 10, 5, 5]}, "a.png: 1 box out of the picture, left out"),
        ({"image_id": 7, "bbox": [9, -20, 5, 20]}, "a.png: 1 box out of the picture, left out"),
        (
            {"image_id": 7, "bbox": [float("nan"), 10, 5, 5]},
            "a.png: 1 box with impossible coordinates, left out",
        ),
        (
            {"image_id": 7, "bbox": [0, 0, 10**400, 5]},
            "a.png: 1 box with impossible coordinates, left out",
        ),
        (
            {"image_id": 7, "bbox": [0, 0, 1e300, 5]},
            "a.png: 1 box with impossible coordinates, left out",
        ),
        (
            {"image_id": 8, "bbox": [0, 0, 5, 5]},
            "labels.json: 1 annotation of images that are not listed, left out",
        ),
        (
            {"image_id": [7], "bbox": [0, 0, 5, 5]},
            "labels.json: 1 annotation of images that are not listed, left out",
        ),
        (
            {"image_id": 7, "bbox": [0, 0, 5]},
            "labels.json: 1 annotation without a box of four numbers, left out",
        ),
        ({"image_id": 7}, "labels.json: 1 annotation without a box of four numbers, left out"),
        (
            {"image_id": 7, "bbox": [0, 0, None, 5]},
            "labels.json: 1 annotation without a box of four numbers, left out",
        ),
        (5, "labels.json: 1 annotation not an object, left out"),
    ],
)
def test_what_is_wrong_with_an_annotation_is_named(
    tmp_path: Path, annotation: Any, problem: str
) -> None:
    labelled = read(tmp_path, [annotation, {"image_id": 7, "bbox": [1, 2, 3, 4]}])
    assert labelled.problems == (problem,)
    assert labelled.images[0].boxes.tolist() == [[1, 2, 4, 6]]


def test_problems_are_counted(tmp_path: Path) -> None:
    outside = {"image_id": 7, "bbox": [200, 10, 5, 5]}
    assert read(tmp_path, [outside, {"image_id": 1}, outside, {"image_id": 1}]).problems == (
        "labels.json: 2 annotations of images that are not listed, left out",
        "a.png: 2 boxes out of the picture, left out",
    )


def test_without_a_size_no_box_is_outside(tmp_path: Path) -> None:
    for size in ({}, {"width": None, "height": "x"}, {"width": 0, "height": 0}):
        image = {"id": 7, "file_name": "a.png"} | size
        labelled = read(tmp_path, [{"image_id": 7, "bbox": [200, 10, 5, 5]}], [image])
        assert labelled.images[0].boxes.tolist() == [[200, 10, 205, 15]]
        assert labelled.problems == ()


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ({"id": 8}, "has no file name"),
        ({"id": 8, "file_name": ""}, "has no file name"),
        ({"id": 8, "file_name": 3}, "has no file name"),
        ({"id": 8, "file_name": "a\0b"}, "has a null character in its file name"),
        ({"id": 8, "file_name": "\ud800"}, "has a file name that cannot be encoded"),
        ({"file_name": "b.png"}, "has no id"),
        ({"id": {}, "file_name": "b.png"}, "has no id"),
        ({"id": 7, "file_name": "b.png"}, "has the id of an earlier one"),
        ([], "is not an object"),
    ],
)
def test_what_is_wrong_with_an_image_is_named(tmp_path: Path, image: Any, problem: str) -> None:
    labelled = read(tmp_path, [], [IMAGE, image])
    assert [found.path.name for found in labelled.images] == ["a.png"]
    assert labelled.problems == (f"labels.json: image 2 {problem}, left out",)
    if image != {"id": 7, "file_name": "b.png"}:
        with pytest.raises(LabelError, match=f"no images that can be used: .*image 1 {problem}"):
            read(tmp_path, [], [image])


@pytest.mark.parametrize(
    ("said", "ignored"),
    [
        ({"iscrowd": "0"}, False),
        ({"iscrowd": "1"}, True),
        ({"iscrowd": False, "ignore": "true"}, True),
        ({"iscrowd": "", "ignore": None}, False),
        ({"iscrowd": 0.0, "ignore": " False "}, False),
    ],
)
def test_flags_that_are_texts(tmp_path: Path, said: dict[str, Any], ignored: bool) -> None:
    labelled = read(tmp_path, [{"image_id": 7, "bbox": [1, 2, 3, 4], **said}])
    assert labelled.problems == ()
    assert labelled.images[0].ignored.tolist() == [ignored]


@pytest.mark.parametrize("flag", ["maybe", [], {}])
def test_flags_that_say_nothing(tmp_path: Path, flag: Any) -> None:
    person = {"image_id": 7, "bbox": [1, 2, 3, 4]}
    labelled = read(tmp_path, [{**person, "iscrowd": flag}, {**person, "bbox": [9, 2, 3, 4]}])
    assert labelled.images[0].boxes.tolist() == [[9, 2, 12, 6]]
    assert labelled.problems == (
        "labels.json: 1 annotation with an unclear 'iscrowd' or 'ignore', left out",
    )


@pytest.mark.parametrize(
    ("image", "category", "in_image", "in_category"),
    [(7, 1, "7", "1"), ("7", "1", 7, 1), (7, 1.0, 7.0, 1), ("007", "a", "007", "a")],
)
def test_numbers_that_are_texts(
    tmp_path: Path, image: Any, category: Any, in_image: Any, in_category: Any
) -> None:
    labelled = read(
        tmp_path,
        [{"image_id": in_image, "category_id": in_category, "bbox": [1, 2, 3, 4]}],
        [{**IMAGE, "id": image}],
        [{"id": category, "name": "person"}, {"id": 2, "name": "car"}],
    )
    assert labelled.problems == ()
    assert labelled.images[0].boxes.tolist() == [[1, 2, 4, 6]]


def test_categories_that_are_not_listed_are_counted(tmp_path: Path) -> None:
    labelled = read(
        tmp_path,
        [{"image_id": 7, "category_id": key, "bbox": [1, 2, 3, 4]} for key in (1, 2, 3, "01")],
        categories=[{"id": 1, "name": "person"}, {"id": 2, "name": "car"}],
    )
    assert labelled.problems == (
        "labels.json: 2 annotations of categories that are not listed, left out",
    )
    assert len(labelled.images[0].boxes) == 1


def test_what_is_listed_twice_counts_once(tmp_path: Path) -> None:
    person = {"image_id": 7, "bbox": [1, 2, 3, 4]}
    labelled = read(tmp_path, [person, person, {**person, "iscrowd": 1}])
    assert labelled.images[0].ignored.tolist() == [False, True]
    assert labelled.problems == ("a.png: 1 box listed twice, left out",)


def test_names_of_files_as_windows_writes_them(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").touch()
    (tmp_path / "b\\c.png").touch()
    names = ["set\\a.png", "b\\c.png"]
    images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
    found = [image.path for image in read(tmp_path, [], images).images]
    assert found == [tmp_path / "set" / "a.png", tmp_path / "b\\c.png"]


@pytest.mark.parametrize(
    ("names", "counted"),
    [
        (["Person", "car"], [0]),
        (["car", "PEDESTRIAN", "people"], [1, 2]),
        (["pedestrian"], [0]),
        ([], [0, 1]),
    ],
)
def test_only_people_count(tmp_path: Path, names: list[str], counted: list[int]) -> None:
    labelled = read(
        tmp_path,
        [{"image_id": 7, "category_id": n, "bbox": [n, 0, 5, 5]} for n in range(len(names) or 2)],
        categories=[{"id": n, "name": name} for n, name in enumerate(names)],
    )
    assert labelled.images[0].boxes[:, 0].tolist() == counted


def test_no_category_of_people(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"no category 'person'.*\(there are: dog, car\)"):
        read(tmp_path, [], categories=[{"id": 1, "name": "dog"}, {"id": 2, "name": "car"}, {}])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not json", "not COCO json"),
        (b"", "not COCO json"),
        (b"\xff\xfe\x00", "not COCO json"),
        (b"[]", "it is not an object"),
        (b"[" * 100_000, "not COCO json"),
        (b'{"images": []}', "'annotations' is not a list"),
        (b'{"images": {}, "annotations": []}', "'images' is not a list"),
        (b'{"images": [], "annotations": [], "categories": {}}', "'categories' is not a list"),
        (b'{"images": [], "annotations": [], "categories": [1]}', "'categories' is not a list"),
        (b'{"images": [], "annotations": []}', "name no images"),
        (b'{"images": [' + b"9" * 5000 + b'], "annotations": []}', "not COCO json"),
    ],
)
def test_unusable_files(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(content)
    with pytest.raises(LabelError, match=message):
        read_coco(path, tmp_path)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(b'\xef\xbb\xbf{"images": [{"id": 1, "file_name": "a"}], "annotations": []}')
    assert read_coco(path, tmp_path).images[0].path == tmp_path / "a"


def test_unreadable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabelError, match="cannot be read: No such file"):
        read_coco(tmp_path / "none.json", tmp_path)
    with pytest.raises(LabelError, match="not an ordinary file"):
        read_coco(tmp_path, tmp_path)
    with pytest.raises(LabelError, match="impossible name"):
        read_coco(tmp_path / "a\0b", tmp_path)
    (tmp_path / "large.json").write_bytes(b" " * 101)
    monkeypatch.setattr("pedcam.measure.labels.coco.MAX_JSON_BYTES", 100)
    with pytest.raises(LabelError, match="are larger than"):
        read_coco(tmp_path / "large.json", tmp_path)


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ({}, 1),
        ({"vis_ratio": 0.65}, 0.65),
        ({"vis_ratio": 0}, 0),
        ({"vis_ratio": 1}, 1),
        ({"vis_ratio": None}, 1),
        # The box is 20 x 40.
        ({"vis_bbox": [10, 10, 20, 10]}, 0.25),
        ({"visible_bbox": [10, 10, 10, 40]}, 0.5),
        ({"vis_ratio": 0.3, "vis_bbox": [10, 10, 20, 10]}, 0.3),
        ({"vis_ratio": None, "vis_bbox": [10, 10, 20, 10]}, 0.25),
        # Rounded beyond the whole.
        ({"vis_bbox": [9.5, 10, 21, 40]}, 1),
        ({"vis_bbox": [10, 10, 0, 40]}, 0),
        # How Caltech says nothing.
        ({"vis_bbox": [0, 0, 0, 0]}, 1),
    ],
)
def test_visibility(tmp_path: Path, said: dict[str, Any], share: float) -> None:
    labelled = read(
        tmp_path,
        [
            {"image_id": 7, "bbox": [10, 10, 20, 40], **said},
            {"image_id": 7, "bbox": [50, 10, 20, 40], "vis_ratio": 0.5},
        ],
    )
    assert labelled.problems == ()
    assert labelled.images[0].visibility == pytest.approx([share, 0.5])
    assert labelled.images[0].visibility.dtype == "float32"


@pytest.mark.parametrize(
    "said",
    [
        {"vis_ratio": -0.1},
        {"vis_ratio": 1.5},
        {"vis_ratio": True},
        {"vis_ratio": "half"},
        {"vis_ratio": [0.5]},
        {"vis_ratio": float("nan")},
        {"vis_ratio": 10**400},
        {"vis_bbox": [10, 10, -20, 10]},
        {"vis_bbox": [10, 10, 20]},
        {"vis_bbox": "all"},
        {"vis_bbox": {"x": 1}},
        {"vis_bbox": [0, 0, float("inf"), 10]},
        {"vis_bbox": [0, 0, 10**400, 10]},
        {"visible_bbox": [None, 0, 1, 1]},
    ],
)
def test_impossible_visibility(tmp_path: Path, said: dict[str, Any]) -> None:
    labelled = read(tmp_path, [{"image_id": 7, "bbox": [10, 10, 20, 40], **said}])
    assert labelled.problems == (
        "labels.json: 1 annotation with an impossible visibility, taken as fully visible",
    )
    assert len(labelled.images[0].boxes) == 1
    assert labelled.images[0].visibility is None


def test_visibility_stays_with_its_person(tmp_path: Path) -> None:
    labelled = read(
        tmp_path,
        [
            {"image_id": 7, "bbox": [10, 10, 20, 40], "vis_ratio": 0.1},
            {"image_id": 7, "bbox": [10, 10, 0, 40], "vis_ratio": 0.2},
            {"image_id": 8, "bbox": [10, 10, 20, 40], "vis_ratio": 0.3},
            {"image_id": 7, "bbox": [30, 10, 20, 40], "vis_ratio": 0.4},
        ],
    )
    assert labelled.images[0].visibility == pytest.approx([0.1, 0.4])


def test_the_only_class_must_be_people(tmp_path: Path) -> None:
    person = {"image_id": 7, "bbox": [10, 10, 20, 40]}
    with pytest.raises(LabelError) as error:
        read(tmp_path, [person], categories=[{"id": 1, "name": "car"}])
    assert str(error.value) == (
        f"Labels {tmp_path / 'labels.json'} have no category 'person', 'people' or 'pedestrian' "
        "(there are: car). Rename the one that is about people."
    )
    for named in ({"id": 1, "name": "Pedestrian"}, {"id": 1}):
        assert len(read(tmp_path, [person], categories=[named]).images[0].boxes) == 1
