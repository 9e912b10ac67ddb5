"""Fusion, the four kinds of suspects, and how labels are corrected, with hand-worked numbers."""

from pathlib import Path

import numpy as np
import pytest

from pedcam.measure.labels.base import LabelledImage
from training.tools.suspects import Suspect, correct, find_suspects, fuse

SIZE = 100, 100
PERSON = (10, 10, 30, 60)  # a side of 0.32 of the picture's
OTHER = (60, 10, 80, 60)
BOTH = (10, 10, 50, 60)
LEFT, RIGHT = (10, 10, 30, 60), (30, 10, 50, 60)


def boxes(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 5)


def labelled(
    *people: tuple[float, ...],
    ignored: tuple[bool, ...] = (),
    visibility: tuple[float, ...] | None = None,
) -> LabelledImage:
    return LabelledImage(
        Path("a.png"),
        np.array(people, np.float32).reshape(-1, 4),
        np.array(ignored or [False] * len(people), bool),
        None if visibility is None else np.array(visibility, np.float32),
    )


def test_boxes_are_fused_by_their_scores() -> None:
    # IoU 9 / 11; x1 is (0.8 * 0 + 0.4 * 1) / 1.2.
    fused = fuse([boxes((0, 0, 10, 10, 0.8)), boxes((1, 0, 11, 10, 0.4))])
    np.testing.assert_allclose(fused, [[1 / 3, 0, 31 / 3, 10, 0.6]], rtol=1e-6)


def test_a_run_has_one_box_in_each_fused_one() -> None:
    near = (1, 0, 11, 10)
    fused = fuse([boxes((0, 0, 10, 10, 0.8), (*near, 0.7)), boxes((*near, 0.6)), boxes()])
    # The box of the second run overlaps the second of the first run more.
    np.testing.assert_allclose(fused, [[1, 0, 11, 10, 1.3 / 3], [0, 0, 10, 10, 0.8 / 3]], rtol=1e-6)


@pytest.mark.parametrize(("x", "count"), [(2.8, 1), (3.0, 2)])
def test_boxes_that_overlap_less_stay_apart(x: float, count: int) -> None:
    # IoU 7.2 / 12.8 = 0.56 and 7 / 13 = 0.54.
    assert len(fuse([boxes((0, 0, 10, 10, 0.8)), boxes((x, 0, 10 + x, 10, 0.8))])) == count


def test_overlap_is_with_the_fused_box() -> None:
    # The fused box of the first two is 2..12; the third, IoU 7 / 13 with it, would have joined
    # the second, IoU 8 / 12.
    runs = [boxes((0, 0, 10, 10, 0.5)), boxes((2.8, 0, 12.8, 10, 0.5)), boxes((5, 0, 15, 10, 0.5))]
    fused = fuse(runs)
    np.testing.assert_allclose(fused[:, 4], [1 / 3, 0.5 / 3], rtol=1e-6)
    assert fuse([boxes(), boxes()]).shape == (0, 5)


@pytest.mark.parametrize(
    ("image", "found", "expected"),
    [
        pytest.param(labelled(PERSON), boxes((*PERSON, 0.9)), [], id="right"),
        pytest.param(labelled(PERSON), boxes((*PERSON, 0.06)), [], id="found, if not surely"),
        # 20 of 31 columns: IoU 0.65.
        pytest.param(labelled(PERSON), boxes((10, 10, 41, 60, 0.9)), [], id="nearly right"),
        pytest.param(labelled(), boxes((*OTHER, 0.9)), [("missing", None, 0.9)], id="missing"),
        pytest.param(labelled(), boxes((*OTHER, 0.24)), [], id="unsure"),
        pytest.param(
            labelled((10, 10, 50, 90)),
            boxes((10, 10, 50, 90, 0.9), (12, 50, 40, 88, 0.8)),
            [("missing", None, 0.4)],
            id="perhaps a part of somebody",
        ),
        pytest.param(
            labelled((50, 0, 70, 100), ignored=(True,)), boxes((*OTHER, 0.9)), [], id="half ignored"
        ),
        pytest.param(
            labelled((50, 0, 69, 100), ignored=(True,)),
            boxes((*OTHER, 0.9)),
            [("missing", None, 0.9)],
            id="less than half ignored",
        ),
        pytest.param(labelled(PERSON, ignored=(True,)), boxes(), [], id="ignored and nobody"),
        pytest.param(labelled(PERSON), boxes(), [("doubtful", 0, 1.0)], id="doubtful"),
        # A side of 0.1, half of what cannot be overlooked.
        pytest.param(
            labelled((10, 10, 20, 20)), boxes(), [("doubtful", 0, 0.5)], id="small and doubtful"
        ),
        pytest.param(
            labelled(PERSON, visibility=(0.3,)), boxes(), [("doubtful", 0, 0.3)], id="hidden"
        ),
        # IoU 0.2 is 2/3 of what touches, and 0.125 is half of unsure: seen 1/3.
        pytest.param(
            labelled(PERSON),
            boxes((10, 10, 30, 20, 0.125)),
            [("doubtful", 0, 2 / 3)],
            id="hardly seen",
        ),
        # IoU 0.4
        pytest.param(
            labelled(PERSON), boxes((10, 10, 30, 30, 0.9)), [("loose", 0, 0.54)], id="loose"
        ),
        pytest.param(
            labelled(PERSON), boxes((10, 10, 30, 30, 0.59)), [], id="another opinion, unsure"
        ),
        pytest.param(labelled(PERSON), boxes((10, 10, 30, 36, 0.9)), [], id="loose, but not much"),
        pytest.param(
            labelled(PERSON),
            boxes((10, 10, 30, 30, 0.9), (10, 40, 30, 60, 0.3)),
            [],
            id="several opinions",
        ),
        pytest.param(
            labelled(BOTH),
            boxes((*LEFT, 0.9), (*RIGHT, 0.7)),
            [("group", 0, 0.7)],
            id="group",
        ),
        # Together 0.4 of the label; each 0.2, which is 2/3 of what touches.
        pytest.param(
            labelled((0, 0, 50, 100)),
            boxes((*LEFT, 0.9), (*RIGHT, 0.7)),
            [("doubtful", 0, 1 / 3), ("missing", None, 0.45), ("missing", None, 0.35)],
            id="people before something large",
        ),
        pytest.param(
            labelled(BOTH),
            boxes((*BOTH, 0.3), (*LEFT, 0.9), (*RIGHT, 0.7)),
            [],
            id="a person, and halves of it",
        ),
    ],
)  # fmt: skip
def test_suspects(
    image: LabelledImage, found: np.ndarray, expected: list[tuple[str, int | None, float]]
) -> None:
    suspects = find_suspects(image, found, SIZE)
    assert [(one.fault, one.label) for one in suspects] == [one[:2] for one in expected]
    assert [one.score for one in suspects] == pytest.approx([one[2] for one in expected])


