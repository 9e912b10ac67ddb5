"""The text of ``models/MODELS.md``: what presets are, how good and how fast, and their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pedcam.detect.presets import Preset, at_all_sizes, size_name

INTRODUCTION = """\
# Presets

Written by `python -m training.tools.model_card`; do not edit.

The presets that come with pedcam. Presets of one name are the same network, its convolutions turned
to 1-bit weights from the deepest layer upwards; a deeper preset is a smaller file (`tiny-26` is
still of an earlier training). Found is how many of 100 people are found with the confidence that
the app begins with, beside the false alarms in 100 images: what the app shows. AP50 is the average
precision at IoU 0.5, MR the log-average miss rate over 0.01 to 1 false alarms per image (lower is
better), both in percent. All are of people 50 pixels or taller, at the default input size.

The threshold is the confidence that the app begins with: where each preset has {alarms} false
alarms per validation image, so that it means the same in all of them (on labels corrected by
`training.tools.audit`, but for `tiny-26`). Penn-Fudan labels few of the people in the background,
cyclists and people cut off by the edge: of the 40 surest suspects that an audit finds there, 40 are
people, counted by eye. With its labels completed by YOLOX-nano an earlier float network of pedcam
has a miss rate of 3.3 there and YOLOX-nano 1.1, completed by both of them 1.2 and 1.8.
"""

SIZES = """\
The same presets at the further input sizes that they are calibrated for (`pedcam --preset
NAME@WxH`; `<` and `>` in the window). A larger input finds people who are smaller in the picture:
"""

KNOWN_INTRODUCTION = """\
## Beside other detectors

Measured once, on the same images with the same protocol, person class only; milliseconds per image
with pre- and postprocessing, two threads of another machine. `pedcam evaluate --rival` repeats it
for a file that you have, as it did for YOLOX-nano.
"""

HOG = "OpenCV HOG + SVM, default people detector"
# MR / AP50 on Penn-Fudan, the Caltech subset, the validation set and everyday; milliseconds.
KNOWN = (
    (HOG, "77.6 / 42.3", "65.9 / 45.2", "94.3 / 4.5", "", "30"),
    ("Yolo-Fastest 1.1 body (320)", "9.1 / 95.8", "19.5 / 87.0", "56.3 / 44.5", "", "7.4"),
    ("Yolo-Fastest 1.1-xl (320)", "13.1 / 94.4", "26.9 / 82.7", "57.3 / 45.3", "", "16.2"),
    ("FastestDet (352)", "17.7 / 92.5", "25.1 / 82.6", "61.3 / 43.6", "", "5.3"),
    ("YOLOX-nano (416)", "10.7 / 97.0", "10.4 / 94.8", "54.2 / 68.5", "31.2 / 78.4", "23"),
)

MAKING = """\
## How they were made

Settings are in `training/configs`, the commands, in their order, in `training/README.md`, how the
float networks came about in `training/checkpoints/README.md`.
"""

COMPARISON = """\
## Other ways to binarize

A small network, binarized in several ways with the same few steps: a comparison of ways and orders,
not how the presets were made. The numbers are in
[training/reports/compare](../training/reports/compare/REPORT.md).

![Miss rate against training steps](../training/reports/compare/steps.png)
"""

INT8 = """\
## And 8 bits?

The layers that are not 1-bit are 8-bit in all presets but the float one, and run as fast; the last
ones, which give scores and boxes, stay float.
`pedestrian-int8` is the float network rounded to 8 bits after training (`python -m
training.export.round_preset`): it loses next to nothing and is as quick as any
binarized one. Where its size does not matter it is the better choice; one bit pays where it does.
"""

REMARKS = """\
## What goes wrong

Seen among the worst mistakes (`pedcam evaluate --worst`) on the validation set and Penn-Fudan:

- Of two people side by side or passing each other the one behind, when less than half of it shows.
- People who sit, crouch, ride or stretch (cyclists, sport, stage), and close views that end at the
  waist; someone dark before something dark.
- Reported although nobody is there: fire hydrants, posts with something on top, dogs and horses,
  posters, mannequins. Many of the surest "false alarms" are people whom nobody labelled.

## Intended use and limits

For finding people who stand or walk in ordinary video, and for studying what one-bit weights cost.
Not for decisions about safety or about persons: people are missed, and how well different groups of
people are found (by age, skin, clothing, wheelchairs, strollers) was not measured. Night, rain, fog
and cameras that look straight down are hardly in the training pictures. Where people are filmed,
the law has its say; the app can blur them.

The photographs used for training come from public collections with mixed terms and are not part of
this repository; street scenes rendered by `training/walkers` are mixed in. Licence of the weights:
as the code, GPL-3.0-or-later.
"""


def card(presets: Sequence[Preset], speeds: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Return the model card of some presets, as Markdown.

    Args:
        presets: What to describe.
        speeds: Rows of ``pedcam bench --json`` by name of the preset.
    """
    everything = at_all_sizes(presets)
    further = [preset for preset in everything if not preset.default_size]
    rows = [row for preset in everything for row in preset.info.evaluation if "data" in row]
    sets = list(dict.fromkeys(str(row["data"]) for row in rows))
    alarms = {
        preset.info.training.get("fppi", preset.info.training.get("false_alarms"))
        for preset in presets
    } - {None}
    named = "as many" if len(alarms) != 1 else f"{alarms.pop()}"
    lines = [
        INTRODUCTION.format(alarms=named),
        *_main_table(presets, sets, speeds or {}),
        "",
        *(_counts(everything, name) for name in sets),
    ]
    if speeds:
        lines += [
            "- ms: the network alone for one picture, median of `pedcam bench` on the machine that "
            "wrote this; times float: how much faster than the same network in float, in that run"
        ]
    if further:
        lines += ["", SIZES, *_main_table(further, sets, speeds or {})]
    for name in sets:
        lines += _height_table(everything, name)
    lines += ["", KNOWN_INTRODUCTION, *_known_table(), "", MAKING]
    lines += [_making(preset) for preset in presets]
    return "\n".join([*lines, "", INT8, COMPARISON, REMARKS])


