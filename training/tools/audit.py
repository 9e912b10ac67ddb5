"""Find faults in labels: people without a box, boxes without a person, boxes that do not fit.

``python -m training.tools.audit labels.json --images photos`` runs a detector on every picture and
writes what it doubts, worst first, into ``suspects.csv``, the worst as pictures into ``sheet.png``,
and labels to train on instead into ``corrected.json``. What the detector found is kept in
``detections.json``, so that another run, with other thresholds or after Ctrl-C, is quick.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.measure.accuracy.rivals import RIVAL_FORMATS
from pedcam.measure.contact_sheet import ContactSheet, Mark, crop, write_picture
from pedcam.measure.labels.base import LabelledImage, printable
from pedcam.measure.labels.image_files import picture_header, read_image
from pedcam.measure.labels.read import read_labels
from pedcam.measure.options import positive_option
from training.tools.exit_code import exit_code
from training.tools.suspects import FAULTS, SURE, UNSURE, Suspect, correct, find_suspects
from training.tools.teachers import Picture, Size, detect, in_pixels, load_teachers

Audited = tuple[str, LabelledImage, list[Suspect]]

PROBLEMS_SHOWN = 10
PER_PICTURE = 2  # suspects of one picture on the sheet
COLUMNS = ("rank", "file", "kind", "x1", "y1", "x2", "y2", "score", "label")
LABEL, IGNORED, TEACHER = (230, 130, 20), (150, 150, 150), (30, 30, 230)  # BGR


def draw_sheet(suspects: Sequence[tuple[str, LabelledImage, Suspect]], total: int) -> Picture:
    """Draw suspects with their surroundings, in the order given.

    Args:
        suspects: The image's name, its labels, and what is wrong with them.
        total: How many suspects there are, these included.

    Returns:
        H x W x 3 uint8, BGR.
    """
    sheet = ContactSheet()
    sheet.add_line(f"{len(suspects)} of {total} suspects")
    sheet.add_legend({"label": LABEL, "ignored region": IGNORED, "teacher": TEACHER})
    tiles = []
    for number, (name, image, suspect) in enumerate(suspects, 1):
        shown = np.concatenate([suspect.box[None], suspect.people[:, :4]])
        around = np.r_[shown[:, :2].min(0), shown[:, 2:].max(0)]
        marks: list[Mark] = [
            (box, IGNORED if ignored else LABEL, 1 + (index == suspect.label))
            for index, (box, ignored) in enumerate(zip(image.boxes, image.ignored, strict=True))
        ]
        marks += [(box, TEACHER, 2) for box in suspect.people[:, :4]]
        caption = f"{number} {suspect.fault} {suspect.score:.2f}"
        tiles.append((crop(read_image(image.path), around, marks), (caption, name)))
    sheet.add_tiles(tiles)
    return sheet.picture


def corrected(
    labels: Path, audited: Sequence[Audited], sizes: Mapping[str, Size], sure: float
) -> dict[str, Any]:
    """Return labels as COCO json in which the suspects are dealt with.

    Of a COCO json file everything stays that is not about annotations; of the annotations those of
    people stay, with their box, whether it is ignored, and how much of the person can be seen.
    """
    document: dict[str, Any] = {"images": []}
    if labels.suffix.lower() == ".json":
        document = json.loads(labels.read_text("utf-8-sig"))
    # Only what the reader took has a name; the reader keeps their order.
    entries = iter([it for it in document["images"] if isinstance(it, dict) and "id" in it])
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (name, image, suspects) in enumerate(audited):
        entry = {"id": number, "file_name": name}
        if name in sizes:
            entry |= {"width": sizes[name][0], "height": sizes[name][1]}
        same = (it for it in entries if Path(str(it.get("file_name"))).as_posix() == name)
        images.append(entry | next(same, {}))
        for annotation in correct(image, suspects, sure):
            about = {"id": len(annotations), "image_id": images[-1]["id"], "category_id": 1}
            annotations.append(about | annotation)
    people = [{"id": 1, "name": "person"}]
    return document | {"images": images, "annotations": annotations, "categories": people}


def audit(args: argparse.Namespace) -> None:
    """Do what the command line says.

    Raises:
        UserError: Labels or a teacher cannot be used.
        OSError: A file cannot be read or written.
    """
    if not 0 < args.unsure <= args.sure <= 1:
        raise UserError("--unsure and --sure must lie between 0 and 1, the second not below.")
    labelled = read_labels(args.labels, args.images, args.split)
    problems = list(labelled.problems)
    root = args.images or (args.labels if args.labels.is_dir() else args.labels.parent)
    named = [(_name(image.path, root), image) for image in labelled.images]
    sizes = {name: header.size for name, image in named if (header := picture_header(image.path))}
    args.output.mkdir(parents=True, exist_ok=True)
    teachers = load_teachers(args.teacher, args.format, args.threads)
    for name in teachers:
        _print(f"teacher: {name.rpartition(' ')[0]}, plain and mirrored")
    pictures = {name: image.path for name, image in named if name in sizes}
    found = detect(pictures, teachers, args.output / "detections.json")
    audited: list[Audited] = []
    for name, image in named:
        suspects = []
        if name in found:
            boxes = in_pixels(found[name], sizes[name])
            suspects = find_suspects(image, boxes, sizes[name], args.sure, args.unsure)
        else:
            problems.append(f"{printable(name)}: cannot be read as a picture, not audited")
        audited.append((name, image, suspects))
    for line in problems[:PROBLEMS_SHOWN]:
        _print(line)
    if more := len(problems[PROBLEMS_SHOWN:]):
        _print(f"and {more} more")
    if not found:
        raise UserError(f"None of {len(named)} pictures could be audited. Check --images.")
    _write_all(args, audited, sizes)


def _write_all(
    args: argparse.Namespace, audited: Sequence[Audited], sizes: Mapping[str, Size]
) -> None:
    ranked = [(name, image, one) for name, image, suspects in audited for one in suspects]
    ranked.sort(key=lambda entry: -entry[2].score)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rank, (name, _, one) in enumerate(ranked, 1):
        corners = [f"{value:.1f}" for value in one.box]
        label = "" if one.label is None else one.label
        writer.writerow([rank, name, one.fault, *corners, f"{one.score:.3f}", label])
    document = corrected(args.labels, audited, sizes, args.sure)
    content = table.getvalue().encode("utf-8", "surrogateescape")
    write_atomically(args.output / "suspects.csv", content)
    write_atomically(args.output / "corrected.json", json.dumps(document).encode())
    of_picture = Counter[str]()
    shown: list[tuple[str, LabelledImage, Suspect]] = []
    for entry in ranked:
        of_picture[entry[0]] += 1
        # One picture that the teacher cannot read would fill the sheet.
        if of_picture[entry[0]] <= PER_PICTURE:
            shown.append(entry)
    write_picture(draw_sheet(shown[: args.count], len(ranked)), args.output / "sheet.png")
    faults = Counter(one.fault for _, _, one in ranked)
    _print(f"{len(audited)} pictures, {len(ranked)} suspects in {args.output}:")
    for fault in FAULTS:
        _print(f"  {fault:8} {faults[fault]:6}")


def _name(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path.absolute()).as_posix()


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.tools.audit", description=(__doc__ or "").split("\n", 1)[0]
    )
    add = parser.add_argument
    add("labels", type=Path, help="COCO json file, YOLO data.yaml, or folder of Pascal VOC xml")
    add("--images", type=Path, metavar="DIR", help="default: where the form of the labels says")
    add("--split", default="train", metavar="PART", help="part of a YOLO set, default train")
    add("--teacher", type=Path, action="append", default=[], metavar="FILE",
        help="a preset or another detector's .onnx file; may be repeated; default: the most "
        "accurate preset that comes with pedcam")  # fmt: skip
    add("--format", action="append", choices=RIVAL_FORMATS, default=[],
        help="how another detector was exported, one for each or one for all")  # fmt: skip
    add(
        "--output", type=Path, default=Path("runs/audit"), metavar="DIR", help="default %(default)s"
    )
    add("--count", type=positive_option, default=40, metavar="N",
        help="suspects on the sheet, default %(default)s")  # fmt: skip
    add("--sure", type=float, default=SURE, metavar="SCORE",
        help="from where the teacher is trusted, default %(default)s")  # fmt: skip
    add("--unsure", type=float, default=UNSURE, metavar="SCORE",
        help="from where there is a suspicion, default %(default)s")  # fmt: skip
    add("--threads", type=positive_option, metavar="N", help="default: all cores")
    args = parser.parse_args(arguments)
    stopped = "stopped; the same command goes on where this one was"
    return exit_code("audit", lambda: audit(args), stopped)


if __name__ == "__main__":
    sys.exit(main())
