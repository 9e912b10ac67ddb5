"""The whole window in processes of its own, on a real X server where there is one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SESSION = Path(__file__).parent / "session.py"
TIMEOUT = 40

Start = Callable[[str, dict[str, str]], subprocess.Popen[str]]


@pytest.fixture
def start(clip: Path, tmp_path: Path) -> Start:
    def start(mode: str, environment: dict[str, str]) -> subprocess.Popen[str]:
        # As a user's shell has it: OpenCV sets these anew when it is imported.
        clean = {
            name: value
            for name, value in environment.items()
            if name not in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
        }
        return subprocess.Popen(
            [sys.executable, str(SESSION), mode, str(clip), str(tmp_path / "pedcam.log")],
            env=clean | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def assert_quiet(complaints: str) -> None:
    """Other libraries may warn on some machines; Python and Qt may not complain of us."""
    for sign in ("Traceback", "QThread", "QObject", "QPainter", "wrapped C/C++", "Aborted"):
        assert sign not in complaints, complaints


def test_presets_switch_by_key_on_a_real_screen(
    start: Start, xvfb_env: dict[str, str], tmp_path: Path
) -> None:
    process = start("presses", xvfb_env)
    said, complaints = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, said + complaints
    assert_quiet(complaints)
    assert "an ordinary end" in said
    assert said.count("xcb: ") == 14
    assert (tmp_path / "pedcam.log").read_text() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
@pytest.mark.parametrize(("mode", "ordinary"), [("wait", True), ("stuck", False)])
def test_ctrl_c_closes_the_window_even_if_a_preset_is_stuck(
    start: Start, mode: str, ordinary: bool
) -> None:
    process = start(mode, os.environ | {"QT_QPA_PLATFORM": "offscreen"})
    assert process.stdout is not None
    assert process.stdout.readline() == "offscreen: the first picture\n"
    process.send_signal(signal.SIGINT)
    said, complaints = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, said + complaints
    assert_quiet(complaints)
    assert ("an ordinary end" in said) is ordinary
