import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset, PresetError
from pedcam.ui.base.background import call_on_window_thread, prepare_delivery
from pedcam.ui.base.messages import Messages
from pedcam.ui.presets.control import PresetControl
from pedcam.ui.presets.selection import AutoState, Condition, PresetSelection
from pedcam.video.stream.results import Result
from tests.factories import fake_preset


class Stream:
    """Notes what it is told."""

    def __init__(self, preset: str) -> None:
        self.preset, self.auto = preset, False
        self.told: list[object] = []

    def set_preset(self, name: str) -> None:
        self.preset, self.auto = name, False
        self.told.append(name)

    def set_auto(self, target_rate: float | None) -> None:
        self.auto = True
        self.told.append(("auto", target_rate))


class Parts:
    """A control with everything it keeps in step; ``stream`` can be taken away."""

    def __init__(self, pool: DetectorPool, chosen: str | None = "half") -> None:
        prepare_delivery()
        self.pool = pool
        self.presets = PresetSelection(pool.presets, chosen)
        self.auto, self.messages = AutoState(), Messages()
        self.stream: Any = Stream(str(self.presets.selected))
        self.control = PresetControl(
            pool, self.presets, self.auto, self.messages, lambda: self.stream
        )

    def conditions(self) -> list[Condition]:
        return [self.presets.condition(preset.name) for preset in self.presets.presets]

    def message(self) -> str:
        current = self.messages.current
        return current.text if current is not None else ""


@pytest.fixture
def parts(qtbot: QtBot, pool: DetectorPool) -> Parts:
    return Parts(pool)


def of_depth(like: Preset, name: str, depth: int) -> Preset:
    return replace(like, info=replace(like.info, name=name, depth=depth))


def test_every_preset_gets_ready(qtbot: QtBot, parts: Parts) -> None:
    parts.control.warm()
    qtbot.waitUntil(lambda: parts.conditions() == [Condition.READY] * 3)
    assert parts.presets.provider("full") == "cpu"
    assert parts.message() == ""


def test_one_that_cannot_run_is_left_out(
    qtbot: QtBot, parts: Parts, fake_detector: Any, presets: Sequence[Preset]
) -> None:
    fake_detector.broken = frozenset({"half"})
    parts.control.warm()
    qtbot.waitUntil(
        lambda: parts.conditions() == [Condition.READY, Condition.FAILED, Condition.READY]
    )
    # Both neighbours are one place away; the first one of them is taken.
    assert (parts.presets.selected, parts.stream.told) == ("float", ["float"])
    assert parts.message() == f"Preset {presets[1].path} cannot be run: broken"


def test_without_any_preset_somebody_says_so(qtbot: QtBot) -> None:
    parts = Parts(DetectorPool([]), None)
    assert "There is no preset" in parts.message()
    parts.control.warm()
    parts.control.set_auto(True, None)
    assert parts.stream.told == []


def test_choosing(parts: Parts) -> None:
    parts.control.choose("full")
    parts.control.choose("full")
    parts.control.choose("missing")
    assert parts.stream.told == ["full"]
    parts.stream = None
    parts.control.choose("float")
    assert parts.presets.selected == "float"


def test_sizes(qtbot: QtBot, fake_detector: Any) -> None:
    sizes = {(128, 96): None, (96, 64): None}
    presets = [fake_preset("a", 0, sizes=sizes), fake_preset("b", 28, sizes={(96, 64): None})]
    pool = DetectorPool(presets, make=fake_detector)
    parts = Parts(pool, "a")
    for step in (-1, 1, 1, 1, -1):
        parts.control.step_size(step)
    assert parts.stream.told == ["a@96x64", "a@128x96", "a@96x64"]
    parts.control.choose_depth(presets[1])
    assert parts.presets.selected == "b@96x64"
    parts.control.choose("a")
    parts.control.choose_depth(presets[1])
    assert parts.stream.told[-3:] == ["b@96x64", "a", "b"]
    parts.control.warm()
    qtbot.waitUntil(lambda: parts.conditions() == [Condition.READY] * 2)
    assert not pool.ready("b@96x64")
    pool.close()


