import errno
import os
import pickle
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.measure.labels.base import LabelledImage
from pedcam.measure.labels.image_files import ends_too_soon
from training.data import cache as module
from training.data.cache import DataError, ImageCache


def labelled(path: Path, boxes: list[list[float]], ignored: list[bool] | None = None):
    return LabelledImage(
        path,
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(ignored or [False] * len(boxes), bool),
    )


@pytest.fixture
def images(tmp_path: Path) -> list[LabelledImage]:
    found = []
    for index in range(5):
        path = tmp_path / f"{index}.png"
        cv2.imwrite(str(path), np.full((40 + 8 * index, 60, 3), 30 * index, np.uint8))
        found.append(labelled(path, [[5, 5, 15, 35]] * index))
    return found


def test_returns_what_was_decoded(images: list[LabelledImage], tmp_path: Path) -> None:
    cache = ImageCache(images, tmp_path / "cache")
    assert len(cache) == 5
    pixels, boxes, labels = cache[3]
    assert pixels.shape == (64, 60, 3)
    assert (pixels == 90).all()
    assert boxes.tolist() == [[5, 5, 15, 35]] * 3
    assert labels.tolist() == [1, 1, 1]
    assert cache.kept.tolist() == [0, 1, 2, 3, 4]
    assert cache.problems == []
    assert cache.count() == (10, 0)


