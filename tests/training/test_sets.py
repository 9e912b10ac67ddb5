import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.errors import UserError
from training.cache import DataError
from training.config import DataConfig, SetConfig, TrainConfig
from training.data import RandomViews
from training.preview import write_sheet
from training.sets import prepare


def make_set(folder: Path, count: int, people: int = 1) -> SetConfig:
    folder.mkdir()
    images, annotations = [], []
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((40, 60, 3), number, np.uint8))
        images.append({"id": number, "file_name": f"{number}.png", "width": 60, "height": 40})
        for person in range(people):
            box = [5 + 20 * person, 5, 10, 30]
            annotations.append({"id": len(annotations), "image_id": number, "bbox": box})
    path = folder / "labels.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    return SetConfig(str(path))


def settings(tmp_path: Path, *sets: SetConfig, **changes: object) -> TrainConfig:
    data = DataConfig(train=sets, walkers=0, cache=str(tmp_path / "cache"), workers=0)
    return TrainConfig(view=(96, 64), data=replace(data, **changes))  # type: ignore[arg-type]


def test_weights_and_holdout(tmp_path: Path) -> None:
    first = make_set(tmp_path / "a", 20)
    second = replace(make_set(tmp_path / "b", 10, people=2), weight=2.5)
    said: list[str] = []
    found = prepare(settings(tmp_path, first, second, holdout=0.2), said.append)
    assert len(found.training) + len(found.validation) == 30
    assert len(found.validation) >= 1
    assert set(found.weights.tolist()) == {1.0, 2.5}
    assert len(found.weights) == len(found.training)
    again = prepare(settings(tmp_path, first, second, holdout=0.2), said.append)
    assert len(again.validation) == len(found.validation)


def test_problems_are_counted_and_named_never_fatal(tmp_path: Path) -> None:
    entry = make_set(tmp_path / "a", 6)
    folder = tmp_path / "a"
    (folder / "0.png").unlink()
    (folder / "1.png").write_bytes(b"no picture")
    whole = (folder / "2.png").read_bytes()
    (folder / "2.png").write_bytes(whole[: len(whole) // 2])
    document = json.loads((folder / "labels.json").read_text())
    document["annotations"][3]["bbox"] = [5, 5, 0, 10]
    document["annotations"][4]["bbox"] = [500, 5, 10, 10]
    (folder / "labels.json").write_text(json.dumps(document))
    said: list[str] = []
    check = make_set(tmp_path / "v", 2)
    found = prepare(settings(tmp_path, entry, validate=(check,)), said.append)
    assert 3 <= len(found.training) <= 4  # half a PNG may still be decoded
    text = "\n".join(found.problems)
    for name in ("0.png", "1.png", "3.png", "4.png"):
        assert name in text
    assert "problems" in "\n".join(said)


@pytest.mark.parametrize("trouble", ["empty", "nobody", "all missing"])
def test_everything_bad_is_an_error(tmp_path: Path, trouble: str) -> None:
    entry = make_set(tmp_path / "a", 0 if trouble == "empty" else 3, people=trouble != "nobody")
    if trouble == "all missing":
        for path in (tmp_path / "a").glob("*.png"):
            path.unlink()
    check = make_set(tmp_path / "v", 2)
    with pytest.raises(UserError):
        prepare(settings(tmp_path, entry, validate=(check,)), lambda text: None)
    with pytest.raises(DataError, match="nothing to train on"):
        prepare(settings(tmp_path, validate=(check,)), lambda text: None)


def test_walkers_are_rendered_once(tmp_path: Path) -> None:
    said: list[str] = []
    config = settings(tmp_path, walkers=2, validation_walkers=2)
    found = prepare(config, said.append)
    assert len(found.training) == len(found.validation) == 2
    rendered = [line for line in said if "render" in line]
    assert len(rendered) == 2
    prepare(config, said.append)
    assert [line for line in said if "render" in line] == rendered


def test_sheet_of_views(tmp_path: Path) -> None:
    entry, check = make_set(tmp_path / "a", 6), make_set(tmp_path / "v", 2)
    config = settings(tmp_path, entry, validate=(check,))
    found = prepare(config, lambda text: None)
    views = RandomViews(found.training, config.view, config.augment, 0, 2**40)
    write_sheet(views, tmp_path / "sheet.png", count=6, columns=3)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet.shape[1] >= 3 * 96
    assert sheet.shape[0] >= 2 * 64
    # Boxes are drawn in green, which nothing in these gray pictures is.
    greenish = (sheet[..., 1].astype(int) - sheet[..., 0] > 60) & (sheet[..., 1] > 120)
    assert greenish.sum() > 50
