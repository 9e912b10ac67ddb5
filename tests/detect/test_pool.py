import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv

from pedcam import bundled
from pedcam.detect import pool as pool_module
from pedcam.detect.pool import MOST_LANES, DetectorPool, lanes_for, load_pool
from pedcam.detect.presets import Preset, PresetError
from tests.factories import fake_preset

PATIENCE = 20.0
SIZED = fake_preset("a", sizes={(96, 96): None, (128, 128): None})


class Detector:
    problem = ""

    def __init__(self, preset: Preset, **keywords: Any) -> None:
        self.preset = preset
        self.keywords = keywords
        self.warm = False
        self.base: Detector | None = None
        self.meeting: threading.Barrier | None = None

    def at(self, preset: Preset) -> "Detector":
        made = Detector(preset, **self.keywords)
        made.base = self
        return made

    def warm_up(self) -> None:
        self.warm = True

    def detect(self, image: np.ndarray, score_threshold: float | None = None) -> sv.Detections:
        if self.meeting is not None:
            self.meeting.wait(timeout=0.3)
        return sv.Detections.empty()


class Maker:
    """Makes detectors; some only when told to, some never."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.threads: set[str] = set()
        self.gates: dict[str, threading.Event] = {}
        self.failures: dict[str, Exception] = {}
        self.begun: dict[str, threading.Event] = {name: threading.Event() for name in "abcd"}

    def __call__(self, preset: Preset, **keywords: Any) -> Detector:
        self.made.append(preset.name)
        self.threads.add(threading.current_thread().name)
        self.begun[preset.name].set()
        if preset.name in self.gates:
            assert self.gates[preset.name].wait(PATIENCE)
        if preset.name in self.failures:
            raise self.failures[preset.name]
        return Detector(preset, **keywords)


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def pool(maker: Maker) -> Iterator[DetectorPool]:
    pool = DetectorPool([fake_preset(name) for name in "abcd"], make=maker)
    yield pool
    pool.close()


class Calls:
    """Remembers calls and waits for them."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.heard: list[Any] = []

    def __call__(self, *arguments: Any) -> None:
        with self.changed:
            self.heard.append(arguments)
            self.changed.notify_all()

    def wait(self, count: int) -> list[Any]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.heard) >= count, PATIENCE)
        return self.heard


def in_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    return thread, results


def test_warms_everything_in_order_in_one_thread(pool: DetectorPool, maker: Maker) -> None:
    ready = Calls()
    pool.warm_all(ready, first="c")
    assert ready.wait(4) == [("c",), ("a",), ("b",), ("d",)]
    assert maker.threads == {"pedcam-presets"}
    assert all(pool.ready(name) for name in "abcd")
    assert all(pool.get(name).warm for name in "abcd")
    assert maker.made == ["c", "a", "b", "d"], "nothing is loaded twice"


def test_get_loads_what_nobody_loads(pool: DetectorPool, maker: Maker) -> None:
    assert not pool.ready("b")
    detector = pool.get("b")
    assert detector.preset.name == "b"
    assert pool.ready("b")
    assert pool.get("b") is detector
    assert maker.made == ["b"]
    assert maker.threads == {"MainThread"}


def test_get_waits_for_whoever_loads_already(pool: DetectorPool, maker: Maker) -> None:
    gate = maker.gates["a"] = threading.Event()
    pool.warm_all()
    assert maker.begun["a"].wait(PATIENCE)
    thread, results = in_thread(lambda: pool.get("a"))
    assert not pool.ready("a")
    gate.set()
    thread.join(PATIENCE)
    assert results == [pool.get("a")]
    assert maker.made.count("a") == 1


def test_a_request_goes_before_the_others(pool: DetectorPool, maker: Maker) -> None:
    gate = maker.gates["a"] = threading.Event()
    ready, settled = Calls(), Calls()
    pool.warm_all(ready)
    assert maker.begun["a"].wait(PATIENCE)
    pool.request("d", settled)
    gate.set()
    assert ready.wait(4) == [("a",), ("d",), ("b",), ("c",)]
    settled.wait(1)
    pool.request("d", settled)
    assert len(settled.heard) == 2, "what is ready is told at once"


def test_a_preset_that_fails_stops_no_other(pool: DetectorPool, maker: Maker) -> None:
    maker.failures = {"b": PresetError("b is damaged"), "c": RuntimeError("no memory")}
    ready, failed = Calls(), Calls()
    pool.warm_all(ready, failed)
    assert ready.wait(2) == [("a",), ("d",)]
    (first, error), (second, other) = failed.wait(2)
    assert (first, str(error)) == ("b", "b is damaged")
    assert second == "c"
    assert isinstance(other, PresetError)
    assert "c.onnx cannot be run: no memory" in str(other)
    assert pool.error("b") is error
    assert pool.error("a") is None
    assert not pool.ready("b")
    with pytest.raises(PresetError, match="b is damaged"):
        pool.get("b")
    assert maker.made.count("b") == 1, "it is not tried again and again"