def test_auto_and_back(parts: Parts) -> None:
    parts.control.set_auto(True, 15.0)
    assert parts.stream.told == [("auto", 15.0)]
    parts.control.set_auto(False, 15.0)
    assert parts.stream.told == [("auto", 15.0), "half"]
    # Choosing what runs already ends Auto too, and the rate is kept for the next time.
    parts.control.set_auto(True, 15.0)
    parts.control.choose("half")
    assert parts.stream.told[2:] == [("auto", 15.0), "half"]
    assert (parts.auto.enabled, parts.auto.target_rate) == (False, 15.0)


def test_a_new_stream_does_as_the_others_did(parts: Parts) -> None:
    stream: Any = Stream("half")
    parts.control.apply(stream)
    assert stream.told == []
    parts.control.choose("full")
    parts.control.apply(stream)
    assert stream.told == ["full"]
    parts.control.set_auto(True, None)
    parts.control.apply(stream)
    assert stream.told == ["full", ("auto", None)]
    parts.control.apply(None)


def test_what_auto_does_is_shown(parts: Parts, make_result: Callable[..., Result]) -> None:
    parts.control.set_auto(True, 20.0)
    parts.stream.preset = "full"
    parts.control.follow(replace(make_result(preset="half"), reason="Too slow."))
    assert (parts.presets.running, parts.presets.selected) == ("half", "full")
    assert parts.auto.reason == "Too slow."
    parts.control.set_auto(False, 20.0)
    parts.stream.preset = "float"
    parts.control.follow(make_result(preset="full"))
    assert (parts.presets.running, parts.presets.selected) == ("full", "full")


def test_adding(qtbot: QtBot, parts: Parts, presets: Sequence[Preset]) -> None:
    parts.control.add(of_depth(presets[0], "new", 20))
    assert [preset.name for preset in parts.presets.presets] == ["float", "half", "new", "full"]
    qtbot.waitUntil(lambda: parts.presets.condition("new") is Condition.READY)
    assert parts.stream.told == []
    with pytest.raises(ValueError, match="new"):
        parts.control.add(of_depth(presets[0], "new", 21))
    assert len(parts.presets.presets) == 4


def test_auto_may_use_one_that_is_added(parts: Parts, presets: Sequence[Preset]) -> None:
    parts.control.set_auto(True, 20.0)
    parts.control.add(of_depth(presets[0], "new", 20))
    assert parts.stream.told == [("auto", 20.0), ("auto", 20.0)]


def test_adding_the_first_one(qtbot: QtBot, presets: Sequence[Preset], fake_detector: Any) -> None:
    parts = Parts(DetectorPool([], make=fake_detector), None)
    parts.stream = None
    parts.control.add(presets[1])
    assert parts.message() == ""
    assert parts.presets.selected == "half"
    qtbot.waitUntil(lambda: parts.conditions() == [Condition.READY])


def test_adding_one_that_cannot_run(
    qtbot: QtBot, parts: Parts, presets: Sequence[Preset], fake_detector: Any
) -> None:
    fake_detector.broken = frozenset({"new"})
    parts.control.add(of_depth(presets[0], "new", 20))
    qtbot.waitUntil(lambda: parts.presets.condition("new") is Condition.FAILED)
    assert "cannot be run" in parts.message()
    assert parts.presets.selected == "half"


def test_removing(parts: Parts) -> None:
    parts.control.remove("full")
    assert (parts.presets.selected, parts.stream.told) == ("half", [])
    parts.control.remove("half")
    assert (parts.presets.selected, parts.stream.told) == ("float", ["float"])
    parts.control.remove("float")
    assert parts.presets.selected is None
    assert "There is no preset" in parts.message()
    with pytest.raises(KeyError):
        parts.control.remove("never there")


