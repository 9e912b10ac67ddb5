"""Recordings of processes that are killed, and on disks that are full."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from pedcam.video.output.partial_file import OutputError
from pedcam.video.output.video_writer import VideoWriter
from tests.disk import full_disk

CHECKOUT = Path(__file__).parents[3]
MOST_LOST = 1.5  # seconds
LENGTH = 3.0  # seconds after which the process is killed

WRITE = """
import sys
from pathlib import Path
import numpy as np
from pedcam.video.output.video_writer import VideoWriter

writer = VideoWriter(Path(sys.argv[1]), rate=float(sys.argv[3]), in_place=sys.argv[2] == "True")
number = 0
while True:
    time = number / float(sys.argv[3])
    writer.write(np.full((64, 128, 3), number % 256, np.uint8), time)
    print(time, flush=True)
    number += 1
"""

RECORD = """
import sys, time
from pathlib import Path
import numpy as np
import supervision as sv
from pedcam.video.sources.frame import Frame
from pedcam.video.output.tables import JsonLinesWriter
from pedcam.video.output.recorder import Recorder
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.stream.results import Result

path = Path(sys.argv[1])
rows = JsonLinesWriter(path.with_suffix(".jsonl"), in_place=True)
recorder = Recorder(VideoWriter(path, rate=25, in_place=True), [rows])
recorder.start()
people = sv.Detections(
    xyxy=np.array([[1, 2, 3, 4]], np.float32),
    confidence=np.array([0.5], np.float32),
    class_id=np.array([0]),
)
started = time.perf_counter()
number = 0
while True:
    now = time.perf_counter() - started
    frame = Frame(np.full((64, 128, 3), number % 256, np.uint8), number, now, started + now)
    recorder.put(Result(frame, people, "a", 1.0, 1.0, 0))
    print(now, flush=True)
    number += 1
    time.sleep(0.04)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_after(process: subprocess.Popen[str], seconds: float) -> float:
    """Kill a process once it says that it has come so far, and return how far it came."""
    assert process.stdout is not None
    for line in process.stdout:
        if float(line) >= seconds:
            process.kill()
            break
    # What it said while it was being killed.
    said = [line, *process.stdout.read().split("\n")]
    process.wait()
    process.stdout.close()
    return max(float(text) for text in said[:-1] if text)


def times_by_av(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0)]


def times_by_ffprobe(path: Path) -> list[float]:
    ffprobe = shutil.which("ffprobe")
    if ffprobe is None:
        pytest.skip("ffprobe is not installed")
    command = [ffprobe, "-v", "error", "-show_entries", "packet=pts_time", "-of", "json", path]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(packet["pts_time"]) for packet in json.loads(output)["packets"]]


@pytest.mark.parametrize(
    ("suffix", "in_place", "rate"),
    [
        (".mp4", True, 30),
        (".mp4", False, 30),
        (".mov", True, 30),
        (".mkv", True, 30),
        (".mkv", False, 30),
        (".mp4", True, 4),
        (".mkv", True, 4),
    ],
)
def test_a_killed_process_leaves_a_video(
    tmp_path: Path, suffix: str, in_place: bool, rate: int
) -> None:
    path = tmp_path / f"out{suffix}"
    reached = kill_after(start(WRITE, path, in_place, rate), LENGTH)
    (left,) = tmp_path.iterdir()
    assert (left == path) is in_place
    times = times_by_av(left)
    assert times == pytest.approx([number / rate for number in range(len(times))], abs=0.001)
    assert reached - MOST_LOST <= times[-1] <= reached + 1 / rate


@dataclass(frozen=True)
class Killed:
    video: Path
    reached: float


@pytest.fixture(scope="module", params=[".mp4", ".mkv"])
def killed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """What a recorder leaves that is killed in the midst of real time."""
    path = tmp_path_factory.mktemp("killed") / f"out{request.param}"
    return Killed(path, kill_after(start(RECORD, path), LENGTH))


class TestKilledRecorder:
    @pytest.mark.parametrize("times", [times_by_av, times_by_ffprobe])
    def test_the_video(self, killed: Killed, times: Callable[[Path], list[float]]) -> None:
        # The file begins at 0, the source a moment later.
        assert killed.reached - MOST_LOST <= times(killed.video)[-1] <= killed.reached

    def test_the_rows(self, killed: Killed) -> None:
        lines = killed.video.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        assert [row["frame"] for row in rows] == list(range(len(rows)))
        assert rows[-1]["time"] >= killed.reached - MOST_LOST


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limits")
class TestFullDisk:
    def fill(self, path: Path, in_place: bool, size: int) -> str:
        """Write noise until the disk is full, and return what is said of it."""
        noise = np.random.default_rng(1).integers(0, 256, (64, 128, 3)).astype(np.uint8)
        with full_disk(size), VideoWriter(path, in_place=in_place) as writer:
            try:
                for number in range(500):
                    writer.write(np.roll(noise, number, axis=0), number / 25)
            except OutputError as error:
                return str(error)
        return ""

    @pytest.mark.parametrize("in_place", [True, False])
    @pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
    def test_what_was_written_stays(self, tmp_path: Path, suffix: str, in_place: bool) -> None:
        path = tmp_path / f"out{suffix}"
        assert self.fill(path, in_place, 200_000) == (
            f"{path} cannot be written: File too large. What was recorded until then is in {path}."
        )
        assert os.listdir(tmp_path) == [path.name]
        # Noise takes some 8 kB per frame; the last half second at most is incomplete.
        assert 100_000 < path.stat().st_size <= 200_000
        with av.open(str(path)) as container:
            times = [packet.pts * packet.time_base for packet in container.demux() if packet.pts]
        assert times[-1] > 0

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
    def test_nothing_that_can_be_played_leaves_nothing(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"out{suffix}"
        assert self.fill(path, True, 300) == f"{path} cannot be written: File too large."
        assert os.listdir(tmp_path) == []
