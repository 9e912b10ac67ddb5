"""How long pedcam takes from being asked for to the first people on the screen.

Every run is ``pedcam --demo`` in a process of its own. Milliseconds count from just before that
process is created to when its window handed the first picture with a box to the screen; one run
before the others, which is not counted, brings the files into memory. "processor" is the time that
all cores worked for it until then, which other programs change less.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

from tests.benchmarks.window.marked import MARKS
from tests.benchmarks.window.screen import window_environment

BAR = 2000.0  # milliseconds
PATIENCE = 60.0  # seconds for one start

Run = dict[str, tuple[float, float]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--runs", type=int, default=5, help="starts to measure")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("words", nargs="*", default=["--demo"], help="for pedcam, after --")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and return 1 if it takes longer than the bar."""
    with window_environment() as environment:
        runs = [_start(arguments.words, environment) for _ in range(arguments.runs + 1)][1:]
    medians = {mark: _medians(runs, mark) for mark in MARKS}
    total = medians[MARKS[-1]][0]
    if arguments.json:
        document = {
            "bar_ms": BAR,
            "median_ms": total,
            "runs_ms": [one[MARKS[-1]][0] for one in runs],
            "marks_ms": {mark: at for mark, (at, _) in medians.items()},
            "processor_ms": {mark: busy for mark, (_, busy) in medians.items()},
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        Console(width=100).print(_table(runs, medians))
        Console(width=100).print(f"Bar: median under {BAR:.0f} ms. It is {total:.0f} ms.")
    return int(total >= BAR)


def _start(words: list[str], environment: dict[str, str]) -> Run:
    command = [sys.executable, "-m", "tests.benchmarks.window.marked"]
    started = subprocess.run(
        [*command, repr(time.time()), *words],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    lines = started.stdout.splitlines()
    if started.returncode or not lines:
        raise SystemExit(f"pedcam ended with {started.returncode}, before people were shown.")
    return {mark: tuple(times) for mark, times in json.loads(lines[-1]).items()}


def _medians(runs: list[Run], mark: str) -> tuple[float, float]:
    # A preset's being ready may be told after its first picture, and so after the end.
    found = [one.get(mark, one[MARKS[-1]]) for one in runs]
    return statistics.median(at for at, _ in found), statistics.median(busy for _, busy in found)


def _table(runs: list[Run], medians: Run) -> Table:
    table = Table("until", "median", "fastest", "slowest", "processor", title="Start, milliseconds")
    for mark, (at, busy) in medians.items():
        times = [one.get(mark, one[MARKS[-1]])[0] for one in runs]
        table.add_row(mark, *(f"{each:.0f}" for each in (at, min(times), max(times), busy)))
    return table
