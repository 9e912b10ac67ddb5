"""How far a run is: a live line on a terminal, a plain one now and then in a file."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

# Of so many steps the speed is the average.
WINDOW = 50
SECONDS_BETWEEN_LINES = 10.0
# The eye follows no faster, and drawing takes time from training.
SECONDS_BETWEEN_DRAWINGS = 0.1


class Progress:
    """Shows the steps of a run and how long the rest will take.

    Example:
        >>> with Progress(total=500, start=0) as progress:
        ...     progress.say("500 steps on cpu")
        ...     progress.advance(1, "float", 1.234)
    """

    def __init__(
        self,
        total: int,
        start: int,
        active: bool = True,
        stream: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the display.

        Args:
            total: Steps of the whole run.
            start: Steps taken before, which say nothing of the speed.
            active: Whether to show anything; not so in all processes but the first.
            stream: Where to, standard output by default.
            clock: Seconds.
        """
        self._total, self._start, self._active, self._clock = total, start, active, clock
        self._stream = stream or sys.stdout
        self._times: deque[tuple[float, int]] = deque(maxlen=WINDOW + 1)
        self._shown = 0.0
        self._bar: Bar | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        """Start counting time, and draw the bar on a terminal."""
        self._shown = self._clock()
        self._times.append((self._shown, self._start))
        if self._active and self._stream.isatty() and os.environ.get("TERM") != "dumb":
            # Drawn by `advance`: a thread of rich's own would only draw the same thing again.
            self._bar = Bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=None),
                TextColumn("{task.completed}/{task.total}", markup=False),
                TextColumn("{task.fields[figures]}", markup=False),
                console=Console(file=self._stream, force_terminal=True),
                auto_refresh=False,
                expand=True,
            )
            self._task = self._bar.add_task(
                "starting", total=self._total, completed=self._start, figures=""
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state on the screen, and the cursor as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def resize(self, total: int) -> None:
        """Change the steps of the whole run, once they are known better."""
        self._total = total
        if self._bar is not None:
            self._bar.update(self._task, total=total)

    def advance(self, step: int, phase: str, loss: float) -> None:
        """Show that a step was taken.

        Args:
            step: Steps taken so far, those before ``start`` included.
            phase: What the step is part of, for instance ``approach p8``.
            loss: Its loss.
        """
        if not self._active:
            return
        now = self._clock()
        self._times.append((now, step))
        waited = SECONDS_BETWEEN_LINES if self._bar is None else SECONDS_BETWEEN_DRAWINGS
        last = self._bar is not None and step >= self._total
        if now - self._shown < waited and not last:
            return
        self._shown = now
        figures = f"loss {loss:.3f}, {self._speed(step)}"
        if self._bar is None:
            self._write(f"step {step}/{self._total} {phase} {figures}")
        else:
            self._bar.update(self._task, completed=step, description=phase, figures=figures)
            self._bar.refresh()

    def say(self, text: str) -> None:
        """Print a line; above the bar where there is one."""
        if not self._active:
            return
        if self._bar is None:
            self._write(text)
        else:
            # As it is: file names in brackets are no markup, and paths stay in one piece.
            self._bar.console.print(Text(text), soft_wrap=True)

    def _speed(self, step: int) -> str:
        (first, first_step), (now, now_step) = self._times[0], self._times[-1]
        if now <= first or now_step <= first_step:
            return "? steps/s"
        rate = (now_step - first_step) / (now - first)
        return f"{_figure(rate)} steps/s, {_duration((self._total - step) / rate)} left"

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()


def _figure(rate: float) -> str:
    return f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
