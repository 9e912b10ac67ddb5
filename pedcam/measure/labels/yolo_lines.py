"""The lines of YOLO label files: boxes, polygons, and boxes with keypoints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pedcam.measure.labels.base import LabelError, People, printable, read_bounded

MAX_LABEL_BYTES = 16 * 2**20
BOX, TURNED_BOX = 4, 8  # numbers of a box, and of the four corners of a turned one
BEYOND = 0.1  # share of a box's side by which keypoints may lie beyond it
LEAST_LINES = 3  # that look alike before they are taken for something else than polygons

_Corners = tuple[float, float, float, float]


def keypoint_shape(data_yaml: Path, shape: object) -> tuple[int, int] | None:
    """Check a ``kpt_shape``: how many keypoints each box has and how many numbers each of them.

    Raises:
        LabelError: It is something else.
    """
    if shape is None:
        return None
    match shape:
        case [int(count), 2 | 3 as numbers] if count > 0:
            return count, numbers
    raise LabelError.of(
        data_yaml,
        f"have the 'kpt_shape' {printable(shape, 40)}. Write how many keypoints there are, and 2 "
        "or 3 for the numbers of each: 'kpt_shape: [17, 3]'",
    )


class Lines:
    """Reads the lines of one set."""

    def __init__(self, classes: Mapping[int, bool], keypoints: tuple[int, int] | None) -> None:
        """Take whether each class is about people, and a :func:`keypoint_shape`."""
        self._classes = classes
        self._keypoints = keypoints
        self._long = 0  # lines that are not plain boxes
        self._lengths: set[int] = set()
        self._may_be_keypoints = keypoints is None

    @property
    def look_like_keypoints(self) -> bool:
        """Whether all lines that would be polygons look like boxes with keypoints instead."""
        one_length = len(self._lengths) == 1 and TURNED_BOX not in self._lengths
        return self._may_be_keypoints and one_length and self._long >= LEAST_LINES

    def add(self, labels: Path, name: str, people: People, size: tuple[int, int]) -> Iterator[str]:
        """Add the people of a file to ``people``; yield what is wrong with its lines.

        Raises:
            LabelError: The file cannot be read.
        """
        content = read_bounded(labels, MAX_LABEL_BYTES).decode("utf-8-sig", "replace")
        for number, line in enumerate(content.splitlines(), 1):
            words = line.split()
            if not words:
                continue
            try:
                class_id, corners = self._parse(words)
                person = self._classes.get(class_id)
                if person is None:
                    raise ValueError(f"class {class_id} is not in 'names'")
            except ValueError as error:
                yield f"{name} line {number}: {error}, left out"
                continue
            if person:
                width, height = size
                x1, y1, x2, y2 = corners
                fault = people.add((x1 * width, y1 * height, x2 * width, y2 * height))
                if fault:
                    yield f"{name} line {number}: box {fault}, left out"

    def _parse(self, words: Sequence[str]) -> tuple[int, _Corners]:
        """Return the class and x1 y1 x2 y2, in widths and heights of the picture."""
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            raise ValueError("not numbers only") from None
        class_id, *values = numbers
        if not class_id.is_integer() or not 0 <= class_id < 1e9:
            raise ValueError("the class is not a whole number")
        if len(values) == BOX:
            return int(class_id), _box(values)
        if self._keypoints is not None:
            expected = BOX + math.prod(self._keypoints)
            if len(values) != expected:
                raise ValueError(
                    f"{len(words)} numbers, not 5 or the {expected + 1} of 'kpt_shape'"
                )
            return int(class_id), _box(values)
        self._look_at(values)
        if len(values) < 6 or len(values) % 2:
            raise ValueError(f"{len(words)} numbers, not 5 or those of a polygon")
        if not all(map(math.isfinite, values)):
            # min and max would let a nan pass, depending on where it stands.
            return int(class_id), (math.nan,) * 4
        xs, ys = values[::2], values[1::2]
        return int(class_id), (min(xs), min(ys), max(xs), max(ys))

    def _look_at(self, values: Sequence[float]) -> None:
        self._long += 1
        self._lengths.add(len(values))
        self._may_be_keypoints = self._may_be_keypoints and _may_be_keypoints(values)


def _box(values: Sequence[float]) -> _Corners:
    x, y, width, height = values[:BOX]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _may_be_keypoints(values: Sequence[float]) -> bool:
    """Whether a line can be a box and points in it, where (0, 0) stands for no point."""
    rest = values[BOX:]
    if not rest:
        return False
    x1, y1, x2, y2 = _box(values)
    across, down = BEYOND * (x2 - x1), BEYOND * (y2 - y1)

    def inside(x: float, y: float) -> bool:
        here = x1 - across <= x <= x2 + across and y1 - down <= y <= y2 + down
        return here or x == y == 0

    pairs = len(rest) % 2 == 0 and all(map(inside, rest[::2], rest[1::2]))
    threes = len(rest) % 3 == 0 and set(rest[2::3]) <= {0, 1, 2}
    return pairs or (threes and all(map(inside, rest[::3], rest[1::3])))
