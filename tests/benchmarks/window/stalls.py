"""How long the window is held up while everything is on.

The whole window plays a full-HD clip over and over with the presets that come with pedcam, and
records all the time; the preset changes every 2 s, the page of the side panel every 5 s. A timer on
the window's thread ticks every 5 ms: what comes between two ticks beyond that is a gap, for which a
click would have waited. Of a gap, "worked" is what the window's thread computed; in the rest it
waited, for another thread of pedcam or for a processor core that other programs had.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av
from rich.console import Console
from rich.table import Table

from pedcam import bundled
from tests.benchmarks.window.screen import window_environment

BAR = 25.0  # milliseconds
SIZE = 1920, 1080
START = 100.0  # seconds that starting and completing the recording may take together
SHOWN = 12  # of the longest gaps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--seconds", type=float, default=120.0, help="to measure for")
    parser.add_argument("--clip", type=int, help="frames of the clip; all by default")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and return 1 if gaps are longer than the bar."""
    with window_environment() as environment, tempfile.TemporaryDirectory() as name:
        clip = _write_clip(Path(name) / "clip.mp4", arguments.clip)
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.window.probed",
            str(clip),
            str(arguments.seconds),
        ]
        longest = arguments.seconds + START
        try:
            done = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, text=True, timeout=longest
            )
        except subprocess.TimeoutExpired:
            raise SystemExit(f"The window had not measured it all after {longest:.0f} s.") from None
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise SystemExit(f"The window ended with {done.returncode}, before all was measured.")
    document = {"bar_ms": BAR} | json.loads(lines[-1])
    if arguments.json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        _print(document)
    return int(document["p99_ms"] >= BAR)


def _write_clip(path: Path, frames: int | None) -> Path:
    with av.open(str(bundled.asset("demo.mp4"))) as source, av.open(str(path), "w") as target:
        shown = source.streams.video[0]
        options = {"preset": "ultrafast", "g": "50"}
        stream = target.add_stream("libx264", rate=shown.average_rate, options=options)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(source.decode(shown)):
            if number == frames:
                break
            large = frame.reformat(*SIZE)
            large.pts = number
            large.time_base = 1 / shown.average_rate
            target.mux(stream.encode(large))
        target.mux(stream.encode(None))
    return path


def _print(document: dict[str, Any]) -> None:
    console = Console(width=110)
    console.print(
        "{seconds:.0f} s, {ticks} ticks, {pictures} pictures shown, {recorded} frames recorded, "
        "{switches} switches".format_map(document)
    )
    console.print(
        "Gaps: p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms, longest {longest_ms:.1f} ms; "
        "{over_25} over 25 ms, {over_50} over 50 ms".format_map(document)
    )
    console.print(f"Bar: p99 under {BAR:.0f} ms. It is {document['p99_ms']:.1f} ms.")
    table = Table(
        "ms", "worked", "at s", "since switch", "since page", "what ran", title="Longest gaps"
    )
    for gap in document["gaps"][:SHOWN]:
        names = ("ms", "worked_ms", "at_s", "since_switch_s", "since_page_s")
        table.add_row(*(f"{gap[name]:.1f}" for name in names), gap["ran"])
    console.print(table)
