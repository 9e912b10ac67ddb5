import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset, PresetError
from pedcam.detect.providers import Provider
from pedcam.ui.app import run_window, undo_opencv_qt
from pedcam.ui.base.messages import Message
from pedcam.ui.help.error_dialog import ErrorDialog
from pedcam.ui.main_window import MainWindow
from pedcam.ui.player.player import Player
from pedcam.ui.presets.control import PresetControl
from pedcam.ui.presets.selection import Condition
from pedcam.ui.services import Files
from pedcam.ui.settings.settings import Settings
from pedcam.ui.settings.settings_store import save_settings
from pedcam.ui.start.recents import Recent
from pedcam.ui.start.recents_file import save_recents
from pedcam.video.sources.spec import SourceSpec

CV2 = Path(cv2.__file__).parent


@pytest.mark.parametrize(
    ("value", "kept"),
    [(str(CV2 / "qt" / "plugins"), False), ("/usr/lib/qt6/plugins", True), ("", True)],
)
@pytest.mark.parametrize("variable", ["QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"])
def test_only_opencv_s_own_folders_are_taken_back(variable: str, value: str, kept: bool) -> None:
    environment = {variable: value, "PATH": "/bin"}
    undo_opencv_qt(environment)
    assert (variable in environment) is kept
    assert environment["PATH"] == "/bin"


def the_window() -> MainWindow | None:
    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
    return next((window for window in shown if window.isVisible()), None)


def the_dialog(window: MainWindow) -> ErrorDialog | None:
    return next((one for one in window.findChildren(ErrorDialog) if one.isVisible()), None)


class Steps:
    """Does one thing after the other while the window runs, each as soon as it can."""

    def __init__(self, *steps: Any) -> None:
        self._steps = list(steps)
        self.done = 0
        self._timer = QTimer()
        self._timer.timeout.connect(self._next)
        self._timer.start(10)

    def _next(self) -> None:
        window = the_window()
        if window is not None and self._steps and self._steps[0](window) is not False:
            del self._steps[0]
            self.done += 1


@pytest.fixture
def app_state(qapp: QApplication) -> Any:
    palette, sheet = qapp.palette(), qapp.styleSheet()
    yield
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)


@pytest.mark.usefixtures("app_state", "log")
def test_a_file_plays_with_real_threads_and_closing_is_clean(
    qtbot: QtBot, pool: DetectorPool, clip: Path
) -> None:
    steps = Steps(
        lambda window: window.view.result is not None,
        lambda window: window.player.preset_control.choose("full"),
        lambda window: window.player.presets.condition("full") is Condition.RUNNING,
        lambda window: len(window.view.result.detections) == 2,
        lambda window: "Ended" in window.bar.state.text(),
        lambda window: window.player.preset_control.choose("float"),
        lambda window: len(window.view.result.detections) == 0,
        lambda window: bool(window.close()),
    )
    assert run_window(str(clip), "half", pool, [PresetError("x.onnx is damaged")]) == 0
    assert steps.done == 8
    assert the_window() is None


@pytest.mark.usefixtures("app_state", "log")
def test_an_error_in_a_slot_does_not_end_the_application(qtbot: QtBot, pool: DetectorPool) -> None:
    def fail() -> None:
        raise ValueError("seven")

    steps = Steps(
        lambda window: QTimer.singleShot(0, fail),
        lambda window: the_dialog(window) is not None,
        lambda window: "seven" in the_dialog(window).text(),
        lambda window: the_dialog(window).accept(),
        lambda window: bool(window.close()),
    )
    assert run_window(None, None, pool, []) == 0
    assert steps.done == 5


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process on Windows")
@pytest.mark.usefixtures("app_state", "log")
def test_ctrl_c_before_the_event_loop_runs_ends_it(
    qtbot: QtBot, pool: DetectorPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PresetControl, "warm", lambda _: os.kill(os.getpid(), signal.SIGINT))
    late: list[bool] = []

    def give_up() -> None:
        late.append(True)
        QApplication.quit()

    timer = QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(give_up)
    timer.start(5000)
    assert run_window(None, None, pool, []) == 0
    assert not late


