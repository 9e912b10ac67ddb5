"""What a person at a terminal sees of detection without a window."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich import progress
from rich.console import Console

from pedcam.endings import closing_console, ending_signals
from pedcam.headless.detect import Progress, Summary


def summary_line(summary: Summary) -> str:
    """Say in one line what was done."""
    frames = "1 frame" if summary.frames == 1 else f"{summary.frames} frames"
    # A person is found in many frames, so this counts sightings.
    times = "once" if summary.people == 1 else f"{summary.people} times"
    rate = summary.frames / summary.seconds if summary.seconds else 0.0
    used = " and ".join(summary.presets) or "none"
    followed = ""
    if summary.counts is not None:
        people = "1 person" if summary.counts.total == 1 else f"{summary.counts.total} people"
        followed = f", {people} followed"
    line = f"{frames}, people found {times}{followed}, {rate:.1f} frames/s with preset {used}"
    if summary.dropped:
        line += f", {summary.dropped} left out as newer ones came"
    if summary.outputs:
        return f"{line}; written: {', '.join(map(str, summary.outputs))}"
    return f"{line}; nothing written (see --output, --csv, --jsonl and --coco)"


def count_lines(summary: Summary) -> list[str]:
    """Say what was counted at each line and in each zone, and how often each rule fired."""
    counts = summary.counts
    if counts is None:
        return []
    return [
        *(f"line {line.name}: {line.into} in, {line.out} out" for line in counts.lines),
        *(f"zone {zone.name}: {zone.total} in all, {zone.now} at the end" for zone in counts.zones),
        *(
            f"rule {name}: {'1 alert' if number == 1 else f'{number} alerts'}"
            for name, number in summary.alerts.items()
        ),
    ]


@contextmanager
def progress_bar(
    heading: str = "", number: int = 1, count: int = 1
) -> Iterator[Callable[[Progress], None] | None]:
    """Show progress on stderr; yields ``None`` where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns: list[progress.ProgressColumn | str] = [
        progress.TextColumn("{task.description}", markup=False),
        progress.TextColumn("{task.completed} frames"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
    ]
    place = f"{number} of {count}" if count > 1 else ""
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{place} {heading}".strip(), total=None, rate="")

        def show(state: Progress) -> None:
            speed = bar.tasks[0].speed or 0.0
            bar.update(
                task,
                completed=state.frames,
                total=state.total,
                rate=f"{speed:.1f} frames/s, people found {state.people} times",
            )

        yield show


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """Turn Ctrl-C, a kill or a closing terminal into an event; it needs the main thread.

    A second Ctrl-C raises ``KeyboardInterrupt``; a closing terminal sends several signals.
    """
    stop = threading.Event()

    def ask(number: int, frame: Any) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, ask) for number in ending_signals()}
    try:
        with closing_console(stop.set):
            yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
