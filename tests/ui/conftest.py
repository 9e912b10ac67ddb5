"""Stand-ins for presets, detectors and streams, so that no model and no camera is needed."""

import atexit
import functools
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import supervision as sv
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset, PresetError
from pedcam.ui import shutdown
from pedcam.ui.base import error_log
from pedcam.ui.main_window import MainWindow
from pedcam.ui.player.player import Player
from pedcam.ui.services import Files, Services
from pedcam.ui.settings.settings import Settings
from pedcam.ui.settings.settings_store import Stored
from pedcam.ui.start import camera_list, network_cameras, screen_dialog
from pedcam.ui.wiring import connect
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.frame import Frame, SourceError, SourceInfo
from pedcam.video.sources.screen import Desktop
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.stream import Result, StreamState, StreamStatus
from tests import factories
from tests.factories import fake_preset, people, write_video
from tests.ui.wired import Answers

PRESETS = (fake_preset("float", 0, 0.5), fake_preset("half", 14, 0.4), fake_preset("full", 28, 0.3))


class FakeDetector:
    """Finds as many people as its preset has binary layers, divided by 14."""

    broken: frozenset[str] = frozenset()
    problem = ""

    def __init__(self, preset: Preset, provider: str = "cpu", threads: int | None = None) -> None:
        if preset.name in self.broken:
            raise PresetError(f"Preset {preset.path} cannot be run: broken")
        self.preset = preset
        self.provider = provider

    def at(self, preset: Preset) -> "FakeDetector":
        return FakeDetector(preset, self.provider)

    def warm_up(self) -> None:
        pass

    def detect(self, frame: np.ndarray, score_threshold: float | None = None) -> sv.Detections:
        return people(self.preset.info.depth // 14)


def no_screen() -> Desktop:
    raise SourceError("There is no screen to watch.")


class FakeStream:
    """Records what it is told; the test makes it speak."""

    def __init__(
        self,
        spec: SourceSpec,
        pool: DetectorPool,
        preset: str,
        *,
        loop: bool,
        score_threshold: float | None,
        detail: Detail,
        counter: PeopleCounter,
        on_result: Callable[[Result], None],
        on_status: Callable[[StreamStatus], None],
        made: list["FakeStream"],
    ) -> None:
        self.spec, self.preset, self.loop = spec, preset, loop
        self.threshold, self.detail = score_threshold, detail
        self.counter = counter
        self.auto, self.target_rate = False, None
        self.speed, self.steps = 1.0, []
        self.seeks: list[float] = []
        self.on_result, self.on_status = on_result, on_status
        self.source = SourceInfo(spec.title, live=False, size=(64, 48), rate=25.0, duration=12.0)
        self.paused = False
        self.started = False
        self.beside: list[FakeStream] = []  # those still open when this one was started
        self._made = made
        self.closed = threading.Event()
        self.closing_thread: threading.Thread | None = None
        made.append(self)

    def start(self) -> None:
        self.beside = [s for s in self._made if s.started and not s.closed.is_set()]
        self.started = True

    def pause(self) -> None:
        self.paused = True
        self.say(StreamState.PAUSED)

    def resume(self) -> None:
        self.paused = False
        self.say(StreamState.PLAYING)

    def set_preset(self, name: str) -> None:
        self.preset, self.auto = name, False

    def set_auto(self, target_rate: float | None = None) -> None:
        self.auto, self.target_rate = True, target_rate

    def seek(self, seconds: float) -> None:
        self.seeks.append(seconds)

    def step(self) -> None:
        self.steps.append(1)

    def step_back(self) -> None:
        self.steps.append(-1)

    def set_speed(self, speed: float) -> None:
        self.speed = speed

    def set_loop(self, loop: bool) -> None:
        self.loop = loop

    def set_score_threshold(self, value: float | None) -> None:
        self.threshold = value

    def set_detail(self, detail: Detail) -> None:
        self.detail = detail

    def close(self, timeout: float = 1.0) -> None:
        self.closing_thread = threading.current_thread()
        self.closed.set()

    def say(self, state: StreamState, message: str = "", preset: str | None = None) -> None:
        self.on_status(StreamStatus(state, message, preset=preset))


@pytest.fixture(scope="session", autouse=True)
def own_exit_code() -> Iterator[None]:
    """Keep what ``run_window`` arranges for a real process's end from ending pytest's with 0."""
    yield
    atexit.unregister(shutdown._end_now)


@pytest.fixture
def fake_detector(monkeypatch: pytest.MonkeyPatch) -> type[FakeDetector]:
    """The detector class of ``pool``; set ``broken`` to names that fail to load."""
    monkeypatch.setattr(FakeDetector, "broken", frozenset())
    return FakeDetector


@pytest.fixture
def presets() -> tuple[Preset, ...]:
    return PRESETS


@pytest.fixture
def pool(fake_detector: type[FakeDetector]) -> DetectorPool:
    return DetectorPool(PRESETS, make=fake_detector)


@pytest.fixture
def streams() -> list[FakeStream]:
    """Every stream made so far."""
    return []


@pytest.fixture
def player(qtbot: QtBot, pool: DetectorPool, streams: list[FakeStream]) -> Iterator[Player]:
    made = Player(pool, "half", make_stream=functools.partial(FakeStream, made=streams))
    yield made
    assert made.shutdown()


@pytest.fixture
def services(player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """What the window needs besides, with files of its own, no cameras, network and screen."""
    monkeypatch.setattr(camera_list, "list_cameras", list)
    monkeypatch.setattr(network_cameras, "find_cameras", lambda on_found, stop: None)
    monkeypatch.setattr(screen_dialog, "look_at_desktop", no_screen)
    settings = Settings(recordings=tmp_path / "videos", snapshots=tmp_path / "pictures")
    made = Services(player, Files.under(tmp_path / "user"), Stored(settings))
    made.history.writer.start()
    yield made
    assert made.close()


@pytest.fixture
def window(qtbot: QtBot, player: Player, services: Services) -> MainWindow:
    """The main window, shown and active."""
    made = MainWindow(player, services)
    connect(made)
    qtbot.addWidget(made)
    with qtbot.waitActive(made, timeout=5000):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def playing(
    qtbot: QtBot,
    window: MainWindow,
    streams: list[FakeStream],
    make_result: Callable[..., Result],
) -> FakeStream:
    """The stream of a window that shows its first picture."""
    window.player.open("street.mp4")
    qtbot.waitUntil(lambda: bool(streams) and streams[0].started)
    streams[0].say(StreamState.PLAYING)
    streams[0].on_result(make_result(preset="half"))
    qtbot.waitUntil(lambda: window.view.result is not None and window.actions_.pause.isEnabled())
    return streams[0]


@pytest.fixture
def make_result() -> Callable[..., Result]:
    """Makes results of a gray picture."""

    def make(
        preset: str = "half",
        count: int = 2,
        index: int = 0,
        frame: Frame | None = None,
        size: tuple[int, int] = (64, 48),
        detect_ms: float = 10.0,
        latency_ms: float = 20.0,
        dropped: int = 0,
    ) -> Result:
        return factories.make_result(
            index,
            people(count),
            frame=frame,
            size=size,
            preset=preset,
            detect_ms=detect_ms,
            latency_ms=latency_ms,
            dropped=dropped,
        )

    return make


@pytest.fixture(scope="session")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = np.zeros((50, 96, 128, 3), np.uint8)
    for index, image in enumerate(images):
        image[:, (2 * index) % 128 : (2 * index) % 128 + 16] = 255
    return write_video(tmp_path_factory.mktemp("stripes") / "stripes.mp4", images)


@pytest.fixture
def clip(stripes: Path, tmp_path: Path) -> Path:
    """Two seconds of moving stripes, 25 frames per second, in a file of the test's own."""
    return Path(shutil.copy(stripes, tmp_path))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log file, kept out of the user's folders."""
    path = tmp_path / "log" / "pedcam.log"
    monkeypatch.setattr(error_log, "log_file", lambda: path)
    return path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Questions are not shown; the answer is to cancel."""
    made = Answers(QMessageBox.StandardButton.Cancel)
    monkeypatch.setattr(QMessageBox, "question", made)
    return made
