from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pedcam.measure.labels.base import LabelledImage
from training.config import AugmentConfig
from training.data import loader as data
from training.data.cache import ImageCache
from training.data.loader import TrainDataset, ValDataset, WholePictures, batches, draw_counts


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


def views(images: list[LabelledImage], folder: Path, plain_from: int = 10**9) -> TrainDataset:
    cache = ImageCache(images, folder / "cache")
    return TrainDataset(cache, (64, 48), AugmentConfig(), seed=7, plain_from=plain_from)


def test_views_depend_on_their_number_only(images: list[LabelledImage], tmp_path: Path) -> None:
    first, second = views(images, tmp_path), views(images, tmp_path)
    straight = [first[i] for i in range(12)]
    for i in reversed(range(12)):
        item = second[i]
        assert torch.equal(item.image, straight[i].image)
        assert torch.equal(item.boxes, straight[i].boxes)
        assert torch.equal(item.labels, straight[i].labels)


def test_loader_resumes_with_the_same_batches(images: list[LabelledImage], tmp_path: Path) -> None:
    made = views(images, tmp_path)
    whole = list(batches(made, 0, 4, 3, workers=0))
    rest = list(batches(made, 2, 4, 3, workers=2))
    assert len(whole) == 4
    for a, b in zip(whole[2:], rest, strict=True):
        assert torch.equal(a.images, b.images)
        assert torch.equal(a.boxes, b.boxes)
        assert torch.equal(a.labels, b.labels)
    assert whole[0].images.shape == (3, 3, 48, 64)
    assert whole[0].images.dtype == torch.uint8


def test_every_image_comes_up_once_an_epoch(images: list[LabelledImage], tmp_path: Path) -> None:
    made = views(images, tmp_path, plain_from=0)
    config = AugmentConfig(log_scale=(0, 0), log_aspect=0, brightness=0, hue=0, saturation=0,
                           gray=0, blur=0, noise=0, night=0, rain=0, compression=0,
                           cutout=0)  # fmt: skip
    made._config = config
    middles = [int(made[i].image[0].median()) for i in range(10)]
    assert sorted(middles[:5]) == sorted(middles[5:]) == [0, 30, 60, 90, 120]


def test_fitted_views_are_letterboxed(images: list[LabelledImage], tmp_path: Path) -> None:
    fitted = ValDataset(ImageCache(images, tmp_path / "cache"), (96, 64))
    assert len(fitted) == 5
    item = fitted[3]  # 60 x 64: scale 1, 18 columns of padding on the left
    assert item.boxes.tolist() == [[23, 5, 33, 35]] * 3
    assert (item.image[:, :, :18] == 114).all()
    assert (item.image[:, :, 18:78] == 90).all()
    last = list(batches(fitted, 0, 2, 3, workers=0, last=5))[-1]
    assert last.images.shape[0] == 2


def test_whole_pictures_are_those_of_the_views(images: list[LabelledImage], tmp_path: Path) -> None:
    made = views(images, tmp_path, plain_from=0)
    fitted = ValDataset(ImageCache(images, tmp_path / "cache"), (96, 64))
    whole = WholePictures(made, fitted)
    assert sorted(made.image(i) for i in range(5)) == [0, 1, 2, 3, 4]
    for index in range(10):
        assert (whole[index].image == fitted[made.image(index)].image).all()


def test_all_views_of_a_batch_are_of_one_size(images: list[LabelledImage], tmp_path: Path) -> None:
    cache = ImageCache(images, tmp_path / "cache")
    sizes = [(64, 48), (96, 64)]
    made = TrainDataset(
        cache, sizes[0], AugmentConfig(), 7, plain_from=0, more_sizes=sizes[1:], batch=4
    )
    loaded = [batch.images.shape[2:] for batch in batches(made, 0, 20, 4, workers=0)]
    assert set(loaded) == {(48, 64), (64, 96)}
    for number, shape in enumerate(loaded):
        assert {made[4 * number + place].image.shape[1:] for place in range(4)} == {shape}


