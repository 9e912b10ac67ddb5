"""The figures of an evaluation as a table on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from pedcam.measure.accuracy import RECALL_AT


def print_accuracy(rows: Sequence[Mapping[str, Any]], about: str) -> None:
    """Print a table.

    Args:
        rows: Of :func:`pedcam.measure.accuracy.summarize`, of the same pictures.
        about: The pictures, and who counts.
    """
    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    # A rival's name may hold what rich would take for markup.
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    table = Table(box=box.SIMPLE)
    table.add_column("detector", no_wrap=True)
    for heading in ("miss\nrate", "AP50", "AP", "recall"):
        table.add_column(heading, justify="right")
    for band in rows[0]["heights"]:
        high = "+" if band["high"] is None else f"-{band['high']:.0f}"
        people = "1 person" if band["people"] == 1 else f"{band['people']} people"
        heading = f"{band['low']:.0f}{high} px\n{people}"
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["name"],
            *(_percent(row[key]) for key in ("miss_rate", "ap50", "ap", "recall")),
            *(_percent(band["miss_rate"]) for band in row["heights"]),
        )
    console.print(table)
    console.print(
        f"{about}: {rows[0]['people']} people; percent. Miss rate: log-average over 0.01 to 1 "
        f"false alarms per image, IoU 0.5, lower is better; on the right by height of the people. "
        f"Recall: at {RECALL_AT} false alarms per image."
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
