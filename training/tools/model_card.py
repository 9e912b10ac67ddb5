"""Measure presets on labelled sets, and write what they are into them and into ``MODELS.md``.

    python -m training.tools.model_card models --set val=data/val.json --set test=data/test.json

Images are looked for beside the labels. The figures go into each preset's own description
(``evaluation``) and from there into the table, so that the two cannot disagree.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pedcam.detect.presets import Preset, find_presets
from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.measure.accuracy.caltech import REASONABLE
from pedcam.measure.accuracy.evaluate import evaluate
from pedcam.measure.labels.base import LabelledImage
from pedcam.measure.labels.read import read_labels
from pedcam.measure.options import read_rows
from training.export.onnx_graph import describe_preset
from training.tools.card import card, figures
from training.tools.exit_code import exit_code

CARD = "MODELS.md"


def measure(
    presets: Sequence[Preset], sets: Sequence[tuple[str, Path]], pictures: Path | None = None
) -> list[Preset]:
    """Measure presets at all their input sizes, and write the results into their files.

    Args:
        presets: What to measure.
        sets: Names and labels; of YOLO sets, the part ``val``.
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
        sizes = tuple(
            replace(size, evaluation=_evaluate(preset.at(size.input_size), labelled))
            for size in preset.info.sizes
        )
        rows = _evaluate(preset, labelled)
        described.append(describe_preset(preset.path, evaluation=rows, sizes=sizes))
    return described


def _evaluate(
    preset: Preset, labelled: Sequence[tuple[str, Sequence[LabelledImage]]]
) -> tuple[dict[str, Any], ...]:
    rows = []
    for name, images in labelled:
        row = evaluate(preset, images, REASONABLE)
        of_heights = ("low", "high", "people", "found", "miss_rate")
        heights = [{key: _rounded(it[key]) for key in of_heights} for it in row["heights"]]
        kept = ("images", "people", "setting", "found", "false_alarms", "ap50", "miss_rate")
        figures_kept = {key: _rounded(row[key]) for key in kept}
        rows.append({"data": name, **figures_kept, "heights": heights})
        sys.stdout.write(f"{preset.name}: MR / AP50 {figures(row)} on {name}\n")
    return tuple(rows)


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    add = parser.add_argument
    add("models", type=Path, help="folder of the presets")
    add("--set", action="append", default=[], dest="sets", metavar="NAME=LABELS",
        help="measure on these labels; without any, only the card is written")  # fmt: skip
    add("--images", type=Path, metavar="DIR", help="where their images are, if not beside them")
    add("--bench", type=Path, metavar="FILE", help="what pedcam bench --json printed")
    args = parser.parse_args(arguments)
    sets = []
    for text in args.sets:
        name, equals, path = text.partition("=")
        if not equals:
            parser.error(f"'{text}' is not NAME=LABELS")
        sets.append((name, Path(path)))

    def work() -> None:
        presets, errors = find_presets([args.models])
        if errors:
            raise errors[0]
        if not presets:
            raise UserError(f"There are no presets in {args.models}.")
        speeds = read_rows(args.bench, "pedcam bench --json") if args.bench else None
        if sets:
            presets = measure(presets, sets, args.images)
        write_atomically(args.models / CARD, card(presets, speeds).encode())

    return exit_code("model_card", work)


if __name__ == "__main__":
    sys.exit(main())