def test_every_weight_is_rounded_down_or_up() -> None:
    rng = np.random.default_rng(0)
    weights = np.array([2.0, 0.5, 1.25, 0.0, 0.25])
    total = np.zeros(5)
    for _ in range(2000):
        counts = draw_counts(weights, 4, rng)
        assert counts.sum() == 4
        assert (counts >= [2, 0, 1, 0, 0]).all()
        assert (counts <= [2, 1, 2, 0, 1]).all()
        total += counts
    # On average it is the weight: 0.03 is nearly three standard deviations.
    assert total / 2000 == pytest.approx(weights, abs=0.03)


@pytest.mark.parametrize(
    ("weights", "total", "possible"),
    [
        ([0.3], 1, {(1,)}),  # an epoch has at least one view
        ([0.9, 0.6], 2, {(1, 1)}),
        ([0.25, 0.25, 0.25], 1, {(1, 0, 0), (0, 1, 0), (0, 0, 1)}),
        ([1.2, 1.2], 2, {(1, 1)}),
        ([3.0, 1.0], 4, {(3, 1)}),
    ],
)
def test_counts_add_up_to_the_epoch(
    weights: list[float], total: int, possible: set[tuple[int, ...]]
) -> None:
    rng = np.random.default_rng(1)
    found = {tuple(draw_counts(np.array(weights), total, rng).tolist()) for _ in range(100)}
    assert found == possible


