from dataclasses import replace

import numpy as np
import pytest
import supervision as sv

from pedcam.video.output.annotate import HOLD, PeopleBlur, black_out
from pedcam.video.people.counters import IgnoredZone

NOISE = np.random.default_rng(7).integers(0, 256, (200, 300, 3)).astype(np.uint8)


def people(*boxes: tuple[float, float, float, float]) -> sv.Detections:
    return sv.Detections(xyxy=np.array(boxes, np.float32).reshape(-1, 4))


def changed_area(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((before != after).any(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    ("box", "area"),
    [
        # 10 % of 40 x 100 on each side.
        ((100, 50, 140, 150), (96, 40, 144, 160)),
        # Broken pixels count as whole ones: 100.5 - 4.0 = 96.5, 140.5 + 4.0 = 144.5.
        ((100.5, 50, 140.5, 150), (96, 40, 145, 160)),
        # At the edges, and far beyond them.
        ((-20, -50, 20, 50), (0, 0, 24, 60)),
        ((280, 150, 900, 900), (218, 75, 300, 200)),
        ((-1000, -1000, 1000, 1000), (0, 0, 300, 200)),
        # One pixel, which grows by one on each side.
        ((70, 80, 71, 81), (69, 79, 72, 82)),
        # Of somebody beside the picture only a strip of one pixel is in it.
        ((-50, 20, 0, 120), (0, 10, 5, 130)),
        ((-9, 20, 0, 120), (0, 10, 1, 130)),
    ],
)
def test_the_grown_box_changes_and_nothing_else(
    box: tuple[float, float, float, float], area: tuple[int, int, int, int]
) -> None:
    image = NOISE.copy()
    blurred = PeopleBlur().annotate(image, people(box), 0.0)
    assert np.array_equal(image, NOISE), "the picture given stays as it is"
    assert changed_area(NOISE, blurred) == area
    left, top, right, bottom = area
    # Noise has a step of some 85 from pixel to pixel; hardly anything of it may be left.
    inside = blurred[top:bottom, left:right].astype(int)
    steps = [np.abs(np.diff(inside, axis=axis)) for axis in (0, 1)]
    assert max((step.mean() for step in steps if step.size), default=0) < 5


@pytest.mark.parametrize(
    "box", [(-50, -50, -10, -10), (400, 20, 500, 90), (20, 300, 40, 400), (50, 50, 50, 50)]
)
def test_a_box_beside_the_picture_changes_nothing(box: tuple[float, float, float, float]) -> None:
    assert np.array_equal(PeopleBlur().annotate(NOISE, people(box), 0.0), NOISE)


def test_nobody_changes_nothing() -> None:
    assert np.array_equal(PeopleBlur().annotate(NOISE, sv.Detections.empty(), 0.0), NOISE)


def test_what_is_hidden_is_gone() -> None:
    # The grown box is 48 x 120: cells of 24 x 24, of which nothing but the middle matters.
    other = NOISE.copy()
    other[40:160, 96:144] = 255 - NOISE[40:160, 96:144]
    for y in (52, 76, 100, 124, 148):
        for x in (108, 132):
            middle = np.s_[y - 1 : y + 1, x - 1 : x + 1]
            other[middle] = NOISE[middle]
    box = people((100, 50, 140, 150))
    one, two = (PeopleBlur().annotate(image, box, 0.0) for image in (NOISE, other))
    assert np.array_equal(one, two)


class TestHold:
    box = (100, 50, 140, 150)

    def test_somebody_missed_for_a_moment_stays_blurred(self) -> None:
        blur = PeopleBlur()
        first = blur.annotate(NOISE, people(self.box), 10.0)
        missed = blur.annotate(NOISE, sv.Detections.empty(), 10.0 + HOLD)
        assert np.array_equal(missed, first)
        gone = blur.annotate(NOISE, sv.Detections.empty(), 10.01 + HOLD)
        assert np.array_equal(gone, NOISE)

    def test_somebody_else_found_meanwhile_does_not_end_it(self) -> None:
        blur = PeopleBlur()
        blur.annotate(NOISE, people(self.box), 0.0)
        both = blur.annotate(NOISE, people((200, 50, 240, 150)), 0.1)
        assert changed_area(NOISE, both) == (96, 40, 244, 160)

    def test_somebody_who_walks_takes_the_blur_along(self) -> None:
        blur = PeopleBlur()
        blur.annotate(NOISE, people(self.box), 0.0)
        moved = blur.annotate(NOISE, people((105, 50, 145, 150)), 0.1)
        # Alone: 105 - 4 and 145 + 4.
        assert changed_area(NOISE, moved) == (101, 40, 149, 160)


# Of 16 x 8 pixels: columns 4 to 11 and rows 2 and 3, and what its border touches.
POSTER = IgnoredZone(
    "Poster", ((0.25, 0.25), (0.75, 0.25), (0.75, 0.5), (0.25, 0.5)), blacked_out=True
)


@pytest.mark.parametrize(
    ("size", "area"), [((16, 8), (4, 2, 13, 5)), ((320, 160), (80, 40, 241, 81))]
)
def test_a_zone_is_black_whatever_the_size(
    size: tuple[int, int], area: tuple[int, int, int, int]
) -> None:
    image = np.full((size[1], size[0], 3), 200, np.uint8)
    before = image.copy()
    black = black_out(image, [replace(POSTER, name="Seen", blacked_out=False), POSTER])
    assert np.array_equal(image, before), "the picture given stays as it is"
    assert changed_area(before, black) == area
    left, top, right, bottom = area
    assert black[top:bottom, left:right].max() == 0


def test_a_zone_at_the_edge_and_pixels_that_are_only_touched() -> None:
    image = np.full((10, 10, 3), 200, np.uint8)
    corners = ((0.55, 0.0), (1.0, 0.0), (1.0, 1.0), (0.55, 1.0))
    black = black_out(image, [IgnoredZone("Edge", corners, blacked_out=True)])
    assert black[:, 5:].max() == 0
    assert black[:, :5].min() == 200


def test_what_is_only_ignored_is_not_black() -> None:
    assert black_out(NOISE, [replace(POSTER, blacked_out=False)]) is NOISE