def test_thresholds_can_be_set() -> None:
    found = boxes((*LEFT, 0.3), (*RIGHT, 0.2))
    assert [one.fault for one in find_suspects(labelled(BOTH), found, SIZE, 0.2, 0.1)] == ["group"]
    assert find_suspects(labelled(), found, SIZE, 0.5, 0.4) == []


def test_of_a_group_only_those_without_a_label_are_added() -> None:
    image = labelled(BOTH, RIGHT)
    (group,) = find_suspects(image, boxes((*LEFT, 0.9), (*RIGHT, 0.7)), SIZE)
    np.testing.assert_array_equal(group.people, boxes((*LEFT, 0.9)))
    assert regions(image, [group]) == [
        (BOTH, 1, "group"), (RIGHT, 0, None), (LEFT, 0, "group")
    ]  # fmt: skip


def regions(
    image: LabelledImage, suspects: list[Suspect]
) -> list[tuple[tuple[float, ...], int, str | None]]:
    found = []
    for annotation in correct(image, suspects):
        x, y, width, height = annotation["bbox"]
        assert annotation["area"] == width * height
        assert annotation["iscrowd"] == annotation["ignore"]
        what = (x, y, x + width, y + height), annotation["ignore"], annotation.get("audit")
        found.append(what)
    return found


@pytest.mark.parametrize(
    ("image", "found", "expected"),
    [
        (labelled(), boxes((*OTHER, 0.6)), [(OTHER, 0, "missing")]),
        (labelled(), boxes((*OTHER, 0.59)), [(OTHER, 1, "missing")]),
        (labelled(PERSON), boxes(), [(PERSON, 1, "doubtful")]),
        # Of sides of 0.17 and 0.15 the suspicion is 0.85 and 0.75.
        (labelled((10, 10, 27, 27)), boxes(), [((10, 10, 27, 27), 1, "doubtful")]),
        (labelled((10, 10, 25, 25)), boxes(), [((10, 10, 25, 25), 0, None)]),
        (labelled(PERSON), boxes((10, 10, 30, 30, 0.79)), [(PERSON, 1, "loose")]),
        (
            labelled(PERSON),
            boxes((10, 10, 30, 30, 0.8)),
            [(PERSON, 1, "loose"), ((10, 10, 30, 30), 0, "loose")],
        ),
        (labelled(PERSON, OTHER, ignored=(False, True)), boxes((*PERSON, 0.9)),
         [(PERSON, 0, None), (OTHER, 1, None)]),
    ],
)  # fmt: skip
def test_what_becomes_of_them(
    image: LabelledImage,
    found: np.ndarray,
    expected: list[tuple[tuple[float, ...], int, str | None]],
) -> None:
    assert regions(image, find_suspects(image, found, SIZE)) == expected


def test_how_much_can_be_seen_is_kept() -> None:
    image = labelled(PERSON, OTHER, visibility=(0.3, 0.75))
    shares = [annotation["vis_ratio"] for annotation in correct(image, [])]
    assert shares == [0.3, 0.75]


def test_corrected_labels_have_no_suspects_any_more() -> None:
    image = labelled(BOTH, (60, 60, 90, 90), ignored=(False, False))
    found = boxes((*LEFT, 0.9), (*RIGHT, 0.7), (*OTHER, 0.4))
    suspects = find_suspects(image, found, SIZE)
    assert sorted(one.fault for one in suspects) == ["doubtful", "group", "missing"]
    after = regions(image, suspects)
    corrected = labelled(*(box for box, _, _ in after), ignored=tuple(bool(i) for _, i, _ in after))
    assert find_suspects(corrected, found, SIZE) == []
