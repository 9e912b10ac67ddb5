import cv2
import numpy as np
import pytest

from training.augment import (
    AugmentConfig,
    clip_boxes,
    map_boxes,
    mosaic_regions,
    place,
    random_affine,
    vary_colour,
)

CONFIG = AugmentConfig()
VIEW = (0, 0, 200, 160)


def array(*boxes: tuple[float, ...]) -> np.ndarray:
    return np.array(boxes, np.float32).reshape(-1, 4)


def test_boxes_under_scaling_moving_and_mirroring() -> None:
    box = array((10, 20, 30, 60))
    moved = np.array([[2.0, 0, 5], [0, 0.5, -3]])
    assert map_boxes(box, moved).tolist() == [[25, 7, 65, 27]]
    mirrored = np.array([[-1.0, 0, 100], [0, 1, 0]])
    assert map_boxes(box, mirrored).tolist() == [[70, 20, 90, 60]]


def test_clipping_keeps_drops_and_ignores() -> None:
    boxes = array(
        (10, 10, 50, 90),  # inside
        (-20, 10, 20, 90),  # half in view
        (-90, 10, 10, 90),  # a tenth in view
        (300, 10, 340, 90),  # out of view
        (60, 10, 63, 17),  # 7 pixels high
        (100, 0, 140, 100),  # was to be ignored already
    )
    kinds = np.array([1, 1, 1, 1, 1, -1], np.int8)
    kept, now = clip_boxes(boxes, kinds, VIEW, CONFIG)
    assert now.tolist() == [1, 1, -1, -1, -1]
    assert kept[1].tolist() == [0, 10, 20, 90]


@pytest.mark.parametrize("seed", range(30))
def test_boxes_stay_on_what_they_mark(seed: int) -> None:
    """A white person on black: wherever it is moved, its box must fit the white pixels."""
    rng = np.random.default_rng(seed)
    image = np.zeros((120, 150, 3), np.uint8)
    image[30:90, 50:80] = 255
    view = np.zeros((160, 200, 3), np.uint8)
    boxes, kinds = place(
        view, image, array((50, 30, 80, 90)), np.array([1], np.int8), VIEW, rng, CONFIG,
        covering=seed % 2 == 1,
    )  # fmt: skip
    rows, columns = np.nonzero(view[..., 0] > 128)
    # Padding is gray below that, so all that is lighter is the person.
    if not len(boxes):
        assert len(rows) <= 200  # at most a sliver at the border
        return
    white = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.abs(boxes[0] - white).max() <= 1.1
    assert kinds[0] in (1, -1)


def test_affine_stays_within_its_ranges() -> None:
    rng = np.random.default_rng(0)
    config = AugmentConfig(log_scale=(-0.5, 0.5), log_aspect=0.2)
    ratios, scales, mirrored = [], [], 0
    for _ in range(300):
        matrix = random_affine(rng, (100, 100), (0, 0, 200, 100), config)
        ratios.append(np.log(abs(matrix[0, 0]) / matrix[1, 1]))
        scales.append(np.log(abs(matrix[0, 0] * matrix[1, 1])) / 2)
        mirrored += matrix[0, 0] < 0
    assert max(map(abs, ratios)) <= 0.2 + 1e-9
    assert max(map(abs, scales)) <= 0.5 + 1e-9
    assert min(scales) < -0.4
    assert 100 < mirrored < 200


def test_mosaic_regions_tile_the_view() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        covered = np.zeros((160, 200), int)
        for x1, y1, x2, y2 in mosaic_regions(rng, (200, 160)):
            covered[y1:y2, x1:x2] += 1
        assert (covered == 1).all()


def test_colour_changes_pixels_but_not_shape_and_is_reproducible() -> None:
    image = cv2.resize(np.random.default_rng(1).integers(0, 255, (8, 8, 3), np.uint8), (64, 48))
    before = image.copy()
    for seed in range(10):
        first = vary_colour(image, np.random.default_rng(seed), CONFIG)
        second = vary_colour(image, np.random.default_rng(seed), CONFIG)
        assert first.shape == image.shape
        assert first.dtype == np.uint8
        assert np.array_equal(first, second)
    assert np.array_equal(image, before)
    gray = vary_colour(image, np.random.default_rng(0), AugmentConfig(gray=1.0, noise=0.0))
    assert np.array_equal(gray[..., 0], gray[..., 2])
