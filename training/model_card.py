"""Measure presets on labelled sets, and write what they are into them and into ``MODELS.md``.

    python -m training.model_card models --set val=data/val.json --set pennfudan=data/pennfudan.json

Images are looked for beside the labels. The figures go into each preset's own description
(``evaluation``) and from there into the table, so that the two cannot disagree.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# `python training/model_card.py` puts this folder on the path, the packages are one above.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pedcam.detect.presets import Preset, find_presets
from pedcam.errors import UserError
from pedcam.measure.evaluate import evaluate
from pedcam.measure.readers import read_labels
from pedcam.measure.settings import REASONABLE
from training.export import describe_preset, write_text

CARD = "MODELS.md"

INTRODUCTION = """\
# Presets

Written by `python -m training.model_card`; do not edit.

The presets that come with pedcam. Each is the same network, its convolutions turned to 1-bit
weights from the deepest layer upwards; a deeper preset is a smaller and faster file. AP50 is the
average precision at IoU 0.5, MR the log-average miss rate over 0.01 to 1 false alarms per image
(lower is better), both in percent, of people 50 pixels or taller, at the default input size.
"""

REMARKS = """\
## Intended use and limits

For finding people who stand or walk in ordinary video, and for studying what one-bit weights cost.
Not for decisions about safety or about persons: people are missed, more of them when they are
small, dark, partly hidden or in unusual postures, and how well different groups of people are found
was not measured. Statues, posters and mannequins can be taken for people.

The photographs used for training come from public collections with mixed terms and are not part of
this repository; street scenes rendered by `training/walkers` are mixed in. Licence of the weights:
as the code, GPL-3.0-or-later.
"""


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
                }
            )
            sys.stdout.write(f"{preset.name}: MR / AP50 {_figures(row)} on {name}\n")
        described.append(describe_preset(preset.path, evaluation=tuple(rows)))
    return described


def card(presets: Sequence[Preset]) -> str:
    """Return the model card of some presets, as Markdown."""
    measured = [row for preset in presets for row in preset.info.evaluation]
    sets = list(dict.fromkeys(str(row["data"]) for row in measured if "data" in row))
    heading = ["preset", "1-bit layers", "file", "smaller", "1-bit weights", "threshold"]
    lines = [
        INTRODUCTION,
        _row([*heading, *(f"MR / AP50 {name}" for name in sets)]),
        _row(["---"] * (len(heading) + len(sets))),
    ]
    for preset in presets:
        info = preset.info
        accuracy = {row.get("data"): row for row in info.evaluation}
        total = sum(layer.parameters for layer in info.layers)
        binary = sum(layer.parameters for layer in info.layers if layer.bits == 1)
        lines.append(
            _row(
                [
                    f"`{info.name}`",
                    f"{info.depth} of {info.depth_limit}",
                    f"{preset.file_bytes / 1e6:.2f} MB",
                    f"{info.ratio_file:.1f}x",
                    f"{100 * binary / max(1, total):.2f} %",
                    f"{info.score_threshold:.2f}",
                    *(_figures(accuracy.get(name, {})) for name in sets),
                ]
            )
        )
    lines += ["", *(_counts(presets, name) for name in sets), "", "## How they were made", ""]
    lines += [_making(preset) for preset in presets]
    return "\n".join([*lines, "", REMARKS])


def _counts(presets: Sequence[Preset], name: str) -> str:
    rows = [row for preset in presets for row in preset.info.evaluation if row.get("data") == name]
    return f"- {name}: {rows[0].get('images', '?')} images, {rows[0].get('people', '?')} people"


def _figures(row: Mapping[str, Any]) -> str:
    values = (row.get("miss_rate"), row.get("ap50"))
    cells = [f"{100 * one:.1f}" if isinstance(one, int | float) else "-" for one in values]
    return " / ".join(cells)


def _rounded(share: float | None) -> float | None:
    return share if share is None else round(share, 6)


def _making(preset: Preset) -> str:
    info = preset.info
    training: Mapping[str, Any] = info.training
    binarize, float_part, data = (
        part if isinstance(part := training.get(name), dict) else {}
        for name in ("binarize", "pretrain", "data")
    )
    text = (
        f"- `{info.name}` ({info.created}): seed {training.get('seed')}, "
        f"{float_part.get('steps')} float steps of {training.get('batch')} views"
    )
    if info.depth:
        text += (
            f", then per layer {binarize.get('approach_steps')} steps of approach and "
            f"{binarize.get('finetune_steps')} of fine-tuning, and {binarize.get('final_steps')} "
            "more at each exported depth"
        )
    sets = [*map(str, data.get("train") or ()), f"{data.get('walkers')} rendered scenes"]
    return f"{text}; data {', '.join(sets)}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


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
        if sets:
            presets = measure(presets, sets, args.images)
        write_text(card(presets), args.models / CARD)
    except UserError as error:
        sys.stderr.write(f"model_card: error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