def test_weights_say_how_often_an_image_comes_up(
    images: list[LabelledImage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ImageCache(images, tmp_path / "cache")
    made = TrainDataset(cache, (64, 48), AugmentConfig(mosaic=1.0), 7, 10**9, [0, 2, 0.5, 0, 1])
    assert made.epoch_length == 4  # of 3.5
    drawn = []
    take = data.place

    def place(view: np.ndarray, image: np.ndarray, *rest: object, **named: object) -> object:
        drawn.append(int(image[0, 0, 0]) // 30)
        return take(view, image, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(data, "place", place)
    for number in range(400):
        made[number]
    for epoch in range(100):
        first = sorted(drawn[16 * epoch : 16 * epoch + 16 : 4])
        assert first == [1, 1, 2, 4]
    partners = np.bincount([which for i, which in enumerate(drawn) if i % 4], minlength=5) / 1200
    assert partners == pytest.approx([0, 4 / 7, 1 / 7, 0, 2 / 7], abs=0.04)


@pytest.mark.parametrize("weights", [[1.0], [1, 1, 1, 1, -1], [np.inf, 1, 1, 1, 1], [0] * 5])
def test_impossible_weights(
    weights: list[float], images: list[LabelledImage], tmp_path: Path
) -> None:
    cache = ImageCache(images, tmp_path / "cache")
    with pytest.raises(ValueError, match="weights"):
        TrainDataset(cache, (64, 48), AugmentConfig(), 7, 0, weights)


def test_processes_share_every_batch(images: list[LabelledImage], tmp_path: Path) -> None:
    made = views(images, tmp_path)
    whole = [batch.images for batch in batches(made, 1, 4, 6, workers=0)]
    parts = [
        [batch.images for batch in batches(made, 1, 4, 6, 0, process=process, processes=3)]
        for process in range(3)
    ]
    assert [len(part) for part in parts] == [3, 3, 3]
    for number, batch in enumerate(whole):
        assert torch.equal(torch.cat([part[number] for part in parts]), batch)
    # Of views 6 to 16 these are 10, 11 and 16.
    assert len(batches(made, 1, 4, 6, 0, last=17, process=2, processes=3).sampler) == 3  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="4 processes cannot share batches of 6"):
        batches(made, 0, 1, 6, 0, processes=4)
    with pytest.raises(ValueError, match="no process 3"):
        batches(made, 0, 1, 6, 0, process=3, processes=3)


def bright_people(folder: Path) -> list[LabelledImage]:
    """White people, one a picture, on black ground of several sizes."""
    made = []
    places = (
        (150, 120, 60, 30, 84, 84),
        (300, 500, 100, 200, 180, 390),
        (641, 391, 300, 90, 370, 301),
    )
    for index, (width, height, x1, y1, x2, y2) in enumerate(places):
        image = np.zeros((height, width, 3), np.uint8)
        image[y1:y2, x1:x2] = 255
        path = folder / f"person{index}.png"
        cv2.imwrite(str(path), image)
        made.append(labelled(path, [[x1, y1, x2, y2]]))
    return made


def edges(profile: np.ndarray) -> tuple[int, int]:
    """Return where a profile rises above and falls below the middle of its range."""
    bright = np.flatnonzero(profile > (profile.min() + profile.max()) / 2)
    return int(bright[0]), int(bright[-1]) + 1


def test_boxes_are_where_people_are_whatever_is_done_to_a_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = AugmentConfig(mosaic=0.5, blur=0.3, noise=0.3, cutout=0, min_height=12)
    cache = ImageCache(bright_people(tmp_path), tmp_path / "cache")
    made = TrainDataset(cache, (320, 192), config, seed=3, plain_from=10**9)
    regions: list[tuple[int, int, int, int]] = []
    tile = data.mosaic_regions

    def remember(rng: np.random.Generator, size: tuple[int, int]) -> object:
        regions[:] = tile(rng, size)
        return regions

    monkeypatch.setattr(data, "mosaic_regions", remember)
    seen = mosaics = 0
    for number in range(150):
        regions[:] = [(0, 0, 320, 192)]
        item = made[number]
        mosaics += len(regions) > 1
        gray = item.image.float().mean(0).numpy()
        for box, kind in zip(item.boxes.numpy(), item.labels.tolist(), strict=True):
            x1, y1, x2, y2 = box
            if kind != 1 or min(x2 - x1, y2 - y1) < 6:
                continue
            region = next(
                r for r in regions if r[0] <= (x1 + x2) / 2 < r[2] and r[1] <= (y1 + y2) / 2 < r[3]
            )
            # Close around, so that neither padding nor another part of a mosaic shows.
            left, right = max(region[0], int(x1) - 5), min(region[2], int(x2) + 5)
            top, bottom = max(region[1], int(y1) - 5), min(region[3], int(y2) + 5)
            part, middle = gray[top:bottom, left:right], [(y1 + y2) / 2 - top, (x1 + x2) / 2 - left]
            rows, columns = (slice(int(m) - 1, int(m) + 2) for m in middle)
            across, down = part[rows].mean(0), part[:, columns].mean(1)
            for profile, start, low, high, ends in (
                (across, left, x1, x2, (region[0], region[2])),
                (down, top, y1, y2, (region[1], region[3])),
            ):
                if low <= ends[0] and high >= ends[1]:
                    continue  # nothing but person
                found = edges(profile)
                assert abs(start + found[0] - low) <= 1.5, number
                assert abs(start + found[1] - high) <= 1.5, number
                seen += 1
    assert seen > 250
    assert 50 < mosaics < 100


def test_cutting_out_moves_no_boxes(images: list[LabelledImage], tmp_path: Path) -> None:
    cache = ImageCache(images, tmp_path / "cache")
    plain, cut = (
        TrainDataset(cache, (64, 48), AugmentConfig(cutout=cutout, min_visible=0.8), 7, 10**9)
        for cutout in (0, 1)
    )
    hidden = 0
    for number in range(60):
        before, after = plain[number], cut[number]
        assert torch.equal(before.boxes, after.boxes)
        changed = before.labels != after.labels
        assert (before.labels[changed] == 1).all()
        assert (after.labels[changed] == -1).all()
        hidden += int(changed.sum())
        assert not torch.equal(before.image, after.image)
    assert hidden > 0