def test_computing_elsewhere(qtbot: QtBot, parts: Parts) -> None:
    parts.control.warm()
    qtbot.waitUntil(lambda: parts.conditions() == [Condition.READY] * 3)
    parts.control.reload("cuda", 2)
    assert (parts.pool.provider, parts.pool.threads) == ("cuda", 2)
    qtbot.waitUntil(lambda: parts.conditions() == [Condition.READY] * 3)
    assert [parts.presets.provider(preset.name) for preset in parts.presets.presets] == ["cuda"] * 3


def test_computing_elsewhere_after_everything_failed(
    qtbot: QtBot, parts: Parts, fake_detector: Any
) -> None:
    fake_detector.broken = frozenset({"float", "half", "full"})
    parts.control.warm()
    qtbot.waitUntil(lambda: parts.presets.selected is None)
    assert "There is no preset" in parts.message()
    fake_detector.broken = frozenset()
    parts.control.reload("cpu", 1)
    assert parts.presets.selected == "full"
    assert "There is no preset" not in parts.message()
    qtbot.waitUntil(lambda: parts.conditions() == [Condition.READY] * 3)


def test_a_failure_of_before_does_not_count_elsewhere(
    qtbot: QtBot, presets: Sequence[Preset]
) -> None:
    loading, go_on, failed = threading.Event(), threading.Event(), threading.Event()

    class Detector:
        """Cannot be made on the GPU, which it finds out slowly."""

        problem = ""

        def __init__(self, preset: Preset, provider: str, threads: int | None) -> None:
            self.provider = provider
            if provider == "cuda":
                loading.set()
                assert go_on.wait(10)
                failed.set()
                raise PresetError("There is no GPU.")

        def warm_up(self) -> None:
            pass

        def detect(self, image: np.ndarray, threshold: float | None = None) -> None:
            raise AssertionError

    pool: Any = DetectorPool(presets[:1], provider="cuda", make=Detector)  # type: ignore[arg-type]
    parts = Parts(pool, "float")
    parts.control.warm()
    assert loading.wait(10)
    parts.control.reload("cpu", None)
    go_on.set()
    qtbot.waitUntil(lambda: failed.is_set() and parts.conditions() == [Condition.READY])
    assert (parts.presets.selected, parts.message()) == ("float", "")


def test_a_device_that_goes_away_while_playing_is_said(qtbot: QtBot, parts: Parts) -> None:
    parts.control.reload("cuda", None)
    qtbot.waitUntil(lambda: parts.presets.provider("half") == "cuda")
    detector: Any = parts.pool.get("half")
    detector.provider, detector.problem = "cpu", "The GPU cannot be used."
    parts.pool.detect("half", np.zeros((9, 9, 3), np.uint8))
    qtbot.waitUntil(lambda: parts.presets.provider("half") == "cpu")
    assert parts.message() == "The GPU cannot be used."


def test_dropping(parts: Parts) -> None:
    error = PresetError("Preset half cannot be run.")
    parts.control.drop("half", error)
    assert parts.presets.error("half") == "Preset half cannot be run."
    assert parts.stream.told == ["float"]
    # Auto chooses by itself.
    parts.control.set_auto(True, None)
    parts.control.drop("float", error)
    assert (parts.presets.selected, parts.stream.told) == ("full", ["float", ("auto", None)])
    parts.control.drop("full", error)
    assert parts.presets.selected is None


def test_dropping_one_that_was_removed_meanwhile(parts: Parts) -> None:
    parts.control.remove("full")
    parts.control.drop("full", PresetError("Preset full cannot be run."))
    assert parts.message() == ""
    assert parts.conditions() == [Condition.LOADING] * 2
    assert (parts.presets.selected, parts.stream.told) == ("half", [])


def test_after_its_end_it_takes_nothing_from_the_pool(
    qtbot: QtBot, parts: Parts, presets: Sequence[Preset]
) -> None:
    parts.control.close()
    parts.control.warm()
    qtbot.waitUntil(lambda: all(parts.pool.ready(preset.name) for preset in presets))
    later = threading.Event()
    # Delivered after what the pool said.
    parts.pool.request("full", lambda: call_on_window_thread(later.set))
    qtbot.waitUntil(later.is_set)
    assert parts.conditions() == [Condition.LOADING] * 3
