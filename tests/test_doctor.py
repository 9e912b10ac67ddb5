import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pedcam.cli import doctor, main
from pedcam.detect import pool as pool_module
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from tests.factories import fake_preset
from tests.video.standins import FakeDetector

Look = Callable[..., tuple[int, dict[str, dict[str, str]]]]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Look:
    """Runs the command on a machine with one preset and no screen; gives findings by topic."""
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)

    def look(*errors: PresetError) -> tuple[int, dict[str, dict[str, str]]]:
        def load_pool(*_: Any, **__: Any) -> Any:
            make = lambda preset, **_: FakeDetector(preset)  # noqa: E731
            return DetectorPool([fake_preset("full", 5)], make=make), list(errors)

        monkeypatch.setattr(pool_module, "load_pool", load_pool)
        code = main(["doctor", "--json"])
        return code, {finding["topic"]: finding for finding in json.loads(capsys.readouterr().out)}

    return look


def test_nothing_is_wrong_here(look):
    code, found = look()
    assert [one for one in found.values() if one["state"] == "problem"] == []
    assert code == 0
    assert found["presets"]["text"] == "full"
    assert found["detection"]["text"].startswith("full takes ")
    assert found["window"]["text"].startswith("no screen here")


def test_what_is_broken_is_named_and_the_rest_is_looked_at(look, monkeypatch):
    def broken() -> Any:
        raise OSError("the driver is gone")

    monkeypatch.setattr("pedcam.video.sources.camera.list_cameras", broken)
    code, found = look(PresetError("Preset old.onnx cannot be read."))
    assert code == 1
    assert found["cameras"] == {
        "topic": "cameras",
        "state": "problem",
        "text": "OSError: the driver is gone",
    }
    assert found["preset"]["text"] == "Preset old.onnx cannot be read."
    assert found["detection"]["state"] == "ok"


def test_an_extra_that_is_missing_says_how_to_install_it(look, monkeypatch):
    version = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda it: None if it == "apprise" else version(it))
    code, found = look()
    assert code == 0
    assert found["notify"]["state"] == "note"
    assert found["notify"]["text"] == "not all of it is there: pip install apprise"


def test_two_runtimes_are_a_problem(look, monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: "1.0")
    code, found = look()
    assert code == 1
    assert "break each other" in found["ONNX Runtime"]["text"]


@pytest.mark.parametrize(
    ("ended", "state", "words"),
    [
        (SimpleNamespace(returncode=0, stdout="xcb\n", stderr=""), "ok", "opens by Qt's 'xcb'"),
        (
            SimpleNamespace(returncode=-6, stdout="", stderr="libxcb-cursor0\n is needed"),
            "problem",
            "libxcb-cursor0 is needed",
        ),
        (subprocess.TimeoutExpired("python", 30), "problem", "none opened within 30 s"),
    ],
)
def test_the_window_is_tried_in_another_process(monkeypatch, ended, state, words):
    def run(*_: Any, **__: Any) -> Any:
        if isinstance(ended, Exception):
            raise ended
        return ended

    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setattr(subprocess, "run", run)
    [finding] = doctor._window()
    assert finding.state == state
    assert finding.text.startswith(words)


def test_text_has_a_line_per_finding_and_no_home(monkeypatch, capsys):
    finding = doctor.Finding("data", "note", f"{Path.home()}/films\nsecond line")
    for name in ("_system", "_packages", "_extras", "_window", "_video", "_cameras"):
        monkeypatch.setattr(doctor, name, list)
    monkeypatch.setattr(doctor, "_folders", lambda: [finding])
    monkeypatch.setattr(doctor, "_presets", lambda args: [])
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out == "note     data ~/films\n              second line\n"
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["text"] == "~/films\nsecond line"


def test_where_home_is_the_root_paths_stay_as_they_are(monkeypatch):
    monkeypatch.setattr("os.path.expanduser", lambda path: "/")
    assert doctor._without_home("/usr/share/pedcam") == "/usr/share/pedcam"
