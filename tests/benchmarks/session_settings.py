"""Measure what ONNX Runtime's settings do to one live stream beside a busy window.

``python -m tests.benchmarks.session_settings`` times a preset under each setting, turn about, while
another thread keeps painting as a window does. The settings in :mod:`pedcam.detect.detector` come
from here.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import psutil

from pedcam.detect.presets import Preset, session_options
from pedcam.errors import UserError
from pedcam.measure.options import choose_presets, positive_option

PAINTINGS_PER_SECOND = 25
PICTURE = 1920, 1080
TURN = 20
STREAM_RATE = 25.0  # frames per second of the paced part


@dataclass(frozen=True)
class Setting:
    """A way to run a session.

    Attributes:
        name: What it is about.
        threads: Of ONNX Runtime, 0 for one per core.
        spinning: Whether idle threads wait in a loop.
        arena: Whether memory is kept between runs.
        pattern: Whether memory is planned from the first run.
        level: Graph optimization.
        binding: Whether inputs and outputs are bound once instead of passed.
    """

    name: str
    threads: int = 0
    spinning: bool = False
    arena: bool = True
    pattern: bool = True
    level: ort.GraphOptimizationLevel = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    binding: bool = False


def settings(cores: int) -> list[Setting]:
    """Return the one in use, first, and others that differ from it in one thing each."""
    one_less = [Setting("a thread less than cores", threads=cores - 1)] if cores > 1 else []
    return [
        Setting("as pedcam runs them"),
        *one_less,
        Setting("spinning", spinning=True),
        Setting("no memory arena", arena=False),
        Setting("no memory pattern", pattern=False),
        Setting("basic graph level", level=ort.GraphOptimizationLevel.ORT_ENABLE_BASIC),
        Setting("extended graph level", level=ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED),
        Setting("bound input and output", binding=True),
    ]


class _Session:
    def __init__(self, preset: Preset, setting: Setting) -> None:
        width, height = preset.info.input_size
        options = session_options()
        options.intra_op_num_threads = setting.threads or os.cpu_count() or 1
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "1" if setting.spinning else "0"
        )
        options.enable_cpu_mem_arena = setting.arena
        options.enable_mem_pattern = setting.pattern
        options.graph_optimization_level = setting.level
        for dimension, value in (("height", height), ("width", width)):
            options.add_free_dimension_override_by_name(dimension, value)
        self._session = ort.InferenceSession(
            preset.path, options, providers=["CPUExecutionProvider"]
        )
        self._image = np.full((1, height, width, 3), 114, np.uint8)
        self._binding = None
        if setting.binding:
            self._binding = self._session.io_binding()
            self._binding.bind_cpu_input("image", self._image)
            outputs = self._session.run(["boxes", "scores"], {"image": self._image})
            self._outputs = [np.empty_like(output) for output in outputs]
            for name, output in zip(("boxes", "scores"), self._outputs, strict=True):
                self._binding.bind_output(
                    name, "cpu", 0, output.dtype, output.shape, output.ctypes.data
                )

    def run(self) -> None:
        if self._binding is not None:
            self._session.run_with_iobinding(self._binding)
        else:
            self._session.run(["boxes", "scores"], {"image": self._image})


@contextmanager
def busy_window() -> Iterator[list[float]]:
    """Paint pictures at a steady rate in another thread, as a window does.

    Yields:
        The milliseconds by which each painting ended after its time: what a user feels as jerks.
    """
    stop = threading.Event()
    late: list[float] = []
    picture = np.zeros((*PICTURE[::-1], 3), np.uint8)

    def paint() -> None:
        due = time.perf_counter()
        while not stop.is_set():
            due += 1 / PAINTINGS_PER_SECOND
            cv2.cvtColor(cv2.resize(picture, (1280, 720)), cv2.COLOR_BGR2RGBA)
            late.append(max(0.0, 1000 * (time.perf_counter() - due + 1 / PAINTINGS_PER_SECOND)))
            stop.wait(max(0.0, due - time.perf_counter()))

    painter = threading.Thread(target=paint, daemon=True)
    painter.start()
    try:
        yield late
    finally:
        stop.set()
        painter.join()


def measure(preset: Preset, turns: int) -> list[tuple[str, float, float, float, float]]:
    """Time each setting, turn about, beside a busy window.

    Args:
        preset: What to run.
        turns: Turns of :data:`TURN` runs of each setting, back to back and then paced.

    Returns:
        Per setting: its name; median milliseconds of a run, back to back; the same with
        :data:`STREAM_RATE` runs per second; processor time per paced run in milliseconds; median
        milliseconds that the window's painting took beside the paced runs.
    """
    chosen = settings(os.cpu_count() or 1)
    sessions = [_Session(preset, setting) for setting in chosen]
    process = psutil.Process()
    tight: list[list[float]] = [[] for _ in chosen]
    paced: list[list[float]] = [[] for _ in chosen]
    busy: list[list[float]] = [[] for _ in chosen]
    painting: list[list[float]] = [[] for _ in chosen]
    for session in sessions:
        session.run()
    for _ in range(turns):
        for index, session in enumerate(sessions):
            with busy_window():
                tight[index] += [_timed(session) for _ in range(TURN)][2:]
            with busy_window() as late:
                before = process.cpu_times()
                due = time.perf_counter()
                for _ in range(TURN):
                    paced[index].append(_timed(session))
                    due += 1 / STREAM_RATE
                    time.sleep(max(0.0, due - time.perf_counter()))
                after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            busy[index].append(1000 * used / TURN)
            painting[index] += late
    columns = zip(chosen, tight, paced, busy, painting, strict=True)
    return [
        (setting.name, *(statistics.median(values) for values in rest))  # type: ignore[misc]
        for setting, *rest in columns
    ]


def _timed(session: _Session) -> float:
    start = time.perf_counter()
    session.run()
    return 1000 * (time.perf_counter() - start)


def main() -> int:
    """Run the measurement and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", nargs="+", default=["all"], metavar="NAME", help="default: all")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="take the presets from here")
    parser.add_argument("--turns", type=positive_option, default=8, help="default 8")
    args = parser.parse_args()
    try:
        presets = choose_presets(args.models, args.preset)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for preset in presets:
        sys.stdout.write(
            f"\n{preset.name + ', ms':28} {'back to back':>13} {'at 25/s':>9} {'CPU':>8} "
            f"{'painting':>9}\n"
        )
        for name, *values in measure(preset, args.turns):
            cells = " ".join(
                f"{value:{width}.2f}" for value, width in zip(values, (13, 9, 8, 9), strict=True)
            )
            sys.stdout.write(f"{name:28} {cells}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
