"""Sessions on other providers, which this machine may not have: stand-ins fail on purpose."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime as ort
import platformdirs
import pytest

from pedcam.detect import session as module
from pedcam.detect.detector import Detector
from pedcam.detect.pool import DetectorPool, lanes_for
from pedcam.detect.presets import Preset, session_options
from pedcam.detect.providers import AUTO, PROVIDERS, available
from pedcam.detect.session import ProviderSession, fastest, open_session
from tests.nets import SIZE, small_preset

WIDTH, HEIGHT = SIZE
GRAY = np.full((1, HEIGHT, WIDTH, 3), 114, np.uint8)


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    return small_preset(tmp_path_factory.mktemp("presets"), depth=24)


class Gpu:
    """Stands in for `open_session`: CUDA computes as the processor does, and then no longer."""

    def __init__(self, frames: int | None = None, lack: str = "") -> None:
        self.frames, self.lack = frames, lack
        self.opened: list[str] = []

    def __call__(self, path: Path, options: Any, provider: str) -> Any:
        self.opened.append(provider)
        if provider == "cuda" and self.lack:
            raise RuntimeError(self.lack)
        real = open_session(path, options, "cpu")
        return SimpleNamespace(run=partial(self.run, real)) if provider == "cuda" else real

    def run(self, real: ort.InferenceSession, *arguments: Any) -> Any:
        if self.frames is not None:
            self.frames -= 1
            if self.frames < 0:
                raise RuntimeError("CUDA failure 999:\nunknown error")
        return real.run(*arguments)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gpu]:
    gpu = Gpu()
    monkeypatch.setattr(module, "open_session", gpu)
    monkeypatch.setattr(module, "available", lambda: ("cpu", "cuda"))
    return gpu


class TestFallingBack:
    def test_a_provider_that_cannot_be_opened(self, gpu: Gpu, preset: Preset) -> None:
        gpu.lack = "libcudnn.so.9: no such file."
        session = ProviderSession(preset.path, session_options, "cuda")
        assert session.provider == "cpu"
        assert session.problem == (
            "NVIDIA GPU (CUDA) cannot be used: libcudnn.so.9: no such file. "
            "The processor computes instead."
        )
        assert session.run(GRAY)[0].shape[2] == 4

    def test_one_that_goes_away_loses_no_frame(self, gpu: Gpu, preset: Preset) -> None:
        gpu.frames = 2
        expected = Detector(preset).detect(GRAY[0], 0.0).xyxy
        detector = Detector(preset, provider="cuda")
        further = detector.at(preset)
        assert detector.provider == "cuda"
        for _ in range(4):
            np.testing.assert_array_equal(detector.detect(GRAY[0], 0.0).xyxy, expected)
        assert detector.provider == further.provider == "cpu"
        assert "CUDA failure 999: unknown error" in further.problem
        assert gpu.opened == ["cpu", "cuda", "cpu"]

    def test_a_pool_says_so_once_for_each_preset(self, gpu: Gpu, preset: Preset) -> None:
        gpu.frames = 3
        pool = DetectorPool([preset], provider="cuda", lanes=2)
        told: list[tuple[str, str]] = []
        pool.on_problem = lambda name, problem: told.append((name, problem))
        for _ in range(5):
            pool.detect(preset.name, GRAY[0])
        assert [name for name, _ in told] == [preset.name]
        assert "CUDA failure 999" in told[0][1]

    def test_what_cannot_run_anywhere_is_the_files_fault(
        self, gpu: Gpu, preset: Preset, tmp_path: Path
    ) -> None:
        path = tmp_path / "rubbish.onnx"
        path.write_bytes(b"rubbish")
        with pytest.raises(Exception, match=r"rubbish\.onnx"):
            ProviderSession(path, session_options, "cuda")
        gpu.frames = None
        session = ProviderSession(preset.path, session_options, "cuda")
        with pytest.raises(Exception, match="image"):
            session.run(GRAY[0])

    def test_what_is_not_here_says_what_it_takes(self, preset: Preset) -> None:
        name = next(name for name in PROVIDERS if name not in available())
        session = ProviderSession(preset.path, session_options, name)
        assert session.provider == "cpu"
        assert PROVIDERS[name].needs in session.problem


class TestFastest:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
        return tmp_path

    def choose(self, preset: Preset) -> str:
        return fastest(preset.path, session_options, SIZE)

    def test_it_is_measured_once(
        self, gpu: Gpu, preset: Preset, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        times = {"cpu": 7.0, "cuda": 5.0}
        monkeypatch.setattr(module, "_milliseconds", lambda *given: times[given[2]])
        assert self.choose(preset) == "cuda"
        times["cuda"] = 9.0
        assert self.choose(preset) == "cuda"
        (folder / module.CHOICES_FILE).write_text("rubbish")
        assert self.choose(preset) == "cpu"

    def test_what_fails_is_not_chosen(self, gpu: Gpu, preset: Preset) -> None:
        gpu.frames = 1
        assert self.choose(preset) == "cpu"
        assert Detector(preset, provider=AUTO).problem == ""

    def test_with_the_processor_alone_nothing_is_measured(
        self, preset: Preset, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "available", lambda: ("cpu",))
        assert self.choose(preset) == "cpu"
        assert not list(folder.iterdir())


def test_lanes_are_for_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lanes_for("cuda") == 1
    assert lanes_for("openvino") == lanes_for("cpu") > 1
    monkeypatch.setattr("pedcam.detect.pool.available", lambda: ("cpu", "cuda"))
    assert lanes_for(AUTO) == 1
    monkeypatch.setattr("pedcam.detect.pool.available", lambda: ("cpu",))
    assert lanes_for(AUTO) == lanes_for("cpu")


def test_the_processor_convolves_all_itself(preset: Preset) -> None:
    options = session_options()
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    session = open_session(preset.path, options, "cpu")
    assert module._engines_of_convolutions(session) == {"CPUExecutionProvider"}
