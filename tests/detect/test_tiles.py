"""Where tiles lie, and that everybody in them is found once."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import supervision as sv

from pedcam import bundled
from pedcam.detect.accuracy import default_preset
from pedcam.detect.pool import DetectorPool, load_pool
from pedcam.detect.tiles import (
    EDGE,
    HIGHEST,
    LONGEST,
    WIDEST,
    Tile,
    detect_in_tiles,
    is_panorama,
    lay_tiles,
)
from pedcam.video.sources.spec import open_source, parse_source
from tests.factories import Box, gray, make_detections

INPUT = (200, 100)  # tiles overlap by 45 across and by 40 down, in pixels of the input


@pytest.mark.parametrize(
    ("size", "rows", "tiles"),
    [
        ((1000, 400), 0, []),
        # Once more the whole of it, whatever its shape.
        ((1000, 400), 1, []),
        ((640, 480), 1, []),
        # Two tiles across see 355 of 1000 pixels, so they have 200 / 0.355 = 563.4 x 281.7.
        (
            (1000, 400),
            2,
            [(0, 0, 564, 282), (436, 0, 1000, 282), (0, 118, 564, 400), (436, 118, 1000, 400)],
        ),
        # Down they would see 160 of 100 pixels, so one row of two is enough.
        ((400, 100), 2, [(0, 0, 226, 100), (174, 0, 400, 100)]),
        # As high as the panorama, and a step of at most 155 / 0.5 pixels from one to the next.
        (
            (2000, 200),
            1,
            [(left, 0, left + 400, 200) for left in (0, 267, 533, 800, 1067, 1333, 1600)],
        ),
    ],
)
def test_where_tiles_lie(size: tuple[int, int], rows: int, tiles: list[Tile]) -> None:
    assert lay_tiles(size, INPUT, rows) == [(0, 0, *size), *tiles]


def test_panoramas_are_five_times_as_long_as_wide() -> None:
    shapes = [(500, 100), (100, 500), (499, 100), (1080, 1920)]
    assert [is_panorama(size) for size in shapes] == [True, True, False, False]


SIZES = [(1280, 720), (640, 480), (480, 640), (1080, 1920), (3840, 720), (7680, 720), (720, 7680)]


@pytest.mark.parametrize(
    ("size", "rows", "looks"),
    [
        ((1280, 720), 2, 5),
        ((1280, 720), 3, 10),
        ((640, 480), 2, 5),
        # 0.489 input pixels per pixel, so 3755 of them in steps of at most 576 - 158.4.
        ((7680, 720), 1, 10),
        # And two rows of 6007 pixels.
        ((7680, 720), 2, 10 + 2 * 15),
    ],
)
def test_what_it_costs(size: tuple[int, int], rows: int, looks: int) -> None:
    assert len(lay_tiles(size, (576, 352), rows)) == looks


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("input_size", [(576, 352), (960, 544), (64, 64)])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_everybody_of_the_largest_size_is_whole_in_one(
    size: tuple[int, int], input_size: tuple[int, int], rows: int
) -> None:
    _, *tiles = lay_tiles(size, input_size, rows)
    assert bool(tiles) or (rows == 1 and not is_panorama(size))
    if not tiles:
        return
    assert all(0 <= x1 < x2 <= size[0] and 0 <= y1 < y2 <= size[1] for x1, y1, x2, y2 in tiles)
    height = min(y2 - y1 for _, y1, _, y2 in tiles)
    tiles = [tile for tile in tiles if tile[3] - tile[1] == height]
    person = (WIDEST * height, HIGHEST * height)
    edge = EDGE * height - 2  # places are rounded
    for axis in (0, 1):
        spans = {(tile[axis], tile[axis + 2]) for tile in tiles}
        for start in np.linspace(0, size[axis] - min(person[axis], size[axis]), 200):
            assert any(
                (low == 0 or start >= low + edge)
                and (high == size[axis] or start + person[axis] <= high - edge)
                for low, high in spans
            )


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 65535), (65535, 2), (32000, 16)])
def test_any_shape_costs_a_bounded_number_of_looks(size: tuple[int, int]) -> None:
    for rows in (1, 2, 3):
        assert len(lay_tiles(size, (576, 352), rows)) <= 1 + LONGEST * (rows + 1)


# A picture of 300 x 100 in two tiles of 200 x 100, and one of 300 x 200 with two of 280 x 120.
BESIDE = [(0, 0, 300, 100), (0, 0, 200, 100), (100, 0, 300, 100)]
BELOW = [(0, 0, 300, 200), (0, 0, 280, 120), (0, 80, 280, 200)]


def merged(tiles: list[Tile], *found: list[Box]) -> list[Box]:
    """The boxes, rounded, that are left of those found in each part, which have its pixels."""
    answers = iter(found)
    people = detect_in_tiles(
        lambda part, threshold: make_detections(*next(answers)), gray(tiles[0][2:]), 0.5, tiles
    )
    assert (people.class_id == 0).all()
    return [tuple(map(float, box)) for box in people.xyxy.round()]


@pytest.mark.parametrize(
    ("tiles", "found", "left"),
    [
        (BESIDE, [[], [], []], []),
        # Seen by everybody at the same place.
        (BESIDE, [[(120, 20, 150, 90)], [(120, 20, 150, 90)], [(20, 20, 50, 90)]],
         [(120, 20, 150, 90)]),
        # Cut by the right edge of the first, whole in the second.
        (BESIDE, [[], [(180, 20, 199, 90)], [(80, 20, 110, 90)]], [(180, 20, 210, 90)]),
        # The end of the picture cuts nobody off who could be whole elsewhere.
        (BESIDE, [[], [(0, 20, 30, 90)], [(170, 30, 200, 100)]],
         [(0, 20, 30, 90), (270, 30, 300, 100)]),
        # Two percent of 100 pixels from the edge is at it, a little more is not.
        (BESIDE, [[], [(170, 20, 198, 90)], []], []),
        (BESIDE, [[], [(170, 20, 197, 90)], []], [(170, 20, 197, 90)]),
        # Two people, of whom each part saw one.
        (BESIDE, [[], [(20, 20, 50, 90)], [(120, 20, 150, 90)]],
         [(20, 20, 50, 90), (220, 20, 250, 90)]),
        # Cut by the lower edge of the first, whole in the second.
        (BELOW, [[], [(20, 90, 40, 119)], [(20, 10, 40, 50)]], [(20, 90, 40, 130)]),
        # The upper half of somebody of whom only the whole picture has room: 44 of 120 pixels are
        # more than 36 percent, 43 are not.
        (BELOW, [[(20, 20, 60, 180)], [(20, 20, 60, 64)], []], [(20, 20, 60, 180)]),
        (BELOW, [[], [(20, 20, 40, 63)], []], [(20, 20, 40, 63)]),
        # The row of a panorama has room for people as high as it is.
        (BESIDE, [[], [(20, 5, 60, 98)], []], [(20, 5, 60, 98)]),
    ],
)  # fmt: skip
def test_everybody_is_found_once(
    tiles: list[Tile], found: list[list[Box]], left: list[Box]
) -> None:
    assert merged(tiles, *found) == left


def test_the_best_comes_first_and_times_add_up() -> None:
    scores = iter([0.6, 0.9, 0.8])
    boxes = iter([(0, 0, 20, 60), (60, 20, 80, 60), (120, 20, 140, 60)])

    def detect(part: np.ndarray, threshold: float | None) -> sv.Detections:
        found = make_detections(next(boxes), scores=next(scores))
        found.metadata |= {"letterbox_ms": 1.0, "inference_ms": 20.0}
        return found

    people = detect_in_tiles(detect, gray((300, 100)), None, BESIDE)
    assert people.confidence is not None
    assert people.confidence.tolist() == pytest.approx([0.9, 0.8, 0.6])
    assert people.metadata == {"letterbox_ms": 3.0, "inference_ms": 60.0}


def test_each_part_gets_its_pixels_and_the_threshold() -> None:
    frame = np.arange(100 * 300 * 3, dtype=np.uint32).reshape(100, 300, 3).astype(np.uint8)
    seen: list[tuple[np.ndarray, float | None]] = []

    def detect(part: np.ndarray, threshold: float | None) -> sv.Detections:
        seen.append((part, threshold))
        return make_detections()

    detect_in_tiles(detect, frame, 0.3, BESIDE)
    for (part, threshold), (left, top, right, bottom) in zip(seen, BESIDE, strict=True):
        assert np.array_equal(part, frame[top:bottom, left:right])
        assert threshold == 0.3
    # The whole picture alone is what the detector makes of it.
    answer = make_detections((1, 2, 3, 4))
    assert detect_in_tiles(lambda part, threshold: answer, frame, None, BESIDE[:1]) is answer


@pytest.fixture
def bundled_pool() -> Iterator[DetectorPool]:
    pool, _ = load_pool([bundled.models_folder()])
    yield pool
    pool.close()


def test_people_in_a_panorama_are_found(bundled_pool: DetectorPool) -> None:
    """Six pictures of the demo side by side, of which each alone says who is there."""
    preset = default_preset(bundled_pool.presets)
    assert preset is not None
    source = open_source(parse_source("demo"))
    try:
        read = []
        for second in range(0, 12, 2):
            source.seek(second)
            read.append(source.read())
    finally:
        source.close()
    pictures = [frame.image for frame in read if frame is not None]
    assert len(pictures) == 6
    panorama = np.concatenate(pictures, axis=1)
    assert panorama.shape == (720, 7680, 3)
    alone = [bundled_pool.detect(preset.name, picture).xyxy for picture in pictures]
    there = np.concatenate([boxes + [1280 * n, 0] * 2 for n, boxes in enumerate(alone)])
    # Whoever a picture cuts off may look otherwise beside another picture.
    inside = (there[:, 0] % 1280 > 15) & (there[:, 2] % 1280 < 1265) & (there[:, 2] % 1280 > 15)
    there = there[inside]
    assert len(there) >= 20

    def found(rows: int) -> float:
        people = bundled_pool.detect(preset.name, panorama, None, rows)
        overlaps = sv.box_iou_batch(there, people.xyxy) if len(people) else np.zeros((1, 1))
        for one, other in itertools.combinations(people.xyxy, 2):
            assert sv.box_iou_batch(one[None], other[None])[0, 0] < 0.6, "nobody is found twice"
        return float((overlaps.max(1) > 0.5).mean()) if len(people) else 0.0

    in_tiles = found(1)
    assert in_tiles > 0.9
    assert found(0) < in_tiles / 3