def test_detect_keeps_threads_apart(pool: DetectorPool) -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    meeting = pool.get("a").meeting = threading.Barrier(2)

    def detect() -> bool:
        try:
            pool.detect("a", image)
        except threading.BrokenBarrierError:
            return False
        return True

    met = []
    for thread, results in [in_thread(detect) for _ in range(2)]:
        thread.join(PATIENCE)
        met += results
    assert met == [False, False], "two threads were inside one detector"
    assert meeting.broken


def test_options_reach_the_detectors(maker: Maker) -> None:
    pool = DetectorPool([fake_preset("a")], provider="cuda", threads=3, make=maker)
    assert pool.get("a").keywords == {"provider": "cuda", "threads": 3}


def test_unknown_names(pool: DetectorPool) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: pool.get("x"),
        lambda: pool.ready("x"),
        lambda: pool.error("x"),
        lambda: pool.request("x", print),
    ]
    for call in calls:
        with pytest.raises(KeyError, match=r"no preset 'x'\. Presets: a, b, c, d"):
            call()


def test_presets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        DetectorPool([fake_preset("a"), fake_preset("a")])


def test_a_preset_is_added_in_its_place(maker: Maker) -> None:
    deep = replace(fake_preset("z"), info=replace(fake_preset("z").info, depth=1))
    pool = DetectorPool([fake_preset("a"), deep], make=maker)
    pool.add(fake_preset("c"))
    assert [one.name for one in pool.presets] == ["a", "c", "z"]
    assert pool.get("c").preset.name == "c"
    with pytest.raises(ValueError, match="'c'"):
        pool.add(fake_preset("c"))


def test_a_preset_removed_is_offered_no_longer_but_goes_on(pool: DetectorPool) -> None:
    detector = pool.get("b")
    pool.remove("b")
    assert "b" not in [one.name for one in pool.presets]
    assert pool.get("b") is detector
    with pytest.raises(KeyError):
        pool.remove("nobody")


def test_only_what_is_offered_is_warmed(pool: DetectorPool, maker: Maker) -> None:
    pool.remove("b")
    ready, settled = Calls(), Calls()
    pool.warm_all(ready, first="d")
    assert ready.wait(3) == [("d",), ("a",), ("c",)]
    # Asked for by name, as by a stream that still uses it.
    pool.request("b", settled)
    settled.wait(1)
    assert maker.made == ["d", "a", "c", "b"]


def test_a_new_file_under_the_name_of_one_removed_is_loaded(pool: DetectorPool) -> None:
    before = pool.get("b")
    pool.remove("b")
    pool.add(fake_preset("b"))
    assert not pool.ready("b")
    assert pool.get("b") is not before


def test_reloading_takes_the_new_settings(maker: Maker) -> None:
    pool = DetectorPool([fake_preset("a")], threads=1, make=maker)
    before = pool.get("a")
    pool.reload(provider="cuda", threads=2)
    assert not pool.ready("a")
    after = pool.get("a")
    assert after is not before
    assert after.keywords == {"provider": "cuda", "threads": 2}


def test_reloading_forgets_nobody_who_waits(maker: Maker) -> None:
    maker.gates["a"] = threading.Event()
    pool = DetectorPool([fake_preset("a")], make=maker)
    settled = threading.Event()
    pool.request("a", settled.set)
    assert maker.begun["a"].wait(PATIENCE)
    pool.reload(provider="cpu", threads=2)
    maker.gates["a"].set()
    assert settled.wait(PATIENCE)
    assert pool.get("a").keywords["threads"] == 2


class TestSizes:
    @pytest.fixture
    def pool(self, maker: Maker) -> Iterator[DetectorPool]:
        pool = DetectorPool([SIZED, fake_preset("b")], make=maker)
        yield pool
        pool.close()

    def test_a_further_size_is_loaded_on_request_and_shares_the_session(
        self, pool: DetectorPool, maker: Maker
    ) -> None:
        ready, settled = Calls(), Calls()
        pool.warm_all(ready)
        assert ready.wait(2) == [("a",), ("b",)]
        assert not pool.ready("a@96x96")
        pool.request("a@96x96", settled)
        settled.wait(1)
        detector = pool.get("a@96x96")
        assert detector.warm
        assert detector.preset.info.input_size == (96, 96)
        assert detector.base is pool.get("a")
        assert maker.made == ["a", "b"]
        assert not pool.ready("a@128x128")
        assert [preset.name for preset in pool.presets] == ["a", "b"]

    def test_it_brings_along_the_session_that_it_shares(
        self, pool: DetectorPool, maker: Maker
    ) -> None:
        ready = Calls()
        pool.warm_all(ready, first="a@96x96")
        assert ready.wait(3) == [("a",), ("a@96x96",), ("b",)]

    def test_it_fails_as_the_default_size_does(self, pool: DetectorPool, maker: Maker) -> None:
        maker.failures = {"a": PresetError("a is damaged")}
        with pytest.raises(PresetError, match="a is damaged"):
            pool.get("a@96x96")
        assert pool.error("a@96x96") is pool.error("a")
        assert maker.made == ["a"]

    def test_it_is_made_anew_with_its_preset(self, pool: DetectorPool, maker: Maker) -> None:
        before = pool.get("a@96x96")
        pool.reload(provider="cuda", threads=2)
        assert not pool.ready("a@96x96")
        after = pool.get("a@96x96")
        assert after.keywords == {"provider": "cuda", "threads": 2}
        pool.remove("a")
        assert pool.get("a@96x96") is after
        pool.add(SIZED)
        assert not pool.ready("a@96x96")
        assert pool.get("a@96x96").base is pool.get("a")
        assert after is not before

    def test_alone_it_is_loaded_as_any_other(self, maker: Maker) -> None:
        maker.begun["a@96x96"] = threading.Event()
        pool = DetectorPool([SIZED.at((96, 96))], make=maker)
        assert pool.get("a@96x96").base is None

    def test_thresholds_are_calibrated_at_each_size(self, pool: DetectorPool) -> None:
        assert [pool.threshold(name) for name in ("a", "a@96x96")] == [0.5, 0.6]


