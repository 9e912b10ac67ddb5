"""The process that opens damaged files: ``python -m tests.benchmarks.fuzz.worker``.

Each line of input names a kind and a file; each is answered by one line of JSON. Whoever started it
watches the time and the memory, and learns from its death of what cannot be caught.
"""

import faulthandler
import json
import math
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from pedcam.detect.detector import Detector
from pedcam.detect.presets import PresetError, read_preset
from pedcam.errors import UserError
from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import SourceError

MOST_FRAMES = 300
LONGEST_MESSAGE = 1500
CPU_SECONDS = 60  # per case; should nobody be left to watch


def open_clip(path: Path) -> None:
    """Do with a clip what the app does with one: read, jump, skip, close."""
    with closing(FileSource(path)) as source:
        failures: list[SourceError] = []

        def attempt(step: Callable[[], object]) -> None:
            # The app opens the source again after an error; going on here reaches more.
            try:
                step()
            except SourceError as error:
                failures.append(error)

        def read_all() -> None:
            for _ in range(MOST_FRAMES):
                frame = source.read()
                if frame is None:
                    return
                if frame.image.ndim != 3 or frame.image.dtype != np.uint8:
                    raise AssertionError(f"a frame of {frame.image.shape} {frame.image.dtype}")
                if not math.isfinite(frame.time):
                    raise AssertionError(f"a frame at {frame.time} s")

        attempt(read_all)
        for target in (0.5, 1e6, 0.0):
            attempt(lambda target=target: source.seek(target))
            attempt(source.read)
            attempt(source.skip)
        if failures:
            raise failures[0]


def open_preset(path: Path) -> None:
    """Read a preset and, if that succeeds, detect with it."""
    preset = read_preset(path)
    detector = Detector(preset, threads=1)
    frame = np.full((120, 160, 3), 90, np.uint8)
    people = detector.detect(frame, 0.0)
    if not np.isfinite(people.xyxy).all():
        raise AssertionError("boxes that are no numbers")
    json.dumps(preset.summary())


OPENERS: dict[str, Callable[[Path], None]] = {"clips": open_clip, "presets": open_preset}


def outcome(kind: str, path: Path) -> tuple[str, str]:
    """Open a file: ``works``, ``refused`` with the message, or ``error`` with what went wrong."""
    try:
        OPENERS[kind](path)
    except UserError as error:
        text = str(error)
        expected = SourceError if kind == "clips" else PresetError
        if type(error) is not expected:
            return "error", f"{type(error).__name__}: {text}"
        if not text.isprintable():
            return "error", f"message with control characters: {text!r}"
        if len(text) > LONGEST_MESSAGE:
            return "error", f"message of {len(text)} characters: {text}"
        return "refused", text
    except MemoryError as error:
        return "error", f"MemoryError: {error}"
    except Exception:
        return "error", traceback.format_exc()
    return "works", ""


def main() -> None:
    """Answer until the input ends."""
    faulthandler.enable()
    cv2.setNumThreads(1)
    # Libraries may print; the answers go where they cannot.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = math.ceil(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        start = time.perf_counter()
        result, detail = outcome(case["kind"], Path(case["path"]))
        seconds = time.perf_counter() - start
        answer = {"outcome": result, "detail": detail, "seconds": seconds}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
