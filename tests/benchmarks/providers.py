"""Every preset on every provider of this machine: `python -m tests.benchmarks.providers`.

At two input sizes: the median time of the network, turn about, and how far scores and boxes are
from what the processor finds in the demo clip. The processor is there twice, once with the float
form that providers without integer convolutions are given.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import av
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from pedcam import bundled
from pedcam.detect.detector import make_options
from pedcam.detect.letterbox import Letterbox
from pedcam.detect.presets import Preset, find_presets
from pedcam.detect.providers import PROVIDERS, available
from pedcam.detect.session import OUTPUTS, open_session
from pedcam.measure.options import positive_option
from pedcam.measure.speed.results_file import machine

LOWEST_SCORE = 0.2  # of people who are compared
LARGER = (768, 448)
FLOAT_FORM = "cpu, float form"

Opened = Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.providers")
    parser.add_argument("--runs", type=positive_option, default=30)
    parser.add_argument("--threads", type=positive_option, default=1)
    args = parser.parse_args()
    presets, _ = find_presets([bundled.models_folder()])
    table = Table("preset", "size", "provider", "ms", "to the processor", "score", "box, px",
                  box=box.SIMPLE)  # fmt: skip
    for preset in presets:
        for size in (preset.info.input_size, LARGER):
            for cells in measure(preset, size, args.threads, args.runs):
                table.add_row(preset.name, f"{size[0]}x{size[1]}", *cells)
    Console(width=110).print(f"{machine()}, ONNX Runtime {ort.__version__}", table)
    for name, info in PROVIDERS.items():
        if name not in available():
            sys.stdout.write(f"not here: {info.title}\n")
    return 0


def measure(preset: Preset, size: tuple[int, int], threads: int, runs: int) -> list[list[str]]:
    """Return a row for each provider."""
    images = demo(size)
    sessions: dict[str, Opened] = {}
    rows: list[list[str]] = []
    for name in (*available(), FLOAT_FORM):
        options = make_options(threads, size)
        provider, integer = (name, None) if name in PROVIDERS else ("cpu", False)
        try:
            session = open_session(preset.path, options, provider, integer=integer)
            session.run(OUTPUTS, {"image": images[0]})
        # ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            rows.append([name, f"failed: {error}"[:60]])
            continue
        sessions[name] = partial(lambda session, it: session.run(OUTPUTS, {"image": it}), session)
    found = {name: [run(it) for it in images] for name, run in sessions.items()}
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for turn in range(runs):
        for name, run in sessions.items():
            start = time.perf_counter()
            run(images[turn % len(images)])
            times[name].append(1000 * (time.perf_counter() - start))
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, median in medians.items():
        scores, boxes = differences(found["cpu"], found[name])
        ratio = medians["cpu"] / median
        rows.append([name, f"{median:.1f}", f"{ratio:.2f}", f"{scores:.4f}", f"{boxes:.2f}"])
    return rows


def demo(size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Return some pictures of the demo clip as input of a network."""
    images = []
    with av.open(str(bundled.asset("demo.mp4"))) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % 100 == 0:
                picture = frame.to_ndarray(format="bgr24")
                image = np.empty((1, size[1], size[0], 3), np.uint8)
                Letterbox.fit((picture.shape[1], picture.shape[0]), size).apply(picture, image[0])
                images.append(image)
    return images


def differences(
    expected: list[list[NDArray[np.float32]]], found: list[list[NDArray[np.float32]]]
) -> tuple[float, float]:
    """Return the largest difference of a score, and of a side of a box that is sure enough."""
    scores = boxes = 0.0
    for (boxes_a, scores_a), (boxes_b, scores_b) in zip(expected, found, strict=True):
        sure = scores_a > LOWEST_SCORE
        scores = max(scores, float(np.abs(scores_a - scores_b).max()))
        boxes = max(boxes, float(np.abs(boxes_a - boxes_b)[sure].max(initial=0)))
    return scores, boxes


if __name__ == "__main__":
    sys.exit(main())
