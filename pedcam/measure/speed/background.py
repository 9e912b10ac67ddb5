"""The benchmark as a process of its own, for the window.

Started as ``python -m pedcam.measure.speed.background``, it reads one JSON object from its
standard input and writes one JSON object per line: ``{"progress": 0.5}``, and last of all
``{"done": true}`` or ``{"error": "..."}``. When its standard input ends it ends too, so that it
never outlives a window that crashed.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import psutil

from pedcam.detect.detector import Detector, Provider
from pedcam.detect.presets import Preset, PresetError, plain_reason, read_preset
from pedcam.errors import UserError
from pedcam.measure.speed.results_file import machine, merge_measurements

NICENESS = 10
# What most of the time goes into; one more is added for the memory of each preset.
_PARTS = {"loading": 0.0, "the networks alone": 0.15, "the whole stream": 0.35}
_MEMORY = 0.85
RUNS = 10


@dataclass(frozen=True)
class Order:
    """What to measure.

    Attributes:
        presets: The preset files.
        provider: Where to compute.
        threads: Threads of ONNX Runtime, all cores by default.
        runs: As in :func:`pedcam.measure.speed.benchmark.benchmark`.
        keep_in: Where the results go, by default where the window looks.
    """

    presets: tuple[Path, ...]
    provider: Provider = "cpu"
    threads: int | None = None
    runs: int = RUNS
    keep_in: Path | None = None

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(
            {
                "presets": [str(path) for path in self.presets],
                "provider": self.provider,
                "threads": self.threads,
                "runs": self.runs,
                "keep_in": None if self.keep_in is None else str(self.keep_in),
            }
        )

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Parse what :meth:`to_json` returned."""
        order = json.loads(line)
        keep_in = order["keep_in"]
        return cls(
            tuple(map(Path, order["presets"])),
            cast(Provider, order["provider"]),
            order["threads"],
            order["runs"],
            None if keep_in is None else Path(keep_in),
        )


def measure(order: Order, tell: Callable[[dict[str, Any]], object]) -> None:
    """Measure presets and keep the results; those that cannot be run are left out.

    Args:
        order: What to measure.
        tell: Told how much is done.

    Raises:
        UserError: None can be measured, or the results cannot be kept.
    """
    # Imported here because measuring needs much that the window, which sends orders, does not.
    from pedcam.measure.speed.benchmark import benchmark

    presets, errors = _usable(order)
    if not presets:
        raise PresetError(" ".join(["There is no preset to measure.", *errors]))
    memories = 0

    def progress(part: str) -> None:
        nonlocal memories
        done = _PARTS.get(part)
        if done is None:
            done = _MEMORY + (1 - _MEMORY) * memories / len(presets)
            memories += 1
        tell({"progress": done})

    rows = benchmark(
        presets,
        provider=order.provider,
        threads=order.threads,
        runs=order.runs,
        on_progress=progress,
    )
    about = {
        "machine": machine(),
        "threads": order.threads or os.cpu_count(),
        "runs": order.runs,
        "source": "demo",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    merge_measurements(rows, about, order.keep_in)


def main() -> int:
    """Do what the standard input says."""
    line = sys.stdin.readline()
    threading.Thread(target=_end_with_window, daemon=True).start()
    with contextlib.suppress(OSError, psutil.Error):
        # The window, and whatever else the user does, goes first.
        low = getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", NICENESS)
        psutil.Process().nice(low)
    try:
        measure(Order.from_json(line), _tell)
    except UserError as error:
        _tell({"error": str(error)})
        return 1
    _tell({"done": True})
    return 0


def _usable(order: Order) -> tuple[list[Preset], list[str]]:
    presets, errors = [], []
    for path in order.presets:
        try:
            preset = read_preset(path)
            Detector(preset, threads=order.threads, provider=order.provider).warm_up()
        except PresetError as error:
            errors.append(str(error))
        # ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            errors.append(f"Preset {path} cannot be run: {plain_reason(error)}")
        else:
            presets.append(preset)
    return presets, errors


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _end_with_window() -> None:
    # Not sys.stdin, whose lock would be in the way when Python ends.
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