def test_thresholds_are_those_of_the_presets(pool: DetectorPool) -> None:
    assert pool.threshold("a") == 0.5


def test_closing_stops_the_loading(pool: DetectorPool, maker: Maker) -> None:
    gate = maker.gates["a"] = threading.Event()
    ready = Calls()
    pool.warm_all(ready)
    assert maker.begun["a"].wait(PATIENCE)
    loader = next(t for t in threading.enumerate() if t.name == "pedcam-presets")
    pool.close()
    gate.set()
    loader.join(PATIENCE)
    assert not loader.is_alive()
    assert ready.heard == []
    assert maker.made == ["a"]
    with pytest.raises(PresetError, match="no longer available"):
        pool.get("a")


class TestLoadPool:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        asked: list[Path] = []

        def find(folders: list[Path]) -> tuple[list[Preset], list[PresetError]]:
            asked.extend(folders)
            return [fake_preset("a")], [PresetError("x.onnx is damaged")]

        monkeypatch.setattr(pool_module, "find_presets", find)
        monkeypatch.delenv("PEDCAM_MODELS", raising=False)
        return asked

    def test_bundled_presets_come_before_the_users(
        self, asked: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bundled, "models_folder", lambda: tmp_path / "bundled")
        monkeypatch.setattr(pool_module, "user_models_folder", lambda: tmp_path / "user")
        pool, errors = load_pool()
        assert asked == [tmp_path / "bundled", tmp_path / "user"]
        assert [found.name for found in pool.presets] == ["a"]
        assert [str(error) for error in errors] == ["x.onnx is damaged"]

    def test_the_environment_names_other_folders(
        self, asked: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import os

        monkeypatch.setenv("PEDCAM_MODELS", f"{tmp_path}{os.pathsep}/no/such")
        _, errors = load_pool()
        assert asked == [tmp_path, Path("/no/such")]
        assert "no folder /no/such" in str(errors[0])

    def test_folders_that_are_given_count_alone(
        self, asked: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PEDCAM_MODELS", "/no/such")
        load_pool([tmp_path])
        assert asked == [tmp_path]

    def test_a_copy_without_presets_says_so(
        self, asked: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing() -> Path:
            raise FileNotFoundError("models is missing from this copy")

        monkeypatch.setattr(bundled, "models_folder", missing)
        _, errors = load_pool()
        assert "models is missing from this copy" in str(errors[0])
        assert len(asked) == 1


class TestBundledPresets:
    @pytest.fixture
    def bundled_pool(self) -> Iterator[DetectorPool]:
        pool, errors = load_pool([bundled.models_folder()])
        assert pool.presets
        assert errors == []
        yield pool
        pool.close()

    def test_each_can_be_warmed_and_sees_nobody_in_gray(self, bundled_pool: DetectorPool) -> None:
        failed = Calls()
        ready = Calls()
        bundled_pool.warm_all(ready, failed)
        for found in bundled_pool.presets:
            people = bundled_pool.detect(found.name, np.full((240, 320, 3), 127, np.uint8))
            assert len(people) == 0
        assert failed.heard == []


def test_lanes_are_one_thread_each() -> None:
    asked: list[int | None] = []

    class Laned:
        problem = ""

        def at(self, preset: Preset) -> "Laned":
            return self

        def warm_up(self) -> None:
            pass

    def make(preset: Preset, *, provider: str, threads: int | None) -> Any:
        asked.append(threads)
        return Laned()

    for lanes in (1, 3):
        DetectorPool([fake_preset("a")], lanes=lanes, make=make).get("a")
    assert asked == [None, 1]


def test_how_many_lanes_there_are() -> None:
    assert lanes_for("cpu") > 1
    assert [lanes_for("cpu", threads) for threads in (1, 3, 999)] == [1, 3, MOST_LANES]
    assert lanes_for("cuda") == 1
