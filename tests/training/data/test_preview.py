from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pedcam.errors import UserError
from pedcam.measure.contact_sheet import GAP, LINE
from training.data.loader import View
from training.data.preview import IGNORED, PERSON, write_sheet

LEGEND = 26
BELOW = LINE + 2 * GAP  # a view


class Views:
    """Black views with one person and one region to ignore."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (3, height, width)

    def __getitem__(self, index: int) -> View:
        boxes = torch.tensor([[10.0, 20, 40, 60], [100.0, 10, 300, 90]])
        return View(torch.zeros(self._size, dtype=torch.uint8), boxes, torch.tensor([1, -1]))


def near(image: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    return np.abs(image.astype(int) - color).max(2) < 40


def test_boxes_are_drawn_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.png"
    write_sheet(Views(256, 96), path, count=5, columns=3)  # type: ignore[arg-type]
    sheet = cv2.imread(str(path))
    # Views of 256 x 96 need no scaling; three columns, two rows.
    assert sheet.shape == (LEGEND + 2 * (96 + BELOW), 3 * (256 + GAP) + GAP, 3)
    for row, column in ((0, 0), (0, 2), (1, 1)):
        y, x = LEGEND + row * (96 + BELOW), GAP + column * (256 + GAP)
        view = sheet[y : y + 96, x : x + 256]
        green = np.argwhere(near(view, PERSON))
        # The last pixels inside the box of 10 20 40 60.
        assert green.min(0).tolist() == [20, 10]
        assert green.max(0).tolist() == [59, 39]
        orange = near(view, IGNORED)
        assert np.argwhere(orange).min(0).tolist() == [10, 100]
        # Cut off at the border.
        assert np.argwhere(orange).max(0)[1] == 255
    # The sixth place is empty.
    assert not near(sheet[LEGEND + 96 + BELOW :, 2 * (256 + GAP) + GAP :], PERSON).any()


@pytest.mark.parametrize(("size", "shown"), [((64, 32), (224, 112)), ((768, 384), (384, 192))])
def test_views_are_shown_at_a_legible_size(
    size: tuple[int, int], shown: tuple[int, int], tmp_path: Path
) -> None:
    write_sheet(Views(*size), tmp_path / "sheet.jpg", count=1)  # type: ignore[arg-type]
    sheet = cv2.imread(str(tmp_path / "sheet.jpg"))
    assert sheet.shape[:2] == (LEGEND + shown[1] + BELOW, shown[0] + 2 * GAP)


@pytest.mark.parametrize("name", ["sheet", "sheet.xyz", "sheet.txt"])
def test_only_pictures_can_be_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"{name} cannot be an image file: .*\.png"):
        write_sheet(Views(64, 32), tmp_path / name, count=1)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sheet.png"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pedcam.files.os.replace", fail)
    with pytest.raises(UserError, match=r"sheet\.png cannot be written: Permission denied"):
        write_sheet(Views(64, 32), path, count=1)  # type: ignore[arg-type]
    assert [entry.name for entry in tmp_path.iterdir()] == ["sheet.png"]
    assert path.read_text() == "old"


def test_an_empty_sheet(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shows nothing"):
        write_sheet(Views(64, 32), tmp_path / "sheet.png", count=0)  # type: ignore[arg-type]
