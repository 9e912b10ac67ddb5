"""Write a folder of labelled scenes for training."""

from __future__ import annotations

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from training.walkers.arrays import Array
from training.walkers.still import render_still

LEAST_VISIBILITY = 0.2
LEAST_HEIGHT = 12.0
"""People less visible, or fewer pixels tall, are marked "ignore"."""
# Part of the name of what training renders and keeps. To be raised whenever the same seed gives
# another picture or other labels, so that scenes of an older renderer are not taken for new ones.
RENDERER_VERSION = 1


def write_dataset(
    folder: Path, count: int, seed: int, width: int = 640, height: int = 384, workers: int = 2
) -> None:
    """Render scenes into a folder.

    Writes `folder/images/NNNNNN.jpg` and `folder/walkers.json`, a COCO file with the one category
    "person"; each annotation also has "visibility" in 0..1 and "ignore". The scenes depend on
    `seed` alone, not on `workers`.

    Args:
        folder: Created where it does not exist.
        count: Number of scenes.
        seed: Scene i is `render_still` of the i-th child of this seed.
        width: Pixels.
        height: Pixels.
        workers: Processes; 1 renders in this one. With more, a script that calls this needs the
            usual `if __name__ == "__main__":`.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    seeds = np.random.SeedSequence(seed).generate_state(count, np.uint64).tolist()
    names = [f"images/{index:06d}.jpg" for index in range(count)]
    paths = [folder / name for name in names]
    write = partial(_write, width=width, height=height)
    if workers > 1:
        # OpenCV's threads do not survive a fork; a forked worker would wait for them for ever.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(
            workers, mp_context=context, initializer=cv2.setNumThreads, initargs=(1,)
        ) as pool:
            found = list(pool.map(write, paths, seeds, chunksize=8))
    else:
        found = [write(path, seed) for path, seed in zip(paths, seeds, strict=True)]
    annotations: list[dict[str, object]] = []
    for image, people in enumerate(found, 1):
        for *box, visible in people.tolist():
            x, y, w, h = (round(value, 2) for value in box)
            visibility = round(visible, 3)
            ignore = int(visibility < LEAST_VISIBILITY or h < LEAST_HEIGHT)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": 1,
                    "bbox": [x, y, w, h],
                    "area": round(w * h, 2),
                    "visibility": visibility,
                    "iscrowd": ignore,
                    "ignore": ignore,
                }
            )
    table = {
        "info": {"description": "Rendered street scenes with walking figures", "seed": seed},
        "images": [
            {"id": image, "file_name": name, "width": width, "height": height}
            for image, name in enumerate(names, 1)
        ],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person", "supercategory": "person"}],
    }
    target = folder / "walkers.json"
    draft = target.with_suffix(".json.tmp")
    draft.write_text(json.dumps(table), encoding="utf-8")
    os.replace(draft, target)


def _write(path: Path, seed: int, width: int, height: int) -> Array:
    """Render a scene; return x1, y1, width, height and visibility of its people, (N, 5)."""
    scene = render_still(seed, width, height)
    if not cv2.imwrite(str(path), scene.image, [cv2.IMWRITE_JPEG_QUALITY, 88]):
        raise OSError(f"could not write {path}; is there space left and may you write there?")
    sizes = scene.boxes[:, 2:] - scene.boxes[:, :2]
    return np.column_stack([scene.boxes[:, :2], sizes, scene.visibility])
