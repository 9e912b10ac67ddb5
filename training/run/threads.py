"""How many processor threads training uses.

OpenMP's threads wait for each other after every operation, so a single one that has to share its
processor with another program slows down all of them. Fewer threads are then faster.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil
import torch

WATCHED_SECONDS = 0.5


def settle_threads(wanted: int, report: Callable[[str], None]) -> int:
    """Set how many threads torch uses in this process.

    Args:
        wanted: How many; 0 is torch's own number, less the processors that are busy just now.
        report: Told when it is less.

    Returns:
        How many it is, at least 1.
    """
    usual = torch.get_num_threads()
    threads = wanted or usual
    if not wanted and usual > 1 and "OMP_NUM_THREADS" not in os.environ:
        threads = max(1, min(usual, (os.cpu_count() or usual) - round(_busy_processors())))
        if threads < usual:
            report(
                f"other programs are busy: {threads} of {usual} threads train; "
                f"--set threads={usual} takes all"
            )
    torch.set_num_threads(threads)
    return threads


def _busy_processors() -> float:
    return psutil.cpu_percent(WATCHED_SECONDS) / 100 * (os.cpu_count() or 1)
