"""The stream for a long time at full speed: ``python -m tests.benchmarks.soak --frames 200000``.

A small clip plays over and over. Every frame is detected, followed, counted and recorded, and
rules of every kind act on it, with a snapshot or a clip at most once a minute each; the preset
changes every 500 frames; the recording goes on in a new file every 20,000 frames, so that the disk
does not fill. What grows, is lost or is left over shows in the figures, and the command
fails where one is beyond its bound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import psutil
from rich.console import Console

from pedcam import bundled
from pedcam.detect.detector import Detector
from pedcam.detect.pool import DetectorPool, load_pool
from pedcam.detect.presets import Preset
from pedcam.rules.acting import Acting
from pedcam.rules.actions import ActionHandlers, ActionOptions
from pedcam.video.output.recorder import Recorder
from pedcam.video.output.tables import TableWriter
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.people.counters import Line, Zone
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.people.rules import Action, Crosses, Crowd, Enters, Rule, Stays
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.stream import Stream

CLIP_SIZE = 320, 192
INPUT_SIZE = 160, 96
MEBIBYTE = 2**20
MOST_GROWTH = 20.0  # MiB
PATIENCE = 60.0  # seconds without a frame that count as standing still

SNAPSHOT, CLIP = frozenset({Action.SNAPSHOT}), frozenset({Action.CLIP})
# Clips that overlap would be one file, so that there is one rule with clips.
RULES = (
    Rule("arrivals", Enters(), "square", then=CLIP),
    Rule("stays", Stays(2), "square", then=SNAPSHOT),
    Rule("crowd", Crowd(3, 1), then=SNAPSHOT),
    Rule("crosses", Crosses(), "door", then=SNAPSHOT),
)

console = Console(highlight=False, markup=False, soft_wrap=True)


@dataclass
class Figures:
    """What a run found out.

    Attributes:
        frames: Results seen.
        disordered: Results whose frame does not follow the one before.
        switches: Changes of preset from one result to the next.
        recorded: Frames found in the recordings.
        early_memory: Resident MiB when a tenth was done.
        late_memory: Resident MiB at the end.
        threads_left: Names of the threads still there after closing.
        failure: What ended the run early, empty where nothing did.
        wanted_switches: Changes of preset asked for.
        alerts: How often each rule fired.
        kept: Snapshots and clips found in their folder.
    """

    frames: int = 0
    disordered: int = 0
    switches: int = 0
    recorded: int = 0
    early_memory: float = 0.0
    late_memory: float = 0.0
    threads_left: list[str] = field(default_factory=list)
    failure: str = ""
    wanted_switches: int = 0
    alerts: Counter[str] = field(default_factory=Counter)
    kept: int = 0

    @property
    def growth(self) -> float:
        """MiB of resident memory gained since a tenth was done."""
        return self.late_memory - self.early_memory

    def broken(self, wanted_frames: int, most_growth: float) -> list[str]:
        """Say which bounds are broken."""
        checks = {
            self.failure: bool(self.failure),
            f"only {self.frames} of {wanted_frames} frames": self.frames != wanted_frames,
            f"{self.disordered} frames out of order": self.disordered > 0,
            f"{self.recorded} of {self.frames} frames recorded": self.recorded != self.frames,
            f"{self.switches} of {self.wanted_switches} switches": (
                self.switches != self.wanted_switches
            ),
            f"memory grew by {self.growth:.1f} MiB": self.growth >= most_growth,
            "no rule fired": not self.alerts,
            f"{self.kept} snapshots and clips of {self.alerts.total()} alerts": (
                self.kept != self.alerts.total()
            ),
            f"threads left: {', '.join(self.threads_left)}": bool(self.threads_left),
        }
        return [text for text, wrong in checks.items() if wrong]


class Soak:
    """One run."""

    def __init__(
        self, pool: DetectorPool, clip: Path, folder: Path, *, frames: int, switch: int, rotate: int
    ) -> None:
        """Prepare.

        Args:
            pool: The presets.
            clip: What plays.
            folder: For the recordings.
            frames: Results to wait for.
            switch: Frames between two changes of preset.
            rotate: Frames of each recording.
        """
        self._names = [preset.name for preset in pool.presets]
        self._folder = folder
        self._wanted, self._switch, self._rotate = frames, switch, rotate
        self._report_every = max(1, min(10_000, frames // 10))
        self._process = psutil.Process()
        self._over = threading.Event()
        self._last: Result | None = None
        self._marked = (0, time.perf_counter())
        self._recorder: Recorder | None = None
        self.figures = Figures()
        self._alerts = folder / "alerts"
        self._acting = Acting(
            "Soak",
            ActionOptions(self._alerts, self._alerts),
            ActionHandlers(on_problem=self._fail),
            RULES,
            wait=True,
        )
        left, top, right, bottom = 0.3, 0.2, 0.7, 0.9
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        self._stream = Stream(
            str(clip),
            pool,
            self._names[0],
            complete=True,
            loop=True,
            counter=PeopleCounter(
                [Line("door", (0.5, 0.0), (0.5, 1.0))], [Zone("square", corners)], rules=RULES
            ),
            on_result=self._on_result,
            on_status=self._on_status,
        )

    def run(self) -> Figures:
        """Play until enough frames came or something failed."""
        before = set(threading.enumerate())
        console.print(f"{'frames':>8} {'frames/s':>9} {'MiB':>7} {'threads':>8} {'files':>6}")
        self._acting.start()
        self._stream.start()
        seen = -1
        while not self._over.wait(PATIENCE):
            if seen == self.figures.frames:
                self._fail("the stream stands still")
            seen = self.figures.frames
        self._stream.close(timeout=PATIENCE)
        self._end_recording()
        if not self._acting.close(PATIENCE):
            self._fail("clips take too long to complete")
        self.figures.kept = len(list(self._alerts.glob("Soak_*")))
        left = set(threading.enumerate()) - before
        self.figures.threads_left = sorted(thread.name for thread in left if thread.is_alive())
        return self.figures

    def _on_result(self, result: Result) -> None:
        figures = self.figures
        if self._over.is_set():
            return
        if figures.frames % self._rotate == 0:
            self._end_recording()
            self._begin_recording()
        if result.frame.index != figures.frames:
            figures.disordered += 1
        if self._last is not None:
            figures.switches += result.preset != self._last.preset
        self._last = result
        self._acting.put(result)
        assert result.counts is not None
        figures.alerts.update(event.rule for event in result.counts.events if event.rule)
        assert self._recorder is not None
        self._recorder.put(result)
        if self._recorder.error is not None:
            self._fail(str(self._recorder.error))
        figures.frames += 1
        if figures.frames % self._switch == 0 and figures.frames < self._wanted:
            figures.wanted_switches += 1
            self._stream.set_preset(self._names[figures.wanted_switches % len(self._names)])
        self._measure()

    def _on_status(self, status: StreamStatus) -> None:
        if status.state in (StreamState.FAILED, StreamState.ENDED):
            self._fail(status.message or "the stream ended")

    def _measure(self) -> None:
        frames = self.figures.frames
        memory = self._process.memory_info().rss / MEBIBYTE
        if frames == self._wanted // 10:
            self.figures.early_memory = memory
        if frames % self._report_every == 0:
            count, since = self._marked
            now = time.perf_counter()
            console.print(
                f"{frames:8} {(frames - count) / (now - since):9.0f} {memory:7.1f} "
                f"{self._process.num_threads():8} {len(self._process.open_files()):6}"
            )
            self._marked = frames, now
        if frames >= self._wanted:
            self.figures.late_memory = memory
            self._over.set()

    def _begin_recording(self) -> None:
        video = VideoWriter(
            self._folder / "soak.mp4", rate=self._stream.source.rate, overwrite=True
        )
        rows = TableWriter(self._folder / "soak.csv", overwrite=True)
        # Waiting instead of dropping: every frame must be in the file.
        self._recorder = Recorder(video, [rows], wait=True)
        self._recorder.start()

    def _end_recording(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        recorder.close(PATIENCE)
        if recorder.error is not None:
            self._fail(str(recorder.error))
            return
        with av.open(str(self._folder / "soak.mp4")) as container:
            packets = container.demux(video=0)
            self.figures.recorded += sum(packet.size > 0 for packet in packets)

    def _fail(self, reason: str) -> None:
        self.figures.failure = self.figures.failure or reason
        self._over.set()


def make_small(preset: Preset, **settings: Any) -> Detector:
    """Make a detector with a small input, as the network is not what is tested."""
    return Detector(preset, input_size=INPUT_SIZE, **settings)


def write_small_clip(path: Path, frames: int | None = None) -> Path:
    """Write the demo clip at :data:`CLIP_SIZE`, or its first frames."""
    with av.open(str(bundled.asset("demo.mp4"))) as source, av.open(str(path), "w") as target:
        shown = source.streams.video[0]
        options = {"preset": "ultrafast", "g": "30"}
        stream = target.add_stream("libx264", rate=shown.average_rate, options=options)
        stream.width, stream.height = CLIP_SIZE
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(source.decode(shown)):
            if number == frames:
                break
            small = frame.reformat(*CLIP_SIZE)
            small.pts = number
            small.time_base = 1 / shown.average_rate
            target.mux(stream.encode(small))
        target.mux(stream.encode(None))
    return path


def main(arguments: list[str] | None = None) -> int:
    """Run, print the figures, and return 1 if a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--frames", type=int, default=200_000, help="frames to detect")
    parser.add_argument("--switch", type=int, default=500, help="frames between two switches")
    parser.add_argument("--rotate", type=int, default=20_000, help="frames of each recording")
    parser.add_argument("--bound", type=float, default=MOST_GROWTH, help="MiB of growth allowed")
    parser.add_argument("--clip", type=int, default=None, help="frames of the clip; all by default")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pedcam-soak-") as name:
        folder = Path(name)
        clip = write_small_clip(folder / "clip.mp4", args.clip)
        pool, errors = load_pool([bundled.models_folder()], make=make_small)
        for error in errors:
            console.print(error)
        # Otherwise what loading takes would pass for growth.
        for preset in pool.presets:
            pool.get(preset.name)
        soak = Soak(pool, clip, folder, frames=args.frames, switch=args.switch, rotate=args.rotate)
        figures = soak.run()
        pool.close()
    broken = figures.broken(args.frames, args.bound)
    console.print(
        f"memory at 10 %: {figures.early_memory:.1f} MiB, at the end: "
        f"{figures.late_memory:.1f} MiB, growth: {figures.growth:+.1f} MiB\n"
        f"frames out of order: {figures.disordered}; recorded: {figures.recorded} of "
        f"{figures.frames}; switches: {figures.switches} of {figures.wanted_switches}; "
        f"threads left: {len(figures.threads_left)}; alerts: {figures.alerts.total()}; "
        f"snapshots and clips: {figures.kept}"
    )
    for text in broken:
        console.print(f"FAILED: {text}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
