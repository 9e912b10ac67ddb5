import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import supervision as sv
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import PresetError
from pedcam.ui.base.background import call_on_window_thread
from pedcam.ui.base.messages import Messages
from pedcam.ui.compare.control import ComparisonControl
from pedcam.ui.compare.state import ComparisonState
from pedcam.ui.player.subscribers import Subscribers
from pedcam.video.stream.comparison import Pair
from pedcam.video.stream.results import Result
from tests.factories import make_detections

PATIENCE = 20.0


class Pool:
    """Finds one person, or fails for "broken"; works only while its gate is open."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float | None]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def ready(self, name: str) -> bool:
        return True

    def detect(
        self, name: str, image: np.ndarray, threshold: float | None, rows: int
    ) -> sv.Detections:
        self.asked.append((name, threshold))
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        if name == "broken":
            raise PresetError("Preset broken cannot be run.")
        return make_detections((0, 4, 6, 20))


class Parts:
    """A control with everything around it, and the pairs it told."""

    def __init__(self) -> None:
        self.pool, self.subscribers = Pool(), Subscribers()
        self.state, self.messages = ComparisonState(), Messages()
        pool: Any = self.pool
        self.control = ComparisonControl(pool, self.subscribers, self.state, self.messages)
        self.pairs: list[Pair | None] = []
        self.control.pair_arrived.connect(self.pairs.append)

    def told(self, result: Result, right: str) -> bool:
        pair = self.pairs[-1] if self.pairs else None
        return pair is not None and pair.left is result and pair.right_preset == right


@pytest.fixture
def parts(qtbot: QtBot) -> Iterator[Parts]:
    made = Parts()
    yield made
    made.pool.gate.set()
    made.control.close()


def test_what_plays_is_compared(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]
) -> None:
    parts.control.compare("full")
    assert parts.state.other == "full"
    result = make_result(count=2)
    parts.subscribers.put(result)
    qtbot.waitUntil(lambda: parts.told(result, "full"))
    (pair,) = parts.pairs
    assert pair is not None
    # The result's people stand at 0 and 8, the other preset finds the first.
    assert pair.only_left.tolist() == [False, True]
    assert pair.only_right.tolist() == [False]


def test_a_picture_that_stands_still_is_compared(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]
) -> None:
    result = make_result()
    parts.control.compare("full", result)
    qtbot.waitUntil(lambda: parts.told(result, "full"))
    parts.control.compare("float")
    qtbot.waitUntil(lambda: parts.told(result, "float"))
    assert parts.state.other == "float"


def test_the_end(qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]) -> None:
    parts.control.compare("full", make_result())
    qtbot.waitUntil(lambda: len(parts.pairs) == 1)
    parts.control.compare(None)
    assert parts.pairs[1:] == [None]
    assert not parts.state.active
    parts.subscribers.put(make_result(index=1))
    assert len(parts.pool.asked) == 1


def test_a_pair_on_its_way_at_the_end_is_not_told(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.pool.gate.clear()
    parts.control.compare("full", make_result())
    assert parts.pool.entered.wait(PATIENCE)
    ended: Any = parts.control._comparison
    told, put = threading.Event(), ended._on_pair

    def tell(pair: Pair) -> None:
        put(pair)
        call_on_window_thread(told.set)

    monkeypatch.setattr(ended, "_on_pair", tell)
    # What ends it is held up, as by the end of another one.
    go_on = threading.Event()
    parts.control._worker.submit(lambda: go_on.wait(PATIENCE), lambda _: None)
    parts.control.compare(None)
    parts.control.compare("float")
    parts.pool.gate.set()
    qtbot.waitUntil(told.is_set)
    assert parts.pairs == [None]
    go_on.set()


def test_a_pair_of_the_source_before_is_not_told(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]
) -> None:
    parts.pool.gate.clear()
    parts.control.compare("full", make_result())
    assert parts.pool.entered.wait(PATIENCE)
    parts.control.new_source()
    assert parts.pairs == [None]
    assert parts.state.other == "full"
    result = make_result(index=1)
    parts.subscribers.put(result)
    parts.pool.gate.set()
    qtbot.waitUntil(lambda: parts.told(result, "full"))
    assert len(parts.pairs) == 2
    # Nor is a picture of the source before compared with yet another preset.
    parts.control.new_source()
    parts.pool.asked.clear()
    parts.control.compare("float")
    result = make_result(index=2)
    parts.subscribers.put(result)
    qtbot.waitUntil(lambda: parts.told(result, "float"))
    assert parts.pool.asked == [("float", None)]


def test_a_preset_that_fails_is_a_message_until_one_works(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]
) -> None:
    result = make_result()
    parts.control.compare("broken", result)
    qtbot.waitUntil(lambda: parts.messages.current is not None)
    assert parts.messages.current is not None
    assert parts.messages.current.text == "Preset broken cannot be run."
    parts.control.compare("full")
    qtbot.waitUntil(lambda: parts.told(result, "full"))
    assert parts.messages.current is None


def test_the_end_takes_the_message_away(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]
) -> None:
    parts.control.compare("broken", make_result())
    qtbot.waitUntil(lambda: parts.messages.current is not None)
    parts.control.compare(None)
    assert parts.messages.current is None


def test_the_threshold_holds_for_every_comparison(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]
) -> None:
    result = make_result()
    parts.control.set_score_threshold(0.3)
    parts.control.compare("full", result)
    qtbot.waitUntil(lambda: parts.pool.asked == [("full", 0.3)])
    qtbot.waitUntil(lambda: parts.told(result, "full"))
    parts.control.set_score_threshold(None)
    qtbot.waitUntil(lambda: parts.pool.asked == [("full", 0.3), ("full", None)])


def test_closing_does_not_wait(
    qtbot: QtBot, parts: Parts, make_result: Callable[..., Result]
) -> None:
    parts.pool.gate.clear()
    parts.control.compare("full", make_result())
    assert parts.pool.entered.wait(PATIENCE)
    parts.control.close()
    assert not parts.pool.gate.is_set()
    assert not parts.state.active
