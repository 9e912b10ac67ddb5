import threading
from dataclasses import replace

import numpy as np
import pytest
import supervision as sv

from pedcam.detect.presets import PresetError
from pedcam.video.people.counters import IgnoredZone
from pedcam.video.stream.comparison import Comparison, Pair, differences
from tests.factories import make_detections, make_result

PATIENCE = 20.0


class Pool:
    """Finds what it was told to find, and fails for the preset "broken"."""

    def __init__(self) -> None:
        self.found = make_detections((0, 0, 10, 20))
        self.asked: list[tuple[str, float | None]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def ready(self, name: str) -> bool:
        if name == "unknown":
            raise KeyError(name)
        return True

    def detect(
        self, name: str, image: np.ndarray, threshold: float | None, rows: int
    ) -> sv.Detections:
        self.asked.append((name, threshold))
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        if name == "broken":
            raise PresetError("Preset broken cannot be run.")
        if name == "odd":
            raise RuntimeError("odd")
        return self.found


class Told:
    """What a comparison says, and waiting for it."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.errors: list[str] = []
        self._changed = threading.Condition()

    def pair(self, pair: Pair) -> None:
        with self._changed:
            self.pairs.append(pair)
            self._changed.notify_all()

    def error(self, text: str) -> None:
        with self._changed:
            self.errors.append(text)
            self._changed.notify_all()

    def wait(self, pairs: int = 0, errors: int = 0) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.pairs) >= pairs and len(self.errors) >= errors, PATIENCE
            )


@pytest.mark.parametrize(
    ("left", "right", "only_left", "only_right"),
    [
        ([], [], [], []),
        ([(0, 0, 10, 20)], [], [True], []),
        ([], [(0, 0, 10, 20)], [], [True]),
        # 10 x 20 and the same moved by 5: 100 of 300 overlap.
        ([(0, 0, 10, 20)], [(5, 0, 15, 20)], [True], [True]),
        # Moved by 3: 140 of 260.
        ([(0, 0, 10, 20)], [(3, 0, 13, 20)], [False], [False]),
        # Two boxes on one person: the closer one is that person.
        ([(0, 0, 10, 20)], [(2, 0, 12, 20), (0, 0, 10, 21)], [False], [True, False]),
        (
            [(0, 0, 10, 20), (50, 0, 60, 20)],
            [(50, 0, 60, 20), (100, 0, 110, 20)],
            [True, False],
            [False, True],
        ),
    ],
)
def test_differences(
    left: list[tuple[float, ...]],
    right: list[tuple[float, ...]],
    only_left: list[bool],
    only_right: list[bool],
) -> None:
    found_left, found_right = differences(make_detections(*left), make_detections(*right))
    assert found_left.tolist() == only_left
    assert found_right.tolist() == only_right


def test_a_frame_is_compared() -> None:
    pool, told = Pool(), Told()
    comparison = Comparison(pool, "right", told.pair, told.error, 0.25)
    comparison.start()
    given = make_result(3, make_detections((0, 0, 10, 20), (30, 0, 40, 20)))
    comparison.put(given)
    told.wait(pairs=1)
    comparison.close()
    pair = told.pairs[0]
    assert pair.left is given
    assert pair.right is pool.found
    assert (pair.right_preset, pool.asked) == ("right", [("right", 0.25)])
    assert pair.right_ms >= 0
    assert pair.only_left.tolist() == [False, True]
    assert pair.only_right.tolist() == [False]


def test_the_newest_frame_is_next_and_none_is_compared_twice() -> None:
    pool, told = Pool(), Told()
    pool.gate.clear()
    comparison = Comparison(pool, "right", told.pair, told.error)
    comparison.start()
    comparison.put(make_result(0, make_detections()))
    assert pool.entered.wait(PATIENCE)
    for index in (1, 2, 3):
        comparison.put(make_result(index, make_detections()))
    pool.gate.set()
    told.wait(pairs=2)
    comparison.close(PATIENCE)
    assert [pair.left.frame.index for pair in told.pairs] == [0, 3]


def test_nobody_is_found_in_an_ignored_zone() -> None:
    pool, told = Pool(), Told()
    # Feet at 5, 20 of 64 x 48 pixels, and at 45, 40.
    pool.found = make_detections((0, 0, 10, 20), (40, 20, 50, 40))
    corner = IgnoredZone("Poster", ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)))
    comparison = Comparison(pool, "right", told.pair, told.error)
    comparison.start()
    comparison.put(replace(make_result(0, make_detections()), ignored=(corner,)))
    told.wait(pairs=1)
    comparison.close(PATIENCE)
    assert told.pairs[0].right.xyxy.tolist() == [[40, 20, 50, 40]]
    assert told.pairs[0].only_right.tolist() == [True]


def test_other_settings_compare_the_frame_on_display_again() -> None:
    pool, told = Pool(), Told()
    comparison = Comparison(pool, "right", told.pair, told.error)
    comparison.start()
    comparison.put(make_result(0, make_detections()))
    told.wait(pairs=1)
    comparison.set_preset("other")
    told.wait(pairs=2)
    comparison.set_score_threshold(0.9)
    told.wait(pairs=3)
    comparison.close(PATIENCE)
    assert comparison.preset == "other"
    assert pool.asked == [("right", None), ("other", None), ("other", 0.9)]


@pytest.mark.parametrize(
    ("preset", "text"),
    [
        ("broken", "Preset broken cannot be run."),
        ("odd", "Comparing with preset 'odd' stopped unexpectedly: odd"),
    ],
)
def test_a_preset_that_fails_is_told_once_and_another_goes_on(preset: str, text: str) -> None:
    pool, told = Pool(), Told()
    comparison = Comparison(pool, preset, told.pair, told.error)
    comparison.start()
    comparison.put(make_result(0, make_detections()))
    told.wait(errors=1)
    comparison.set_preset("right")
    told.wait(pairs=1)
    comparison.close(PATIENCE)
    assert told.errors == [text]


def test_nothing_is_told_after_the_end() -> None:
    pool, told = Pool(), Told()
    pool.gate.clear()
    comparison = Comparison(pool, "right", told.pair, told.error)
    comparison.start()
    comparison.put(make_result(0, make_detections()))
    assert pool.entered.wait(PATIENCE)
    comparison.close(timeout=0)
    pool.gate.set()
    comparison.close(PATIENCE)
    assert told.pairs == []


def test_unknown_presets_are_refused() -> None:
    told = Told()
    with pytest.raises(KeyError):
        Comparison(Pool(), "unknown", told.pair, told.error)
    comparison = Comparison(Pool(), "right", told.pair, told.error)
    with pytest.raises(KeyError):
        comparison.set_preset("unknown")
