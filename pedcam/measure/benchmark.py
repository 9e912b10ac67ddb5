"""Measure how fast presets run on this machine.

Presets take turns frame by frame, so that whatever else the machine does slows all of them alike:
ratios between presets of one run can be trusted further than the times.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pedcam.detect.detector import Detector, Provider
from pedcam.detect.presets import MAX_SIDE, SIZE_MULTIPLE, Preset
from pedcam.measure.choice import choose_presets

FRAME_SIZE = 1280, 720
WARM_UP_RUNS = 5


def benchmark(
    presets: Sequence[Preset],
    *,
    size: tuple[int, int] | None = None,
    threads: int | None = None,
    provider: Provider = "cpu",
    runs: int = 50,
) -> list[dict[str, Any]]:
    """Time presets against each other.

    Args:
        presets: What to time.
        size: ``(width, height)`` of the network's input, each preset's own by default.
        threads: Threads of ONNX Runtime, all cores by default.
        provider: Where to compute.
        runs: Timed runs of each preset.

    Returns:
        Per preset, medians: ``name``, ``depth``, ``provider``, ``load_ms``, ``inference_ms`` and
        ``inference_p95_ms`` (network alone), ``detect_ms`` (a 1280x720 frame, letterbox and
        non-maximum suppression included), ``frames_per_second`` (1000 / detect_ms), ``speedup``
        (inference time of the shallowest preset of the run over this one's), ``file_bytes`` and
        ``ratio_file``.
    """
    frame = np.random.default_rng(0).integers(0, 256, (*FRAME_SIZE[::-1], 3), np.uint8)
    detectors, load = [], []
    for preset in presets:
        start = time.perf_counter()
        detector = Detector(preset, input_size=size, threads=threads, provider=provider)
        detector.warm_up()
        load.append(time.perf_counter() - start)
        detectors.append(detector)
    inputs = [
        np.zeros((1, detector.input_size[1], detector.input_size[0], 3), np.uint8)
        for detector in detectors
    ]
    for network_input in inputs:
        network_input[:] = 114
    inference: list[list[float]] = [[] for _ in detectors]
    whole: list[list[float]] = [[] for _ in detectors]
    for turn in range(WARM_UP_RUNS + runs):
        for index, detector in enumerate(detectors):
            start = time.perf_counter()
            detector.infer(inputs[index])
            between = time.perf_counter()
            detector.detect(frame)
            end = time.perf_counter()
            if turn >= WARM_UP_RUNS:
                inference[index].append(between - start)
                whole[index].append(end - between)
    medians = [1000 * float(np.median(times)) for times in inference]
    reference = medians[min(range(len(presets)), key=lambda i: presets[i].info.depth)]
    return [
        {
            "name": preset.name,
            "depth": preset.info.depth,
            "provider": detectors[index].provider,
            "load_ms": 1000 * load[index],
            "inference_ms": medians[index],
            "inference_p95_ms": 1000 * float(np.percentile(inference[index], 95)),
            "detect_ms": 1000 * float(np.median(whole[index])),
            "frames_per_second": 1 / float(np.median(whole[index])),
            "speedup": reference / medians[index],
            "file_bytes": preset.file_bytes,
            "ratio_file": preset.info.ratio_file,
        }
        for index, preset in enumerate(presets)
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam bench``."""
    parser.add_argument("--preset", nargs="+", default=["all"], metavar="NAME", help="default: all")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="take the presets from here")
    parser.add_argument("--threads", type=_positive, help="default: all cores")
    parser.add_argument("--size", type=_size, metavar="WxH", help="default: each preset's own")
    parser.add_argument("--provider", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--runs", type=_positive, default=50, help="timed runs, default 50")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Run ``pedcam bench``.

    Raises:
        PresetError: A preset cannot be used.
    """
    presets = choose_presets(args.models, args.preset)
    rows = benchmark(
        presets, size=args.size, threads=args.threads, provider=args.provider, runs=args.runs
    )
    if args.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    table.add_column("preset", no_wrap=True)
    for heading in ("ms", "p95 ms", "whole ms", "frames/s", "speed", "file", "load ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row["name"],
            f"{row['inference_ms']:.1f}",
            f"{row['inference_p95_ms']:.1f}",
            f"{row['detect_ms']:.1f}",
            f"{row['frames_per_second']:.0f}",
            f"{row['speedup']:.2f}x",
            f"{row['file_bytes'] / 1e6:.2f} MB",
            f"{row['load_ms']:.0f}",
        )
    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    threads = args.threads or os.cpu_count()
    console.print(
        f"{platform.processor() or platform.machine()}, {threads} threads, {args.runs} runs, "
        f"{rows[0]['provider']}; medians. ms: the network alone; whole ms: a "
        f"{FRAME_SIZE[0]}x{FRAME_SIZE[1]} frame with letterbox and non-maximum suppression"
    )
    return 0


def _size(text: str) -> tuple[int, int]:
    matched = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not matched:
        raise argparse.ArgumentTypeError(f"'{text}' is not WIDTHxHEIGHT, such as 640x384")
    width, height = int(matched[1]), int(matched[2])
    if any(side % SIZE_MULTIPLE or not 0 < side <= MAX_SIDE for side in (width, height)):
        raise argparse.ArgumentTypeError(
            f"'{text}': both sides must be multiples of {SIZE_MULTIPLE} up to {MAX_SIDE}"
        )
    return width, height


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)
