"""How closely to look, by what is found."""

import pytest

from pedcam.detect.detail import BLOCK, DELAY, AutomaticDetail, Detail
from tests.factories import make_detections

SIZE = (1600, 800)
FAR, BETWEEN, NEAR = 80, 120, 160  # below an eighth of the height, below a sixth, above


def watch(automatic: AutomaticDetail, *heights: int, frames: int = BLOCK) -> int:
    """Show as many frames with people of these heights; return the rows wanted then."""
    people = make_detections(*((10, 10, 30, 10 + height) for height in heights))
    for _ in range(frames):
        automatic.put(people, SIZE)
    return automatic.rows


def test_rows_of_tiles() -> None:
    rows = {detail.value: detail.rows for detail in Detail}
    assert rows == {"whole": 0, "auto": 1, "finer": 2, "finest": 3}


def test_it_looks_closer_while_most_people_are_small() -> None:
    automatic = AutomaticDetail()
    assert automatic.rows == 1
    assert watch(automatic, FAR, NEAR, NEAR) == 1
    assert watch(automatic, FAR, FAR, NEAR) == 2
    # Once it does, it goes on until they are clearly larger.
    assert watch(automatic, BETWEEN) == 2
    assert watch(automatic, NEAR) == 1
    assert watch(automatic, BETWEEN) == 1


def test_nothing_flickers() -> None:
    automatic = AutomaticDetail()
    watch(automatic, FAR, frames=20)
    assert watch(automatic, NEAR, frames=30) == 1
    watch(automatic, FAR)
    watch(automatic, frames=20)
    assert watch(automatic, FAR, frames=30) == 2


def test_where_there_is_mostly_nobody_the_whole_picture_is_enough() -> None:
    automatic = AutomaticDetail()
    watch(automatic, FAR, frames=24)
    assert watch(automatic, frames=26) == 1
    watch(automatic, FAR, frames=25)
    assert watch(automatic, frames=25) == 2
    assert watch(automatic) == 1


def test_a_panorama_stays_with_one_row() -> None:
    automatic = AutomaticDetail()
    for _ in range(2 * BLOCK):
        automatic.put(make_detections((0, 0, 5, 10)), (1000, 200))
    assert automatic.rows == 1


@pytest.mark.parametrize("begun_ahead", [0, 7, DELAY - 1])
def test_how_many_frames_are_on_their_way_changes_no_decision(begun_ahead: int) -> None:
    automatic, planned = AutomaticDetail(), []
    for _ in range(begun_ahead):
        planned.append(automatic.plan())
    for _ in range(2 * BLOCK - begun_ahead):
        planned.append(automatic.plan())
        watch(automatic, FAR, frames=1)
    assert planned == [1] * (BLOCK + DELAY - 1) + [2] * (BLOCK - DELAY + 1)
