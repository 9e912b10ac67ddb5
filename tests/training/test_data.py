from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pedcam.measure.labels import LabelledImage
from training.augment import AugmentConfig
from training.cache import DataError, ImageCache
from training.data import FittedViews, RandomViews, batches


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


def test_cache_returns_what_was_decoded_and_is_reused(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    cache = ImageCache(images, tmp_path / "cache")
    assert len(cache) == 5
    pixels, boxes, kinds = cache[3]
    assert pixels.shape == (64, 60, 3)
    assert (pixels == 90).all()
    assert boxes.tolist() == [[5, 5, 15, 35]] * 3
    assert kinds.tolist() == [1, 1, 1]
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    again = ImageCache(images, tmp_path / "cache")
    assert np.array_equal(again[3][0], pixels)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()} == files


def test_unreadable_images_are_named_and_left_out(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    bad = [labelled(tmp_path / name, []) for name in ("text.jpg", "empty.jpg", "missing.jpg")]
    cache = ImageCache([*bad, *images], tmp_path / "cache")
    assert [path.name for path in cache.unreadable] == ["text.jpg", "empty.jpg", "missing.jpg"]
    assert len(cache) == 5
    assert cache[4][0].shape == (72, 60, 3)
    with pytest.raises(DataError, match=r"None of the 3 training images .*text\.jpg"):
        ImageCache(bad, tmp_path / "cache")
    with pytest.raises(DataError, match="training set is empty"):
        ImageCache([], tmp_path / "cache")


def test_large_images_shrink_with_their_boxes(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "big.png"), np.zeros((100, 4096, 3), np.uint8))
    big = labelled(tmp_path / "big.png", [[100, 10, 300, 90]], [True])
    pixels, boxes, kinds = ImageCache([big], tmp_path / "cache")[0]
    assert pixels.shape == (50, 2048, 3)
    assert boxes.tolist() == [[50, 5, 150, 45]]
    assert kinds.tolist() == [-1]


def views(images: list[LabelledImage], folder: Path, plain_from: int = 10**9) -> RandomViews:
    cache = ImageCache(images, folder / "cache")
    return RandomViews(cache, (64, 48), AugmentConfig(), seed=7, plain_from=plain_from)


def test_views_depend_on_their_number_only(images: list[LabelledImage], tmp_path: Path) -> None:
    first, second = views(images, tmp_path), views(images, tmp_path)
    straight = [first[i] for i in range(12)]
    for i in reversed(range(12)):
        item = second[i]
        assert torch.equal(item.image, straight[i].image)
        assert torch.equal(item.boxes, straight[i].boxes)
        assert torch.equal(item.kinds, straight[i].kinds)


def test_loader_resumes_with_the_same_batches(images: list[LabelledImage], tmp_path: Path) -> None:
    made = views(images, tmp_path)
    whole = list(batches(made, 0, 4, 3, workers=0))
    rest = list(batches(made, 2, 4, 3, workers=2))
    assert len(whole) == 4
    for a, b in zip(whole[2:], rest, strict=True):
        assert torch.equal(a.images, b.images)
        assert torch.equal(a.boxes, b.boxes)
        assert torch.equal(a.kinds, b.kinds)
    assert whole[0].images.shape == (3, 3, 48, 64)
    assert whole[0].images.dtype == torch.uint8


def test_every_image_comes_up_once_an_epoch(images: list[LabelledImage], tmp_path: Path) -> None:
    made = views(images, tmp_path, plain_from=0)
    config = AugmentConfig(log_scale=(0, 0), log_aspect=0, brightness=0, hue=0, saturation=0,
                           gray=0, blur=0, noise=0)  # fmt: skip
    made._config = config
    middles = [int(made[i].image[0].median()) for i in range(10)]
    assert sorted(middles[:5]) == sorted(middles[5:]) == [0, 30, 60, 90, 120]


def test_fitted_views_are_letterboxed(images: list[LabelledImage], tmp_path: Path) -> None:
    fitted = FittedViews(ImageCache(images, tmp_path / "cache"), (96, 64))
    assert len(fitted) == 5
    item = fitted[3]  # 60 x 64: scale 1, 18 columns of padding on the left
    assert item.boxes.tolist() == [[23, 5, 33, 35]] * 3
    assert (item.image[:, :, :18] == 114).all()
    assert (item.image[:, :, 18:78] == 90).all()
    last = list(batches(fitted, 0, 2, 3, workers=0, last=5))[-1]
    assert last.images.shape[0] == 2
