"""Read labels, whichever of three forms they have."""

from __future__ import annotations

import os
from pathlib import Path

from pedcam.measure.labels.base import LabelError, LabelledSet, printable, visible_files
from pedcam.measure.labels.coco import read_coco
from pedcam.measure.labels.voc import read_voc, xml_files
from pedcam.measure.labels.yolo import read_yolo

FORMS = (
    "a COCO .json file (or a folder with exactly one), a YOLO data.yaml (or the folder it is in), "
    "or a folder of Pascal VOC .xml files"
)


def read_labels(labels: Path, images: Path | None = None, split: str = "train") -> LabelledSet:
    """Read labels in COCO json, YOLO or Pascal VOC form.

    Args:
        labels: A ``.json`` file, or a folder with exactly one: COCO. A ``.yaml`` or ``.yml`` file,
            or a folder with ``data.yaml`` or ``data.yml``: YOLO. A folder with ``.xml`` files,
            directly or in ``Annotations``: Pascal VOC.
        images: The folder of the pictures, by default the one that the form prescribes; for COCO
            the json file's.
        split: Which part of a YOLO set; the other forms have no parts.

    Raises:
        LabelError: The labels have none of these forms, or nothing in them can be used.
    """
    if images is not None and not os.path.isdir(images):
        raise LabelError(f"Folder {printable(images)}, named for the pictures, does not exist.")
    suffix = labels.suffix.lower()
    if os.path.isdir(labels):
        for name in ("data.yaml", "data.yml"):
            if os.path.isfile(labels / name):
                return read_yolo(labels / name, split, images)
        if xml_files(labels):
            return read_voc(labels, images)
        found = visible_files(labels, ".json")
        if len(found) == 1:
            return read_coco(found[0], images or labels)
        has = f"holds {len(found)} .json files and no other" if found else "holds no"
        raise LabelError(f"Folder {printable(labels)} {has} labels. Name {FORMS}.")
    if suffix == ".json":
        return read_coco(labels, images or labels.parent)
    if suffix in (".yaml", ".yml"):
        return read_yolo(labels, split, images)
    problem = "are of no form that is understood" if os.path.exists(labels) else "do not exist"
    raise LabelError.of(labels, f"{problem}. Name {FORMS}")