def test_is_reused_until_a_file_changes(
    images: list[LabelledImage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ImageCache(images, tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    os.utime(file, (1, 1))
    decoded = []
    decode = module._decode

    def count(path: Path):
        decoded.append(path.name)
        return decode(path)

    monkeypatch.setattr(module, "_decode", count)
    again = ImageCache(images, tmp_path / "cache")
    assert (again[3][0] == 90).all()
    assert decoded == []
    # Being used is what saves it from being removed.
    assert file.stat().st_mtime > time.time() - 60

    cv2.imwrite(str(images[0].path), np.full((30, 60, 3), 200, np.uint8))
    changed = ImageCache(images, tmp_path / "cache")
    assert len(decoded) == 5
    assert (changed[0][0] == 200).all()


def test_an_image_named_twice_is_kept_once(images: list[LabelledImage], tmp_path: Path) -> None:
    twice = [images[4], images[1], labelled(images[4].path, [[0, 0, 9, 9]], [True])]
    cache = ImageCache(twice, tmp_path / "cache")
    assert len(cache) == 3
    assert [cache[i][0].shape[0] for i in range(3)] == [72, 48, 72]
    assert cache[2][2].tolist() == [-1]
    (file,) = (tmp_path / "cache").iterdir()
    # Two rows of four numbers of 8 bytes, then the pixels.
    assert file.stat().st_size == 2 * 4 * 8 + 3 * 60 * (72 + 48)


def test_unreadable_images_are_named_and_left_out(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    names = ("text.jpg", "empty.jpg", "missing.jpg", "folder.jpg", "a\0b.jpg", "\udcff.jpg")
    bad = [labelled(tmp_path / name, []) for name in names]
    cache = ImageCache([*bad, *images], tmp_path / "cache")
    ends = [problem.removeprefix(f"{tmp_path}{os.sep}") for problem in cache.problems]
    assert ends[:4] == [
        "text.jpg: cannot be read as a picture, left out",
        "empty.jpg: cannot be read as a picture, left out",
        "missing.jpg: does not exist, left out",
        "folder.jpg: does not exist, left out",
    ]
    assert len(ends) == 6
    assert all(end.isprintable() for end in ends)
    assert cache.kept.tolist() == [6, 7, 8, 9, 10]
    assert cache[4][0].shape == (72, 60, 3)
    with pytest.raises(DataError, match=r"None of the 6 training images .*text\.jpg"):
        ImageCache(bad, tmp_path / "cache")
    with pytest.raises(DataError, match="training set is empty"):
        ImageCache([], tmp_path / "cache")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_pictures_that_end_too_soon_are_named_and_left_out(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(256, size=(64, 96, 3), dtype=np.uint8)
    content = cv2.imencode(suffix, noise)[1].tobytes()
    found = []
    for share in (2, 30, 50, 90, 99):
        path = tmp_path / f"{share}{suffix}"
        path.write_bytes(content[: len(content) * share // 100])
        found.append(labelled(path, [[10, 10, 40, 60]]))
    (tmp_path / f"whole{suffix}").write_bytes(content)
    found.append(labelled(tmp_path / f"whole{suffix}", [[10, 10, 40, 60]]))
    cache = ImageCache(found, tmp_path / "cache")
    reason = "is a truncated JPEG file" if suffix == ".jpg" else "cannot be read as a picture"
    assert cache.problems == [f"{image.path}: {reason}, left out" for image in found[:5]]
    assert cache.kept.tolist() == [5]
    assert (cache[0][0] == cv2.imdecode(np.frombuffer(content, np.uint8), 1)).all()


HEADER = b"\xff\xd8\xff\xe1\x00\x06\xff\xd8\xff\xd9"  # with a small picture in it
SCAN = b"\xff\xda\x00\x02\x12\xff\x00\x34\xff\xd0\x56"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEADER + SCAN + b"\xff\xd9", False),
        (HEADER + SCAN + b"\xff\xd9" + bytes(100), False),
        (HEADER + SCAN + b"\xff\xd9 what a phone appends", False),
        (HEADER + b"\xff" + SCAN + b"\xff\xd9", False),
        (HEADER + SCAN, True),
        (HEADER + SCAN + b"\xff", True),
        (HEADER + SCAN + bytes(100), True),
        (HEADER + b"\xff" + SCAN, True),
        (HEADER, True),
        (HEADER[:8], True),
        (HEADER[:3], True),
        (HEADER + b"rubbish", False),
        (b"\x89PNG\r\n", False),
        (b"", False),
    ],
)
def test_jpeg_files_without_an_end(content: bytes, expected: bool) -> None:
    assert ends_too_soon(content) == expected


def test_a_truncated_jpeg_is_none_whatever_the_decoder_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.cv2, "imdecode", lambda *_: np.zeros((64, 96, 3), np.uint8))
    for name, content in (("half.jpg", HEADER + SCAN), ("whole.jpg", HEADER + SCAN + b"\xff\xd9")):
        (tmp_path / name).write_bytes(content)
    found = [labelled(tmp_path / name, []) for name in ("half.jpg", "whole.jpg")]
    cache = ImageCache(found, tmp_path / "cache")
    assert cache.problems == [f"{tmp_path / 'half.jpg'}: is a truncated JPEG file, left out"]
    assert cache.kept.tolist() == [1]


def test_large_images_shrink_with_their_boxes(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "big.png"), np.zeros((100, 4096, 3), np.uint8))
    big = labelled(tmp_path / "big.png", [[100, 10, 300, 90]], [True])
    pixels, boxes, labels = ImageCache([big], tmp_path / "cache")[0]
    assert pixels.shape == (50, 2048, 3)
    assert boxes.tolist() == [[50, 5, 150, 45]]
    assert labels.tolist() == [-1]


def test_boxes_are_cut_to_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((40, 60, 3), np.uint8))
    boxes = [
        [-10, -5, 20, 30],  # beyond two sides
        [50, 10, 80, 60],  # beyond the other two
        [60, 10, 80, 30],  # touches the right side
        [10, -30, 20, 0.5],  # half a row
        [30, 20, 30, 40],  # without area
        [np.nan, 0, 10, 10],
    ]
    cache = ImageCache([labelled(path, boxes, [True] + 5 * [False])], tmp_path / "cache")
    _, kept, labels = cache[0]
    assert kept.tolist() == [[0, 0, 20, 30], [50, 10, 60, 40]]
    assert labels.tolist() == [-1, 1]
    assert cache.problems == [f"{path}: 4 boxes out of the picture of 60x40 pixels, left out"]
    assert cache.count() == (1, 1)


def test_damaged_files_are_decoded_anew(images: list[LabelledImage], tmp_path: Path) -> None:
    ImageCache(images, tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[:50], whole[:-1], whole + b"x", b"\xff" * len(whole)):
        file.write_bytes(damaged)
        assert (ImageCache(images, tmp_path / "cache")[3][0] == 90).all()
        assert file.read_bytes() == whole


def test_only_what_nobody_used_for_a_month_is_removed(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    key = "0123456789abcdef"
    old = [folder / f"{key}{end}" for end in (".pixels", ".npy", ".99.tmp", ".99.tmp.npy")]
    names = (f"a{key[1:]}.pixels", "notes.tmp", "photos.npy", f"walkers/{key}.pixels", f"{key}.png")
    kept = [folder / name for name in names]
    (folder / "walkers").mkdir(parents=True)
    for path in (*old, *kept):
        path.touch()
        days = 29 if path == kept[0] else 31
        os.utime(path, (time.time() - 86400 * days,) * 2)
    os.utime(folder / "walkers", (0, 0))
    ImageCache(images, folder)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)


class FullDisk:
    """A file that takes the first bytes only."""

    def __init__(self, file, number: int) -> None:
        self._file, self._number = file, number

    def write(self, data) -> int:
        if self._file.tell() > 1000:
            raise OSError(self._number, os.strerror(self._number))
        return self._file.write(data)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, r"no space left for the 5 decoded images in .*cache.*--set data\.cache="),
        (errno.EIO, r"cannot be kept in .*cache \(.+\).*--set data\.cache="),
    ],
)
def test_a_full_disk_is_named_and_left_clean(
    number: int,
    message: str,
    images: list[LabelledImage],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decode_all = module._decode_all
    monkeypatch.setattr(
        module, "_decode_all", lambda paths, file: decode_all(paths, FullDisk(file, number))
    )
    with pytest.raises(DataError, match=message):
        ImageCache(images, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_folder_that_cannot_be_made(images: list[LabelledImage], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be kept in .*file.*data\.cache"):
        ImageCache(images, tmp_path / "file")


def test_runs_that_start_at_once(images: list[LabelledImage], tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        caches = list(pool.map(lambda _: ImageCache(images, tmp_path / "cache"), range(16)))
    for cache in caches:
        assert [int(cache[i][0][0, 0, 0]) for i in range(5)] == [0, 30, 60, 90, 120]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_workers_are_not_sent_the_pixels(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((500, 500, 3), 9, np.uint8))
    cache = ImageCache([labelled(tmp_path / "a.png", [])], tmp_path / "cache")
    assert (cache[0][0] == 9).all()
    sent = pickle.dumps(cache)
    assert len(sent) < 10_000
    assert (pickle.loads(sent)[0][0] == 9).all()
    shutil.rmtree(tmp_path / "cache")
