import math

import numpy as np
import pytest

from pedcam.ui.picture.heat_map import HeatMap

SIZE = (240, 120)  # a cell for each pixel
# Feet at 14 from the left and 41 from above; a bell of 8 / 4 cells.
PERSON = np.array([[10, 20, 18, 41]], np.float32)
NOBODY = np.empty((0, 4), np.float32)


def at(heat: HeatMap, column: int, row: int) -> float:
    return float(heat._grid[row, column])


@pytest.fixture
def heat() -> HeatMap:
    made = HeatMap()
    made.add(2.0, SIZE, PERSON)
    return made


def test_it_is_hot_where_people_stood(heat: HeatMap) -> None:
    assert at(heat, 14, 40) == 2.0
    # One and two standard deviations away.
    assert at(heat, 16, 40) == pytest.approx(2 * math.exp(-0.5))
    assert at(heat, 14, 36) == pytest.approx(2 * math.exp(-2))
    assert at(heat, 14, 20) == 0
    assert at(heat, 100, 40) == 0


def test_time_adds_up_and_fades(heat: HeatMap) -> None:
    heat.add(0.0, SIZE, PERSON)
    assert at(heat, 14, 40) == 2.0
    # Half is left after a minute.
    heat.add(60.0, SIZE, NOBODY)
    assert at(heat, 14, 40) == pytest.approx(1.0)
    heat.add(1.0, SIZE, np.concatenate([PERSON, PERSON]))
    assert at(heat, 14, 40) == pytest.approx(0.5 ** (1 / 60) + 2)


@pytest.mark.parametrize(("rate", "seconds"), [(1, 1.0), (25, 0.04)])
def test_time_counts_and_not_the_number_of_frames(rate: int, seconds: float) -> None:
    heat = HeatMap()
    for _ in range(3 * rate):
        heat.add(seconds, SIZE, PERSON)
    # 3 seconds, less what fades in them.
    assert at(heat, 14, 40) == pytest.approx(3, abs=0.06)


def test_people_at_the_edges_and_beyond() -> None:
    heat = HeatMap()
    heat.add(1.0, SIZE, np.array([[230, 80, 240, 120], [-20, 0, -10, 30], [300, 0, 400, 500]]))
    assert at(heat, 235, 119) == 1.0
    assert at(heat, 0, 29) == 0


def test_people_near_by_make_wide_spots_but_not_ever_wider() -> None:
    heat = HeatMap()
    heat.add(1.0, SIZE, np.array([[0, 0, 200, 60]]))
    # 8 cells at most.
    assert at(heat, 108, 59) == pytest.approx(math.exp(-0.5))


def test_a_picture_of_another_size_begins_anew(heat: HeatMap) -> None:
    heat.add(1.0, (480, 480), NOBODY)
    assert heat.layer().shape == (240, 240, 4)
    assert not heat.layer().any()


def test_the_same_shape_larger_is_the_same_picture(heat: HeatMap) -> None:
    heat.add(0.0, (1920, 960), NOBODY)
    assert at(heat, 14, 40) == 2.0


def test_the_layer(heat: HeatMap) -> None:
    layer = heat.layer()
    assert layer.shape == (120, 240, 4)
    assert not layer[100].any()
    # Two of the three seconds at which it is hottest: 170 of 255, at 3/4 of the root of it.
    assert layer[40, 14, 3] == round(255 * 0.75 * math.sqrt(170 / 255))
    # Premultiplied: no colour is stronger than the opacity.
    assert (layer[..., :3] <= layer[..., 3:]).all()
    heat.add(1.5, SIZE, PERSON)
    assert heat.layer()[40, 14, 3] == 191  # 3/4 of 255
