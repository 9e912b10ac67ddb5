"""Which mistakes are the worst, and the sheet that shows them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.errors import UserError
from pedcam.measure.accuracy import worst
from pedcam.measure.accuracy.matching import ImageResult
from pedcam.measure.accuracy.worst import FALSE_ALARM, MISSED, draw_worst, worst_mistakes
from pedcam.measure.contact_sheet import COLUMNS, GAP, TILE, text_width, wrap, write_picture
from pedcam.measure.labels.base import LabelledImage
from tests.factories import image_result as result

NEAR, FAR, HIDDEN = (0, 0, 40, 100), (100, 0, 120, 50), (200, 0, 240, 120)


def test_the_highest_person_in_view_and_the_surest_false_alarm_come_first() -> None:
    results = [
        # The first is found at a score that does not count, the hidden one not at all.
        result([NEAR, (300, 0, 320, 60)], [0.2, 0.7], [NEAR, HIDDEN], visibility=[1, 0.5]),
        result([FAR, (300, 0, 330, 80)], [0.9, 0.8], [FAR, NEAR]),
        result([NEAR], [0.99], [NEAR], ignored=[True]),
    ]
    missed, alarms = worst_mistakes(results, threshold=0.5)
    assert [(one.image, one.box.tolist(), one.caption) for one in missed] == [
        (0, list(NEAR), ("best score 20 %", "100 px high")),
        (1, list(NEAR), ("nothing near", "100 px high")),
        # 120 px, of which half can be seen.
        (0, list(HIDDEN), ("nothing near", "120 px high, 50 % visible")),
    ]
    assert [(one.image, one.caption) for one in alarms] == [
        (1, ("score 80 %", "80 px high")),
        (0, ("score 70 %", "60 px high")),
    ]
    missed, alarms = worst_mistakes(results, threshold=0.1)
    assert (len(missed), len(alarms)) == (2, 2)


def test_of_two_people_under_one_detection_the_other_is_missed() -> None:
    beside = (5, 0, 45, 100)
    missed, alarms = worst_mistakes([result([NEAR], [0.66], [NEAR, beside])], threshold=0.4)
    assert [(one.box.tolist(), one.caption) for one in missed] == [
        (list(beside), ("score 66 % found another", "100 px high"))
    ]
    assert not alarms
    assert text_width("score 100 % found another") <= TILE[0]


def sheet(
    results: list[ImageResult], shape: tuple[int, int], count: int = 3, name: str = "mine"
) -> np.ndarray:
    empty = np.zeros((0, 4), np.float32)
    images = [
        LabelledImage(Path(f"picture-{index}.png"), empty, np.zeros(0, bool))
        for index in range(len(results))
    ]
    picture = np.full((*shape, 3), 60, np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worst, "read_image", lambda path: picture)
        return draw_worst(images, results, 0.5, count, name)


def marked(drawn: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((drawn == np.array(color, np.uint8)).all(-1).sum())


@pytest.mark.parametrize("shape", [(480, 640), (90, 60), (40, 600), (600, 40), (1, 1)])
def test_every_size_of_picture_fits(shape: tuple[int, int]) -> None:
    height, width = shape
    truth = (0.1 * width, 0.1 * height, 0.5 * width, 0.9 * height)
    alarm = (0.6 * width, 0, width, height)
    drawn = sheet([result([alarm], [0.9], [truth])], shape)
    assert drawn.dtype == np.uint8
    assert drawn.shape[1] == GAP + COLUMNS * (TILE[0] + GAP)
    # Both frames are on the sheet, besides the little squares of the legend.
    legend = sheet([result([], [], [])], shape)
    assert marked(drawn, MISSED) > marked(legend, MISSED) + 20
    assert marked(drawn, FALSE_ALARM) > marked(legend, FALSE_ALARM) + 20


def test_boxes_beyond_the_picture_and_huge_ones_fit() -> None:
    results = [result([(-50, -50, -10, 60)], [0.9], [(-1e6, -1e6, 1e6, 1e6), (90, 0, 150, 300)])]
    assert sheet(results, (100, 100)).shape[1] == GAP + COLUMNS * (TILE[0] + GAP)


def test_no_more_than_asked_for_row_by_row() -> None:
    people = [(40.0 * i, 0, 40.0 * i + 20, 60) for i in range(20)]
    results = [result([], [], people)]
    heights = [sheet(results, (100, 900), count).shape[0] for count in (1, 6, 7, 20, 99)]
    assert heights[0] == heights[1] < heights[2] < heights[3] == heights[4]


def test_long_names_are_wrapped_and_not_cut_off() -> None:
    assert wrap("00001.jpg", TILE[0]) == ["00001.jpg"]
    name = "set07_V011_I00029_and_some_more_words.jpg"
    lines = wrap(name, TILE[0])
    assert len(lines) == 2
    assert "".join(lines) == name
    endless = wrap("x" * 400 + "the-end.jpg", TILE[0])
    assert len(endless) == 3
    assert endless[-1].startswith("...")
    assert endless[-1].endswith("the-end.jpg")
    for line in (*lines, *endless):
        assert text_width(line) <= TILE[0]
    results = [result([], [], [NEAR])]
    one, two = (sheet(results, (100, 100), name=text).shape[0] for text in ("a", "a" * 30))
    assert two > one
    assert sheet(results, (100, 100), name="Fußgänger 步行者").shape[1] == GAP + COLUMNS * (
        TILE[0] + GAP
    )


def test_a_sheet_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    drawn = sheet([result([], [], [NEAR])], (100, 100))
    path = tmp_path / "sheet.png"
    write_picture(drawn, path)
    assert (cv2.imread(str(path)) == drawn).all()
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UserError, match="cannot be written"):
        write_picture(drawn, path / "sheet.png")