def _main_table(
    presets: Sequence[Preset], sets: Sequence[str], speeds: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    heading = ["preset", "input", "1-bit layers", "file", "smaller", "1-bit weights", "threshold"]
    heading += ["ms", "times float"] if speeds else []
    rows = []
    for preset in presets:
        info = preset.info
        accuracy = {row.get("data"): row for row in info.evaluation}
        total = sum(layer.parameters for layer in info.layers)
        binary = sum(layer.parameters for layer in info.layers if layer.bits == 1)
        cells = [
            f"`{info.name}`",
            size_name(info.input_size),
            f"{info.depth} of {info.depth_limit}",
            f"{preset.file_bytes / 1e6:.2f} MB",
            f"{info.ratio_file:.1f}x",
            f"{100 * binary / max(1, total):.2f} %",
            f"{info.score_threshold:.2f}",
        ]
        if speeds:
            speed = speeds.get(info.name, {})
            cells += [_number(speed.get("inference_ms")), _number(speed.get("speedup"), "x", 2)]
        for name in sets[:1]:
            row = accuracy.get(name, {})
            found, alarms = row.get("found"), row.get("false_alarms")
            cells.append(f"{_number(found, '', 0, 100)} / {_number(alarms, '', 0, 100)}")
        rows.append([*cells, *(figures(accuracy.get(name, {})) for name in sets)])
    heading += [f"found / false alarms {name}" for name in sets[:1]]
    return table([*heading, *(f"MR / AP50 {name}" for name in sets)], rows)


def _height_table(presets: Sequence[Preset], name: str) -> list[str]:
    bands: list[tuple[Any, Any]] = []
    rows = []
    for preset in presets:
        row = next((row for row in preset.info.evaluation if row.get("data") == name), {})
        heights = [band for band in row.get("heights", ()) if isinstance(band, Mapping)]
        if heights and not bands:
            bands = [(band.get("low"), band.get("high")) for band in heights]
        cells = [_number(band.get("miss_rate"), factor=100) for band in heights]
        if heights:
            rows.append([f"`{preset.name}`", *cells])
    if not rows:
        return []
    heading = [f"{low:g} to {high:g} px" if high else f"{low:g} px or more" for low, high in bands]
    return ["", f"Miss rate on {name} by the height of the people:", "", *table(
        ["preset", *heading], rows
    )]  # fmt: skip


def _known_table() -> list[str]:
    sets = [f"MR / AP50 {name}" for name in ("pennfudan", "caltech", "val", "everyday")]
    return table(["detector (input)", *sets, "ms"], KNOWN)


def _counts(presets: Sequence[Preset], name: str) -> str:
    rows = [row for preset in presets for row in preset.info.evaluation if row.get("data") == name]
    return f"- {name}: {rows[0].get('images', '?')} images, {rows[0].get('people', '?')} people"


def figures(row: Mapping[str, Any]) -> str:
    """Return miss rate and AP50 of a row of an evaluation, in percent."""
    return f"{_number(row.get('miss_rate'), factor=100)} / {_number(row.get('ap50'), factor=100)}"


def _number(value: Any, unit: str = "", digits: int = 1, factor: float = 1) -> str:
    return f"{factor * value:.{digits}f}{unit}" if isinstance(value, int | float) else "-"


def _making(preset: Preset) -> str:
    info = preset.info
    training: Mapping[str, Any] = info.training
    binarize, float_part, data = (
        part if isinstance(part := training.get(name), dict) else {}
        for name in ("binarize", "pretrain", "data")
    )
    text = f"- `{info.name}` ({info.created}): seed {training.get('seed')}, "
    if float_part.get("start"):
        text += f"from the weights in `{float_part['start']}`"
    else:
        text += f"{float_part.get('steps')} float steps of {training.get('batch')} views"
        if float_part.get("initial"):
            text += f" from `{float_part['initial']}` on"
    if info.depth:
        # Presets made before version 0.2 have the earlier name.
        descent = binarize.get("descent_steps", binarize.get("approach_steps"))
        tuning = binarize.get("finetune_steps")
        if binarize.get("free_codes") and isinstance(descent, int) and isinstance(tuning, int):
            steps = descent + tuning
            text += f", then a layer every {steps} steps" if steps else ", then the layers in turn"
            if binarize.get("learn_weights", True):
                text += " with codes that stay free"
            if "approach_steps" in binarize:
                text += " (as in BinaryConnect: one fixed scale per layer)"
            if binarize.get("discrepancy") == "output":
                text += ", each begun where its output changes least"
        else:
            kind = "fine-tuning" if binarize.get("discrepancy") == "output" else "descent"
            text += f", then per layer {descent} steps of {kind} and {tuning} of fine-tuning"
        text += f", and {binarize.get('final_steps')} more at each exported depth"
        if not binarize.get("learn_weights", True):
            text += " of normalization and the last layers alone"
        if batches := binarize.get("export_batches") or binarize.get("norm_batches"):
            text += f"; batch normalization recalibrated on {batches} batches"
    sets = [*map(str, data.get("train") or ()), f"{data.get('walkers')} rendered scenes"]
    return f"{text}; data {', '.join(sets)}"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (heading, ["---"] * len(heading), *rows)]
