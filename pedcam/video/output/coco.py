"""What was found, as COCO json for annotation tools and evaluations."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import suppress
from typing import Any

from pedcam.video.output.partial_file import OutputError
from pedcam.video.output.tables import ResultFile, people_in
from pedcam.video.stream.results import Result

PERSON = {"id": 1, "name": "person", "supercategory": "person"}


class CocoWriter(ResultFile):
    """Writes every frame as an image and every person as an annotation; see :class:`ResultFile`.

    Half of it would be no JSON, so it is never written in place. The annotations wait beside it
    until all images are written, so that memory stays the same however many there are. Beyond
    COCO's own fields images have ``frame_index`` and ``time`` in seconds, annotations ``score`` and
    ``track_id``, ``null`` for whoever is not followed. An image's name holds its index:
    ``frame_000012.png``.
    """

    def _begin(self) -> None:
        self._images = self._people = 0
        # Nobody has to clear up after a file without a name.
        self._annotations = tempfile.TemporaryFile(  # noqa: SIM115
            "w+", encoding="utf-8", dir=self.path.absolute().parent
        )
        info = {"description": "People found by pedcam"}
        self._file.write(f'{{"info": {json.dumps(info)},\n"categories": {json.dumps([PERSON])},\n')
        self._file.write('"images": [')

    def _write(self, result: Result) -> None:
        height, width = result.frame.image.shape[:2]
        self._images += 1
        image = {
            "id": self._images,
            "file_name": f"frame_{result.frame.index:06d}.png",
            "width": width,
            "height": height,
            "frame_index": result.frame.index,
            "time": round(result.frame.time, 3),
        }
        self._file.write(_item(image, first=self._images == 1))
        for person in people_in(result):
            left, top, right, bottom = person.box
            self._people += 1
            annotation = {
                "id": self._people,
                "image_id": self._images,
                "category_id": PERSON["id"],
                "bbox": [round(value, 2) for value in (left, top, right - left, bottom - top)],
                "area": round((right - left) * (bottom - top), 2),
                "score": round(person.score, 6),
                "track_id": person.track,
                "iscrowd": 0,
            }
            self._annotations.write(_item(annotation, first=self._people == 1))

    def _finish(self) -> None:
        self._file.write('\n],\n"annotations": [')
        self._annotations.seek(0)
        shutil.copyfileobj(self._annotations, self._file)
        self._annotations.close()
        self._file.write("\n]}\n")

    def _failed(self, error: OSError) -> OutputError:
        # It is not there yet if it could not be created.
        with suppress(OSError, AttributeError):
            self._annotations.close()
        return super()._failed(error)


def _item(value: dict[str, Any], *, first: bool) -> str:
    return ("\n" if first else ",\n") + json.dumps(value, ensure_ascii=False)