def test_without_a_screen_it_says_so_instead_of_aborting(
    pool: DetectorPool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert run_window(None, None, pool, []) == 1
    assert "There is no screen" in capsys.readouterr().err


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """The user's own files, none of which is there yet."""
    made = Files.under(tmp_path / "user")
    monkeypatch.setattr(Files, "of_user", lambda: made)
    return made


@pytest.mark.usefixtures("app_state", "log")
@pytest.mark.parametrize(
    ("settings", "named", "expected"),
    [
        (Settings(provider="cuda", threads=1), None, ("cuda", 1)),
        (Settings(threads=1), None, ("cpu", 1)),
        (Settings(), None, ("cpu", None)),
        # A device that the command line names comes before the setting.
        (Settings(provider="cpu", threads=1), "cuda", ("cuda", 1)),
        (Settings(provider="cuda"), "cpu", ("cpu", None)),
    ],
)
def test_presets_are_loaded_once_and_as_the_settings_say(
    qtbot: QtBot,
    fake_detector: type[Any],
    presets: Sequence[Preset],
    files: Files,
    settings: Settings,
    named: Provider | None,
    expected: tuple[str, int | None],
) -> None:
    made: list[tuple[str, int | None]] = []

    class Noted(fake_detector):  # type: ignore[misc]
        def __init__(self, preset: Preset, provider: str, threads: int | None) -> None:
            made.append((provider, threads))
            super().__init__(preset, provider, threads)

    def all_ready(window: MainWindow) -> bool:
        return all(window.player.pool.ready(preset.name) for preset in presets)

    save_settings(files.settings, settings, {}, {})
    steps = Steps(all_ready, lambda window: bool(window.close()))
    pool = DetectorPool(presets, make=Noted)
    assert run_window(None, None, pool, [], provider=named) == 0
    assert steps.done == 2
    assert made == [expected] * 3


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whatever the player is asked to open; it stays closed."""
    made: list[object] = []
    monkeypatch.setattr(Player, "open", lambda player, source, **how: made.append(source))
    return made


NEWEST = SourceSpec("file", "newest.mp4", "/videos/newest.mp4")
# As an earlier pedcam may have kept them: not in their order.
RECENT = [
    Recent(SourceSpec("file", "older.mp4", "/videos/older.mp4"), 2000.0),
    Recent(NEWEST, 3000.0),
    Recent(SourceSpec("folder", "oldest", "/videos/oldest"), 1000.0),
]


@pytest.mark.usefixtures("app_state", "log")
@pytest.mark.parametrize(
    ("start_with", "kept", "named", "expected"),
    [
        ("last", RECENT, None, [NEWEST]),
        ("last", RECENT, "named.mp4", ["named.mp4"]),
        ("last", [], None, []),
        ("start", RECENT, None, []),
    ],
)
def test_what_it_begins_with(
    qtbot: QtBot,
    pool: DetectorPool,
    files: Files,
    asked: list[object],
    start_with: str,
    kept: list[Recent],
    named: str | None,
    expected: list[object],
) -> None:
    save_settings(files.settings, Settings(start_with=start_with), {}, {})
    save_recents(kept, files.recents)
    steps = Steps(lambda window: bool(window.close()))
    assert run_window(named, None, pool, []) == 0
    assert steps.done == 1
    assert asked == expected


@pytest.mark.usefixtures("app_state", "log")
def test_where_the_last_source_is_lost_somebody_says_so(
    qtbot: QtBot, pool: DetectorPool, files: Files, asked: list[object]
) -> None:
    save_settings(files.settings, Settings(start_with="last"), {}, {})
    files.recents.write_text("damaged")
    told: list[Message | None] = []
    steps = Steps(
        lambda window: told.append(window.player.messages.current),
        lambda window: bool(window.close()),
    )
    assert run_window(None, None, pool, []) == 0
    assert steps.done == 2
    assert told[0] is not None
    assert "recent sources was damaged" in told[0].text
    assert asked == []
