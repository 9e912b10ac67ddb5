"""Thousands of damaged files through pedcam's readers.

``python -m tests.benchmarks.fuzz clips --count 2000`` damages 2,000 clips.

A case is good if the file works or is refused with a message for people. Everything else (another
exception, a crash, a hang, too much memory) is a failure; its file is kept, and ``--only NUMBER``
runs that case again.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.benchmarks.fuzz.cases import KINDS, Case, Cases, run
from tests.benchmarks.fuzz.seeds import MAKERS
from tests.benchmarks.fuzz.watch import Outcome

OUTCOMES = ("works", "refused", "error", "crash", "hang", "memory")


def main() -> int:
    """Run the cases that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="{clips,presets}", help="both by default")
    parser.add_argument("--count", type=int, default=2000, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=0, help="decides all cases")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="run this one case")
    parser.add_argument("--seconds", type=float, default=5.0, help="longest time of a case")
    parser.add_argument("--memory", type=int, default=1536, help="resident MiB of the worker")
    parser.add_argument(
        "--keep", type=Path, default=Path("runs/fuzz"), help="folder for files of failed cases"
    )
    args = parser.parse_args()
    for kind in args.kinds:
        if kind not in KINDS:
            parser.error(f"'{kind}' is neither clips nor presets")
    console = Console(width=120)
    table = Table("kind", *OUTCOMES, "longest", "most memory", title="Damaged files")
    failures = 0
    for kind in args.kinds or KINDS:
        numbers = range(args.count) if args.only is None else [args.only]
        counts: Counter[str] = Counter()
        longest, peak = 0.0, 0
        with tempfile.TemporaryDirectory(prefix="pedcam-fuzz-") as folder:
            cases = Cases(kind, args.seed, MAKERS[kind](Path(folder)))
            for case, outcome in run(
                cases,
                numbers,
                folder=Path(folder),
                seconds=args.seconds,
                memory_bytes=args.memory * 2**20,
            ):
                counts[outcome.kind] += 1
                longest, peak = max(longest, outcome.seconds), max(peak, outcome.peak_bytes)
                if not outcome.good:
                    failures += 1
                    _keep(case, outcome, args.keep, args.seed)
                if not outcome.good or args.only is not None:
                    console.print(escape(_line(case, outcome)), soft_wrap=True)
        table.add_row(
            kind,
            *(str(counts[outcome]) for outcome in OUTCOMES),
            f"{longest:.2f} s",
            f"{peak / 2**20:.0f} MiB",
        )
    console.print(table)
    if failures:
        console.print(f"{failures} failed; their files and reports are in {args.keep}.")
    return 1 if failures else 0


def _line(case: Case, outcome: Outcome) -> str:
    last = outcome.detail.strip().splitlines()[-1:] or [""]
    return (
        f"{case.kind} {case.number}: {outcome.kind}, {outcome.seconds:.2f} s, "
        f"{outcome.peak_bytes / 2**20:.0f} MiB ({case.name}: {case.damage}) {last[0]}"
    )


def _keep(case: Case, outcome: Outcome, folder: Path, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{case.kind}-{seed}-{case.number:05}"
    (folder / f"{stem}-{case.name}").write_bytes(case.content)
    again = f"python -m tests.benchmarks.fuzz {case.kind} --seed {seed} --only {case.number}"
    report = f"{_line(case, outcome)}\n{again}\n\n{outcome.detail}\n"
    (folder / f"{stem}.txt").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
