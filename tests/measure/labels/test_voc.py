from itertools import pairwise
from pathlib import Path

import pytest

from pedcam.measure.labels.base import LabelError
from pedcam.measure.labels.voc import read_voc

SIZE = "<size><width>200</width><height>100</height><depth>3</depth></size>"


def thing(
    corners: str = "<xmin>11</xmin><ymin>21</ymin><xmax>30</xmax><ymax>60</ymax>",
    name: str = "person",
    extra: str = "",
) -> str:
    return f"<object><name>{name}</name>{extra}<bndbox>{corners}</bndbox></object>"


def write(path: Path, inner: str, filename: str = "<filename>a.png</filename>") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<annotation>{filename}{SIZE}{inner}</annotation>")


def corners(x1: object, y1: object, x2: object, y2: object) -> str:
    return f"<xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.png").touch()
    return tmp_path


def test_boxes_count_from_one_and_inclusive(folder: Path) -> None:
    write(
        folder / "a.xml",
        thing(corners(1, 1, 200, 100))
        + thing(corners(11, 21, 11, 60.5), "Pedestrian")
        + thing(name="dog")
        + thing(name="people", extra="<difficult>1</difficult>")
        + thing(extra="<ignore> 1 </ignore>")
        + thing(extra="<difficult>0</difficult>")
        # Half outside: kept as it is.
        + thing(corners(-9, 1, 10, 10)),
    )
    labelled = read_voc(folder)
    assert labelled.problems == ()
    [image] = labelled.images
    assert image.path == folder / "a.png"
    inside = [10, 20, 30, 60]
    assert image.boxes.tolist() == [
        [0, 0, 200, 100], [10, 20, 11, 60.5], inside, inside, inside, [-10, 0, 10, 10]
    ]  # fmt: skip
    assert image.ignored.tolist() == [False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        (thing(corners(20, 1, 19, 5)), "1 box without area"),
        (thing(corners(201, 1, 210, 5)), "1 box out of the picture"),
        (thing(corners(201, 1, 210, 5)) * 2, "2 boxes out of the picture"),
        (thing(corners("nan", 1, 210, 5)), "1 box with impossible coordinates"),
        (thing(corners(1, 1, "1e400", 5)), "1 box with impossible coordinates"),
        (thing(corners("", 1, 10, 5)), "1 object without a box of four numbers"),
        (thing(corners("a", 1, 10, 5)), "1 object without a box of four numbers"),
        (thing("") * 2, "2 objects without a box of four numbers"),
        ("<object><name>person</name></object>", "1 object without a box of four numbers"),
        (
            thing(extra="<difficult>x</difficult>"),
            "1 object with an unclear 'difficult' or 'ignore'",
        ),
    ],
)
def test_what_is_wrong_with_an_object_is_named(folder: Path, inner: str, problem: str) -> None:
    write(folder / "a.xml", thing() + inner)
    labelled = read_voc(folder)
    assert labelled.problems == (f"a.xml: {problem}, left out",)
    assert labelled.images[0].boxes.tolist() == [[10, 20, 30, 60]]


@pytest.mark.parametrize("size", ["", "<size/>", "<size><width>x</width><height>1</height></size>"])
def test_without_a_size_no_box_is_outside(folder: Path, size: str) -> None:
    text = f"<annotation>{size}{thing(corners(201, 1, 210, 5))}</annotation>"
    (folder / "a.xml").write_text(text)
    assert read_voc(folder).images[0].boxes.tolist() == [[200, 0, 210, 5]]


@pytest.mark.parametrize(
    ("labels", "picture", "filename"),
    [
        ("a.xml", "a.png", "<filename>a.png</filename>"),
        ("a.xml", "b.png", "<filename>b.png</filename>"),
        ("a.xml", "images/a.png", "<filename>a.png</filename>"),
        ("Annotations/a.xml", "JPEGImages/b.jpg", "<filename>b.jpg</filename>"),
        ("Annotations/a.xml", "images/b.jpg", "<filename>b.jpg</filename>"),
        ("Annotations/a.xml", "Annotations/b.jpg", "<filename>b.jpg</filename>"),
        ("Annotations/a.xml", "b.jpg", "<filename>b.jpg</filename>"),
        # By the name of the xml file, where 'filename' is of no use.
        ("a.xml", "a.jpg", "<filename>a</filename>"),
        ("a.xml", "a.JPG", ""),
        ("a.xml", "a.webp", "<filename/>"),
        ("a.xml", "a.jpeg", "<filename>C:\\photos\\b.jpeg</filename>"),
        ("a.xml", "b.jpeg", "<filename>C:\\photos\\b.jpeg</filename>"),
        ("a.xml", "b.png", "<filename>/home/her/b.png</filename>"),
        ("a.xml", "a.png", f"<filename>{'x' * 5000}</filename>"),
    ],
)
def test_where_pictures_are_found(tmp_path: Path, labels: str, picture: str, filename: str) -> None:
    write(tmp_path / labels, "", filename)
    (tmp_path / picture).parent.mkdir(exist_ok=True)
    (tmp_path / picture).touch()
    assert [image.path for image in read_voc(tmp_path).images] == [tmp_path / picture]


