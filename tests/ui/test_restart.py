import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from pedcam.ui.restart import VARIABLE, Resume, take_resume
from pedcam.video.sources.spec import SourceSpec

CAMERA = SourceSpec("camera", "Camera 0", "0", (1280, 720), 30.0)
STREAM = SourceSpec("url", "rtsp://cam/1", "rtsp://anna:secret@cam/1")

CHILD = """
import json, os, sys
from pedcam.ui.restart import Resume, restart, take_resume
from pedcam.video.sources.spec import SourceSpec
resume = take_resume(os.environ)
if resume is None:
    os.dup2(1, 30, inheritable=True)
    print("first", sys.argv[1:])
    restart(Resume(SourceSpec("url", "rtsp://cam/1", "rtsp://anna:secret@cam/1"), "half"))
try:
    os.fstat(30)
    left = True
except OSError:
    left = False
print("second", sys.argv[1:], resume.source.value, resume.preset, "secret" in str(sys.orig_argv),
      "PEDCAM_RESTART" in os.environ, left)
"""


@pytest.mark.parametrize(
    "resume", [Resume(), Resume(None, "half"), Resume(CAMERA, "half"), Resume(STREAM, None)]
)
def test_what_was_played_is_found_and_removed_from_the_environment(resume: Resume) -> None:
    environment = {VARIABLE: json.dumps(asdict(resume)), "PATH": "/bin"}
    assert take_resume(environment) == resume
    assert environment == {"PATH": "/bin"}
    assert take_resume(environment) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "{}",
        '{"source": null, "preset": 7}',
        '{"source": "demo", "preset": null}',
        '{"source": {"kind": "door"}, "preset": null}',
        json.dumps({"source": {**asdict(CAMERA), "value": None}, "preset": None}),
        json.dumps({"source": {**asdict(CAMERA), "size": 7}, "preset": None}),
        json.dumps({"source": {**asdict(CAMERA), "rate": "fast"}, "preset": None}),
        json.dumps(asdict(Resume(None, "a" * 70_000))),
    ],
)
def test_nonsense_is_no_restart(text: str) -> None:
    environment = {VARIABLE: text}
    assert take_resume(environment) is None
    assert environment == {}


@pytest.mark.skipif(sys.platform == "win32", reason="there the output is that of another process")
def test_it_becomes_a_new_process_with_the_same_command_line(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    done = subprocess.run(
        [sys.executable, str(script), "--preset", "x"], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "first ['--preset', 'x']",
        "second ['--preset', 'x'] rtsp://anna:secret@cam/1 half False False False",
    ], done.stderr
    assert done.returncode == 0
