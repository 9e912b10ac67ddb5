"""The whole window in processes of its own, on a real X server where there is one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pedcam import bundled
from pedcam.detect.pool import MODELS_VARIABLE, load_pool
from pedcam.detect.presets import Preset

SESSION = Path(__file__).parent / "session.py"
TIMEOUT = 40
REAL_TIMEOUT = 120
# Far more than a switch takes, as other work may share the processor: it only tells a switch from
# a load.
SLOWEST_SWITCH = 5.0  # seconds

Start = Callable[..., subprocess.Popen[str]]
Event = dict[str, Any]


@pytest.fixture
def start(clip: Path, tmp_path: Path) -> Start:
    def start(
        mode: str, environment: dict[str, str], source: str = str(clip)
    ) -> subprocess.Popen[str]:
        # As a user's shell has it: OpenCV sets these anew when it is imported.
        clean = {
            name: value
            for name, value in environment.items()
            if name not in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
        }
        return subprocess.Popen(
            [sys.executable, str(SESSION), mode, source, str(tmp_path / "pedcam.log")],
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


def recorded(said: str) -> list[Event]:
    """Return what session.py noted: every result and key press."""
    events: list[Event] = json.loads(next(line for line in said.splitlines() if line[:1] == "["))
    return events


def assert_every_frame_counted(events: Sequence[Event]) -> None:
    """Each frame up to the last one shown was either shown, once and in order, or dropped."""
    results = [event for event in events if "index" in event]
    for stream in {result["stream"] for result in results}:
        shown = [result for result in results if result["stream"] == stream]
        count = 0
        for before, result, after in zip([None, *shown], shown, [*shown[1:], None], strict=False):
            if before is None or result["index"] != before["index"]:
                assert before is None or result["index"] > before["index"]
                count += 1
            else:
                assert result["preset"] != before["preset"]  # looked at again at rest
            # Frames dropped while this one was in the detector are in its number already.
            assert result["dropped"] >= result["index"] + 1 - count
            if after is not None and after["index"] != result["index"]:
                assert result["dropped"] <= after["index"] - count


def switches(events: Sequence[Event], presets: Sequence[str]) -> Iterator[tuple[Event, Event]]:
    """Return each press of a number key with the first result of its preset."""
    key_1 = ord("1")
    running = None
    for place, event in enumerate(events):
        running = event.get("preset", running)
        number = event.get("key", 0) - key_1
        if not 0 <= number < len(presets):
            continue
        later = (other for other in events[place:] if "preset" in other)
        first = next(result for result in later if result["preset"] != running)
        assert first["preset"] == presets[number]
        yield event, first


def bundled_presets() -> Sequence[Preset]:
    """Return the presets of PEDCAM_MODELS or else those that come with pedcam; may be empty."""
    if os.environ.get(MODELS_VARIABLE):
        return load_pool()[0].presets
    try:
        return load_pool([bundled.models_folder()])[0].presets
    except FileNotFoundError:
        return ()


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
    events = recorded(said)
    assert_every_frame_counted(events)
    pairs = list(switches(events, ("float", "half", "full")))
    assert len(pairs) == 3
    for press, first in pairs:
        assert first["time"] - press["time"] < SLOWEST_SWITCH


def test_the_presets_that_come_with_pedcam_switch_by_key_while_the_demo_plays(
    start: Start, xvfb_env: dict[str, str], tmp_path: Path
) -> None:
    presets = bundled_presets()
    if len(presets) < 2:
        pytest.skip("there are no presets to switch between")
    folders = os.pathsep.join({str(preset.path.parent): "" for preset in presets})
    process = start("real", xvfb_env | {MODELS_VARIABLE: folders}, "demo")
    said, complaints = process.communicate(timeout=REAL_TIMEOUT)
    assert process.returncode == 0, said + complaints
    assert_quiet(complaints)
    assert (tmp_path / "pedcam.log").read_text() == ""
    events = recorded(said)
    assert_every_frame_counted(events)
    names = [preset.name for preset in presets[:9]]
    pairs = list(switches(events, names))
    assert len(pairs) == len(names)
    for press, first in pairs:
        seconds = first["time"] - press["time"]
        sys.stdout.write(
            f"{first['preset']}: {1000 * seconds:.0f} ms from the key to the first result, "
            f"{first['detect_ms']:.0f} ms of them detecting\n"
        )
        assert seconds < SLOWEST_SWITCH


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
