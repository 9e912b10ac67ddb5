"""Measure presets on labelled sets, and write what they are into them and into ``MODELS.md``.

    python -m training.tools.model_card models --set val=data/val.json --set test=data/test.json

Images are looked for beside the labels. The figures go into each preset's own description
(``evaluation``) and from there into the table, so that the two cannot disagree.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pedcam.detect.presets import Preset, find_presets
from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.measure.accuracy.caltech import REASONABLE
from pedcam.measure.accuracy.evaluate import evaluate
from pedcam.measure.labels.read import read_labels
from training.export.onnx_graph import describe_preset
from training.tools.card import card, figures

CARD = "MODELS.md"
MAX_BENCH_BYTES = 1_000_000


def measure(
    presets: Sequence[Preset], sets: Sequence[tuple[str, Path]], pictures: Path | None = None
) -> list[Preset]:
    """Measure presets and write the results into them.

    Args:
        presets: What to measure; the files are rewritten.
        sets: Names and labels in any form that ``read_labels`` knows; of YOLO sets, ``val``.
        pictures: The folder that file names in labels are relative to, if it is not theirs.

    Returns:
        The presets with their new descriptions.

    Raises:
        LabelError: Labels or images cannot be used.
        PresetError: A preset cannot be run.
    """
    labelled = [(name, read_labels(path, pictures, "val").images) for name, path in sets]
    described = []
    for preset in presets:
        rows = []
        for name, images in labelled:
            row = evaluate(preset, images, REASONABLE)
            rows.append(
                {
                    "data": name,
                    "images": row["images"],
                    "people": row["people"],
                    "setting": REASONABLE.name,
                    "ap50": _rounded(row["ap50"]),
                    "miss_rate": _rounded(row["miss_rate"]),
                    "heights": [
                        {
                            "low": band["low"],
                            "high": band["high"],
                            "people": band["people"],
                            "miss_rate": _rounded(band["miss_rate"]),
                        }
                        for band in row["heights"]
                    ],
                }
            )
            sys.stdout.write(f"{preset.name}: MR / AP50 {figures(row)} on {name}\n")
        described.append(describe_preset(preset.path, evaluation=tuple(rows)))
    return described


def read_speeds(path: Path) -> dict[str, dict[str, Any]]:
    """Return the rows that ``pedcam bench --json`` printed, by name of the preset.

    Raises:
        UserError: The file cannot be read or is something else.
    """
    try:
        with path.open("rb") as file:
            rows = json.loads(file.read(MAX_BENCH_BYTES))
        return {str(row["name"]): dict(row) for row in rows}
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f"{path} does not hold what 'pedcam bench --json' prints.") from error


def _rounded(share: float | None) -> float | None:
    return share if share is None else round(share, 6)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("models", type=Path, help="folder of the presets")
    parser.add_argument(
        "--set", action="append", default=[], dest="sets", metavar="NAME=LABELS",
        help="measure on this COCO json file; without any, only the card is written",
    )  # fmt: skip
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="where their images are, if not beside them"
    )
    parser.add_argument(
        "--bench",
        type=Path,
        metavar="FILE",
        help="how fast they are: what pedcam bench --json said",
    )
    args = parser.parse_args(arguments)
    sets = []
    for text in args.sets:
        name, equals, path = text.partition("=")
        if not equals:
            parser.error(f"'{text}' is not NAME=LABELS")
        sets.append((name, Path(path)))
    try:
        presets, errors = find_presets([args.models])
        if errors:
            raise errors[0]
        if not presets:
            raise UserError(f"There are no presets in {args.models}.")
        speeds = None if args.bench is None else read_speeds(args.bench)
        if sets:
            presets = measure(presets, sets, args.images)
        write_atomically(args.models / CARD, card(presets, speeds).encode())
    except UserError as error:
        sys.stderr.write(f"model_card: error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