def test_a_picture_of_the_same_name_beats_one_that_is_named(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    write(tmp_path / "a.xml", thing())
    write(tmp_path / "b.xml", thing(corners(1, 1, 20, 20)))
    labelled = read_voc(tmp_path)
    assert [(image.path.name, len(image.boxes)) for image in labelled.images] == [
        ("a.png", 1),
        ("b.png", 1),
    ]
    [problem] = labelled.problems
    assert "1 xml file with another picture's 'filename', taken to be about" in problem


def test_the_picture_of_another_file_is_not_used(folder: Path) -> None:
    write(folder / "a.xml", thing())
    write(folder / "b.xml", thing(corners(1, 1, 20, 20)))
    labelled = read_voc(folder)
    assert [image.boxes.tolist() for image in labelled.images] == [[[10, 20, 30, 60]]]
    assert labelled.problems == ("b.xml: its picture was not found, left out",)


def test_two_files_about_one_picture_are_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "c.png").touch()
    write(tmp_path / "a.xml", thing(), "<filename>c.png</filename>")
    write(tmp_path / "b.xml", thing() + thing(corners(1, 1, 20, 20)), "<filename>c.png</filename>")
    [image] = read_voc(tmp_path).images
    assert image.boxes.tolist() == [[10, 20, 30, 60], [0, 0, 20, 20]]


@pytest.mark.parametrize(
    ("flag", "ignored"),
    [("1", True), ("True", True), ("yes", True), ("0", False), ("False", False)],
)
def test_flags(folder: Path, flag: str, ignored: bool) -> None:
    write(folder / "a.xml", thing(extra=f"<difficult>{flag}</difficult>"))
    assert read_voc(folder).images[0].ignored.tolist() == [ignored]


def test_the_folder_of_labels_itself_and_a_folder_of_pictures(tmp_path: Path) -> None:
    write(tmp_path / "Annotations" / "a.xml", "")
    for name in ("JPEGImages", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").touch()
    [image] = read_voc(tmp_path / "Annotations").images
    assert image.path == tmp_path / "JPEGImages" / "a.png"
    [image] = read_voc(tmp_path, tmp_path / "elsewhere").images
    assert image.path == tmp_path / "elsewhere" / "a.png"


BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + "]><annotation>&i;</annotation>"
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<annotation>",
        b"<html/>",
        b"\0",
        b'<?xml version="1.0" encoding="none"?><annotation/>',
        b'<?xml version="1.0" encoding="utf-7"?><annotation/>',
        BOMB.encode(),
        b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><annotation>&a;</annotation>',
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b"<annotation>" + b" " * 2**22,
        None,
    ],
    ids=[
        "empty",
        "text",
        "open",
        "html",
        "null",
        "encoding",
        "utf-7",
        "bomb",
        "external",
        "deep",
        "large",
        "folder",
    ],
)
def test_unreadable_files_leave_their_picture_out(folder: Path, content: bytes | None) -> None:
    path = folder / "sub.xml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(LabelError, match=r"can be used: sub\.xml: cannot be read"):
        read_voc(folder)
    write(folder / "a.xml", thing())
    labelled = read_voc(folder)
    assert labelled.problems == ("sub.xml: cannot be read, its picture is left out",)
    assert [image.path.name for image in labelled.images] == ["a.png"]


def test_missing_pictures_and_people_are_named(folder: Path) -> None:
    write(folder / "a.xml", thing(name="dog") + thing(name="cat") + thing(name="dog"))
    write(folder / "b.xml", thing(), "<filename>b.png</filename>")
    labelled = read_voc(folder)
    assert labelled.problems[0] == "b.xml: its picture was not found, left out"
    assert "no object is called person" in labelled.problems[1]
    assert "(there are: dog, cat)" in labelled.problems[1]
    assert labelled.images[0].boxes.shape == (0, 4)
    with pytest.raises(LabelError, match="holds no xml files"):
        read_voc(folder / "none")
