import numpy as np
import pytest
from numpy.typing import NDArray

from pedcam.ui.picture.blur import ScreenBlur
from pedcam.video.output.annotate import HOLD


def boxes(*rows: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.fixture
def image() -> NDArray[np.uint8]:
    return np.full((180, 240, 3), (10, 20, 30), np.uint8)


@pytest.mark.parametrize(
    ("box", "place", "cells"),
    [
        # 40 x 100, a tenth more on each side, in cells of half the 48.
        ((60, 40, 100, 140), (56, 30, 104, 150), (5, 2)),
        # Cells are not smaller than 8 pixels: 6 x 10 become 8 x 12, which is one.
        ((20, 20, 26, 30), (19, 19, 27, 31), (1, 1)),
        # As far as the picture goes.
        ((-20, 100, 40, 300), (0, 80, 46, 180), (4, 2)),
    ],
)
def test_what_is_covered(
    image: NDArray[np.uint8],
    box: tuple[float, float, float, float],
    place: tuple[int, int, int, int],
    cells: tuple[int, int],
) -> None:
    blur = ScreenBlur()
    blur.add(boxes(box), 0.0)
    (patch,) = blur.patches(image)
    assert patch.box == place
    assert patch.cells.shape == (*cells, 4)
    assert (patch.cells == (10, 20, 30, 255)).all()


def test_cells_are_averages(image: NDArray[np.uint8]) -> None:
    image[30:150, 56:80] = 0
    image[30:150, 56:80:2] = 100
    image[54:78, 80:104] = 200
    blur = ScreenBlur()
    blur.add(boxes((60, 40, 100, 140)), 0.0)
    (patch,) = blur.patches(image)
    assert (patch.cells[:, 0, :3] == 50).all()
    assert (patch.cells[1, 1, :3] == 200).all()
    assert (patch.cells[2, 1, :3] == (10, 20, 30)).all()


def test_of_large_people_some_pixels_are_averaged() -> None:
    large = np.zeros((1000, 1000, 3), np.uint8)
    large[:, 500:] = 80
    blur = ScreenBlur()
    blur.add(boxes((0, 0, 1000, 1000)), 0.0)
    (patch,) = blur.patches(large)
    # 33 columns of pixels, of which the one in the middle belongs half to each cell.
    assert patch.cells[:, :, 0].tolist() == [[0, 78], [0, 78]]


@pytest.mark.parametrize("box", [(-50, 0, -10, 50), (300, 0, 350, 50), (10, 10, 10, 10)])
def test_whoever_is_not_in_the_picture(
    image: NDArray[np.uint8], box: tuple[float, float, float, float]
) -> None:
    blur = ScreenBlur()
    blur.add(boxes(box), 0.0)
    assert blur.patches(image) == []


@pytest.mark.parametrize(
    ("later", "people"), [(0.0, 1), (HOLD, 1), (HOLD + 0.01, 0), (-HOLD, 1), (-HOLD - 0.01, 0)]
)
def test_whoever_is_missed_stays_hidden_for_a_moment(
    image: NDArray[np.uint8], later: float, people: int
) -> None:
    blur = ScreenBlur()
    blur.add(boxes((60, 40, 100, 140)), 10.0)
    blur.add(boxes(), 10.0 + later)
    assert len(blur.patches(image)) == people


def test_the_moment_begins_when_somebody_was_last_found(image: NDArray[np.uint8]) -> None:
    blur = ScreenBlur()
    blur.add(boxes((60, 40, 100, 140)), 0.0)
    blur.add(boxes(), 0.25)
    blur.add(boxes(), 0.625)
    assert blur.patches(image) == []


@pytest.mark.parametrize(
    ("moved", "people"),
    [
        # Of two boxes of 10 x 20, 140 of 260 overlap: it is the same person.
        (3, 1),
        # 120 of 280 do.
        (4, 2),
    ],
)
def test_whoever_moves_is_hidden_once(image: NDArray[np.uint8], moved: float, people: int) -> None:
    blur = ScreenBlur()
    blur.add(boxes((50, 50, 60, 70)), 0.0)
    blur.add(boxes((50 + moved, 50, 60 + moved, 70)), 0.04)
    assert len(blur.patches(image)) == people


def test_who_is_hidden() -> None:
    blur = ScreenBlur()
    assert blur.boxes.shape == (0, 4)
    blur.add(boxes((60, 40, 100, 140)), 0.0)
    blur.add(boxes((10, 20, 30, 40)), 0.04)
    assert blur.boxes.tolist() == [[60, 40, 100, 140], [10, 20, 30, 40]]
    blur.add(boxes((10, 20, 30, 41)), HOLD + 0.02)
    assert blur.boxes.tolist() == [[10, 20, 30, 41]]
