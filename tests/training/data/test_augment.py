import cv2
import numpy as np
import pytest

from training.config import AugmentConfig
from training.data.augment import (
    add_rain,
    clip_boxes,
    colour_matrix,
    covered_area,
    cut_out,
    darken,
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
    labels = np.array([1, 1, 1, 1, 1, -1], np.int8)
    kept, now = clip_boxes(boxes, labels, VIEW, CONFIG)
    assert now.tolist() == [1, 1, -1, -1, -1]
    assert kept[1].tolist() == [0, 10, 20, 90]


@pytest.mark.parametrize("seed", range(30))
def test_boxes_stay_on_what_they_mark(seed: int) -> None:
    """A white person on black: wherever it is moved, its box must fit the white pixels."""
    rng = np.random.default_rng(seed)
    image = np.zeros((120, 150, 3), np.uint8)
    image[30:90, 50:80] = 255
    view = np.zeros((160, 200, 3), np.uint8)
    boxes, labels = place(
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
    assert labels[0] in (1, -1)


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
    config = AugmentConfig(gray=1.0, noise=0, compression=0)
    gray = vary_colour(image, np.random.default_rng(0), config)
    assert np.array_equal(gray[..., 0], gray[..., 2])


BLUE, GREEN, RED, GRAY = [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("turn", "saturation", "before", "after"),
    [
        (0, 1, [0.1, 0.2, 0.3], [0.1, 0.2, 0.3]),
        (120, 1, BLUE, GREEN),
        (120, 1, GREEN, RED),
        (-120, 1, BLUE, RED),
        (77, 1.4, GRAY, GRAY),
        (0, 0, BLUE, [0.114] * 3),
        (0, 0, GREEN, [0.587] * 3),
        (0, 0.5, RED, [0.1495, 0.1495, 0.6495]),  # half way from 0.299 to red
    ],
)
def test_colours_turn_and_fade(
    turn: float, saturation: float, before: list[float], after: list[float]
) -> None:
    assert colour_matrix(turn, saturation) @ before == pytest.approx(after)


def test_light_changes_by_contrast_and_offset() -> None:
    image = np.full((4, 4, 3), 100, np.uint8)
    still = AugmentConfig(
        hue=0,
        saturation=0,
        gray=0,
        blur=0,
        noise=0,
        night=0,
        rain=0,
        compression=0,
        brightness=0.35,
    )
    for seed in range(20):
        rng = np.random.default_rng(seed)
        # In the order in which they are drawn: gray or not, hue, saturation, contrast, offset.
        _, _, _, contrast, offset = rng.uniform(size=5)
        expected = 100 * (0.65 + 0.7 * contrast) + 255 * 0.35 * (offset - 0.5)
        changed = vary_colour(image, np.random.default_rng(seed), still)
        assert np.abs(changed - expected).max() <= 0.51


def test_night_is_a_curve_over_the_values() -> None:
    image = np.array([[[0, 51, 255]]], np.uint8)
    # 255 * 0.5 * 0.2^2 = 5.1
    assert darken(image, exponent=2.0, gain=0.5).tolist() == [[[0, 5, 128]]]


def test_rain_is_lighter_than_a_dark_view_and_leaves_most_of_it() -> None:
    image = np.full((120, 160, 3), 40, np.uint8)
    rain = add_rain(image, np.random.default_rng(0))
    lighter = (rain > image).any(2).mean()
    assert (rain >= image).all()
    assert 0.005 < lighter < 0.3
    assert (image == 40).all()


def test_area_behind_overlapping_rectangles() -> None:
    boxes = array((0, 0, 10, 10), (20, 0, 30, 10), (100, 100, 110, 110))
    cuts = array((0, 0, 10, 5), (5, 0, 25, 10), (8, 4, 12, 6))
    # The first: 50, and of the second 5 x 10 less the 5 x 5 they share; the third adds nothing,
    # since it lies behind x 8 to 10 of the second.
    assert covered_area(boxes, cuts).tolist() == [75, 50, 0]
    assert covered_area(boxes[:0], cuts).tolist() == []


def test_cutting_out_hides_parts_and_ignores_whom_too_little_is_left_of() -> None:
    config = AugmentConfig(cutout=1.0, min_visible=0.3)
    ignored = 0
    for seed in range(200):
        view = np.full((100, 200, 3), 7, np.uint8)
        boxes = array((40, 20, 60, 60), (100, 50, 104, 58))
        labels = cut_out(
            view, boxes, np.array([1, 1], np.int8), np.random.default_rng(seed), config
        )
        changed = (view != 7).any(2)
        # Three rectangles of a fifth at most; a noisy pixel may be 7 by chance, in all channels.
        assert 0 < changed.sum() <= 3 * 40 * 20
        for kind, (x1, y1, x2, y2) in zip(labels, boxes.astype(int), strict=True):
            hidden = changed[y1:y2, x1:x2].mean()
            assert kind == (-1 if hidden > 0.7 else 1)
        ignored += int((labels == -1).sum())
    assert ignored > 0


def test_no_cutting_out() -> None:
    view = np.full((20, 20, 3), 7, np.uint8)
    labels = cut_out(view, array((0, 0, 9, 9)), np.array([1], np.int8), np.random.default_rng(0),
                    AugmentConfig(cutout=0))  # fmt: skip
    assert labels.tolist() == [1]
    assert (view == 7).all()


class Fixed:
    """Draws what it is told: scale, aspect, left, top, mirroring."""

    def __init__(self, *draws: float) -> None:
        self._draws = list(draws)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        return low + (high - low) * self._draws.pop(0)


@pytest.mark.parametrize(
    ("draws", "box"),
    [
        # 100 x 50 pixels fit into 200 x 200 at scale 2, 100 rows of padding above.
        ((0.5, 0.5, 0.0, 1.0, 1.0), (20, 120, 60, 180)),
        # Mirrored: 200 - 60, 200 - 20.
        ((0.5, 0.5, 0.0, 1.0, 0.0), (140, 120, 180, 180)),
        # Half of it, in the lower right corner.
        ((0.0, 0.5, 1.0, 1.0, 1.0), (110, 160, 130, 190)),
        # Twice it, the left of it in view; 400 x 200.
        ((1.0, 0.5, 0.0, 0.5, 1.0), (40, 40, 120, 160)),
        # Twice it, the right of it: 200 columns further left, all but nothing out of view.
        ((1.0, 0.5, 1.0, 0.5, 1.0), None),
        # Twice it, mirrored, the left of the mirrored picture.
        ((1.0, 0.5, 0.0, 0.5, 0.0), None),
        ((1.0, 0.5, 1.0, 0.5, 0.0), (80, 40, 160, 160)),
    ],
)
def test_boxes_worked_out_by_hand(draws: tuple[float, ...], box: tuple[float, ...] | None) -> None:
    config = AugmentConfig(log_scale=(-np.log(2), np.log(2)), log_aspect=0.5)
    image = np.zeros((50, 100, 3), np.uint8)
    image[10:40, 10:30] = 255
    view = np.empty((200, 200, 3), np.uint8)
    boxes, _ = place(view, image, array((10, 10, 30, 40)), np.array([1], np.int8), (0, 0, 200, 200),
                     Fixed(*draws), config)  # type: ignore[arg-type]  # fmt: skip
    white = np.argwhere(view[..., 0] > 128)
    if box is None:
        assert len(boxes) == len(white) == 0
        return
    assert boxes[0] == pytest.approx(box)
    assert [*white.min(0)[::-1], *white.max(0)[::-1] + 1] == pytest.approx(box, abs=1)


def test_odd_pictures_shrink_in_whole_steps() -> None:
    """101 pixels in steps of 2: the last column stands for two, and nothing else moves."""
    image = np.zeros((61, 101, 3), np.uint8)
    image[20:40, 80:101] = 255
    view = np.empty((30, 50, 3), np.uint8)
    config = AugmentConfig(mosaic_log_scale=(0, 0), log_aspect=0)
    boxes, _ = place(
        view, image, array((80, 20, 101, 40)), np.array([1], np.int8), (0, 0, 50, 30),
        Fixed(0.5, 0.5, 0.0, 0.0, 1.0), config, covering=True,
    )  # type: ignore[arg-type]  # fmt: skip
    # 51 steps are drawn to 50 columns (of 50.5), 31 steps to 31 rows (of 30.7).
    assert boxes[0] == pytest.approx([80 * 50 / 102, 10, 101 * 50 / 102, 20])
    assert (view[11:19, 41:] > 200).all()
