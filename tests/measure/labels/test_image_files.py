from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from pedcam.measure.labels.image_files import picture_header, turned_boxes


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "bmp"])
@pytest.mark.parametrize("orientation", [None, *range(1, 10)])
def test_the_size_is_what_opencv_decodes(
    tmp_path: Path, suffix: str, orientation: int | None
) -> None:
    path = tmp_path / f"a.{suffix}"
    options: dict[str, Any] = {}
    if orientation is not None and suffix != "bmp":
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = orientation
    Image.new("RGB", (40, 20)).save(path, **options)
    # As the cache and the evaluation decode; imread of OpenCV 5.0 fails on turned TIFFs.
    decoded = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert picture_header(path).size == decoded.shape[1::-1]


def test_broken_headers_have_no_size(tmp_path: Path) -> None:
    path = tmp_path / "a"
    exif = Image.Exif()
    exif[0x0112] = 6
    rng = np.random.default_rng(0)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP"):
        Image.new("RGB", (40, 20)).save(path, kind, **({} if kind == "BMP" else {"exif": exif}))
        whole = np.fromfile(path, np.uint8)
        sizes = set()
        for _ in range(100):
            broken = whole.copy()
            broken[rng.integers(0, min(200, len(whole)), 3)] = rng.integers(0, 256, 3)
            broken[: rng.integers(1, len(whole))].tofile(path)
            sizes.add(picture_header(path))
        assert None in sizes


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_turned_as_opencv_turns_the_picture(tmp_path: Path, orientation: int) -> None:
    boxes = np.array([[3, 5, 10, 8], [20, 0, 40, 12]])
    image = np.zeros((30, 40, 3), np.uint8)
    for number, (x1, y1, x2, y2) in enumerate(boxes):
        image[y1:y2, x1:x2, number] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    Image.fromarray(image).save(path, exif=exif)
    shown = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    header = picture_header(path)
    assert header is not None
    assert header.stored_size == (40, 30)
    for number, (x1, y1, x2, y2) in enumerate(turned_boxes(boxes, header)):
        expected = np.zeros_like(shown[:, :, 0])
        expected[y1:y2, x1:x2] = 255
        assert (shown[:, :, number] == expected).all()
