"""How much memory a preset needs, measured in a process that runs nothing else."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import psutil

from pedcam.detect.detector import Detector
from pedcam.detect.presets import read_preset
from pedcam.detect.providers import Provider

BETWEEN_LOOKS = 0.005  # seconds
LONGEST_RUN = 120.0  # seconds
FRAME_SIZE = 1920, 1080


def peak_memory(
    path: Path,
    *,
    input_size: tuple[int, int] | None = None,
    threads: int | None = None,
    provider: Provider = "cpu",
) -> int | None:
    """Detect with a preset in a process of its own; other arguments as of :class:`Detector`.

    Returns:
        The largest resident size in bytes, Python and the libraries included; ``None`` if the
        process failed.
    """
    # Not forked: a copy of this process would bring along what this one has in memory.
    process = multiprocessing.get_context("spawn").Process(
        target=_run, args=(path, input_size, threads, provider), daemon=True
    )
    process.start()
    peak = 0
    try:
        seen = psutil.Process(process.pid)
        for _ in range(round(LONGEST_RUN / BETWEEN_LOOKS)):
            process.join(BETWEEN_LOOKS)
            if process.exitcode is not None:
                break
            peak = max(peak, seen.memory_info().rss)
    except psutil.Error:
        # It ended between two looks.
        process.join(LONGEST_RUN)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
    return peak if process.exitcode == 0 and peak else None


def _run(
    path: Path, input_size: tuple[int, int] | None, threads: int | None, provider: Provider
) -> None:
    detector = Detector(
        read_preset(path), input_size=input_size, threads=threads, provider=provider
    )
    frame = np.full((*FRAME_SIZE[::-1], 3), 114, np.uint8)
    for _ in range(3):
        detector.detect(frame)
