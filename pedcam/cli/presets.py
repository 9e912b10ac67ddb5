"""List the presets."""

from __future__ import annotations

import argparse
import json
import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pedcam.cli.options import add_pool_arguments, load_pool, report
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import at_all_sizes, size_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam presets``."""
    parser.add_argument("--json", action="store_true", help="print everything known, as JSON")
    add_pool_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the presets; return 1 if there is none."""
    pool, errors = load_pool(args)
    for error in errors:
        report(f"warning: {error}")
    if args.json:
        summaries = [preset.summary() for preset in pool.presets]
        sys.stdout.write(json.dumps(summaries, indent=2) + "\n")
    elif pool.presets:
        _print_table(pool)
    if not pool.presets:
        report("error: there is no usable preset")
        return 1
    return 0


def _print_table(pool: DetectorPool) -> None:
    table = Table(box=box.SIMPLE)
    for heading in ("name", "title"):
        table.add_column(heading, no_wrap=heading == "name")
    for heading in ("depth", "size", "smaller", "threshold", "input"):
        table.add_column(heading, justify="right", no_wrap=True)
    sizes = at_all_sizes(pool.presets)
    # A preset's sizes lie below it.
    for preset in (one for it in pool.presets for one in sizes if one.base_name == it.name):
        info = preset.info
        table.add_row(
            # As plain text: a title may hold what rich would take for markup.
            Text(info.name),
            Text(info.title),
            f"{info.depth}/{info.depth_limit}",
            f"{preset.file_bytes / 1e6:.2f} MB",
            f"{info.ratio_file:.1f}x",
            f"{info.score_threshold:.2f}",
            size_name(info.input_size),
        )
    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    Console(width=None if sys.stdout.isatty() else 200).print(table)
