"""A worker that goes wrong in every way there is, for the tests of whoever watches it."""

import os
import time
from pathlib import Path

import numpy as np

from pedcam.detect.presets import PresetError
from tests.benchmarks.fuzz import worker


def _crash(path: Path) -> None:
    os.abort()


def _hang(path: Path) -> None:
    time.sleep(1000)


def _fill(path: Path) -> None:
    held = []
    while True:
        held.append(np.ones(2**20))
        time.sleep(0.001)


def _fail(path: Path) -> None:
    raise KeyError("unexpected")


def _escape(path: Path) -> None:
    raise PresetError("red \x1b[31m")


def _work(path: Path) -> None:
    pass


if __name__ == "__main__":
    kinds = {"crash": _crash, "hang": _hang, "fill": _fill, "fail": _fail, "escape": _escape}
    worker.OPENERS.update(kinds | {"work": _work})
    worker.main()
