import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.measure.labels.base import LabelError
from training.config import DataConfig, SetConfig, TrainConfig
from training.data import sets
from training.data.cache import DataError
from training.data.sets import prepare
from training.mapping import ConfigError
from training.walkers.dataset import RENDERER_VERSION, write_dataset


def photographs(folder: Path, count: int, people: int = 1, **changes: object) -> SetConfig:
    """A COCO set with so many people in each picture, the last an ignored region."""
    folder.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for index in range(count):
        name = f"{folder.name}{index}.png"
        cv2.imwrite(str(folder / name), np.full((40, 60, 3), index, np.uint8))
        images.append({"id": index, "file_name": name})
        for person in range(people):
            annotations.append(
                {"image_id": index, "category_id": 1, "bbox": [5 * person, 5, 10, 30],
                 "iscrowd": int(0 < person == people - 1)}
            )  # fmt: skip
    table = {"images": images, "annotations": annotations,
             "categories": [{"id": 1, "name": "person"}]}  # fmt: skip
    (folder / "labels.json").write_text(json.dumps(table))
    return SetConfig(str(folder / "labels.json"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Render nothing; return seed and count of what would have been."""
    asked = []

    def write(folder: Path, count: int, seed: int, workers: int) -> None:
        asked.append((seed, count))
        photographs(folder, count, 2)
        (folder / "labels.json").rename(folder / "walkers.json")

    monkeypatch.setattr(sets, "write_dataset", write)
    return asked


@pytest.fixture
def make(tmp_path: Path, rendered: list[tuple[int, int]]) -> Callable[..., TrainConfig]:
    def make(**changes: object) -> TrainConfig:
        data = DataConfig(cache=str(tmp_path / "cache"), walkers=0, validation_walkers=0, workers=0)
        return TrainConfig(data=replace(data, **changes))  # type: ignore[arg-type]

    return make


def test_sets_keep_their_weights(make: Callable[..., TrainConfig], tmp_path: Path) -> None:
    config = make(
        train=(photographs(tmp_path / "a", 3, weight=2.0), photographs(tmp_path / "b", 2),
               photographs(tmp_path / "never", 9, weight=0.0)),
        validate=(photographs(tmp_path / "v", 2, 3),),
        walkers=4, walkers_weight=0.25,
    )  # fmt: skip
    (tmp_path / "a" / "a1.png").unlink()
    said: list[str] = []
    found = prepare(config, said.append)
    assert found.weights.tolist() == [2, 2, 1, 1, 0.25, 0.25, 0.25, 0.25]
    assert len(found.training) == 8
    assert len(found.validation) == 2
    missing = f"{tmp_path / 'a' / 'a1.png'}: does not exist, left out"
    assert found.problems == (missing,)
    folder = tmp_path / "cache" / f"walkers-v{RENDERER_VERSION}-0-4"
    assert said == [
        f"rendering 4 street scenes into {folder}",
        f"training: {missing}",
        # Two of a, two of b, and four scenes of one person and one region.
        "training: 8 images, 8 people (4 ignored regions), 1 problem",
        "validation: 2 images, 4 people (2 ignored regions), 0 problems",
    ]


def test_scenes_are_rendered_once_for_each_seed(
    make: Callable[..., TrainConfig], rendered: list[tuple[int, int]], tmp_path: Path
) -> None:
    config = make(walkers=3, validation_walkers=2, walkers_seed=7)
    for _ in range(2):
        found = prepare(config, lambda text: None)
        assert (len(found.training), len(found.validation)) == (3, 2)
    assert rendered == [(7, 3), (8, 2)]
    names = sorted(path.name for path in (tmp_path / "cache").iterdir() if path.is_dir())
    assert names == [f"walkers-v{RENDERER_VERSION}-7-3", f"walkers-v{RENDERER_VERSION}-8-2"]
    # What was interrupted at, or spoiled, is not taken for a set.
    (tmp_path / "cache" / names[0] / "walkers.json").unlink()
    prepare(config, lambda text: None)
    assert rendered[2:] == [(7, 3)]


def test_scenes_of_a_run_that_was_faster_are_taken(
    make: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = sets.write_dataset

    def slow(folder: Path, count: int, seed: int, workers: int) -> None:
        write(folder, count, seed, workers=workers)
        name = folder.name.rsplit(".", 2)[0]
        write(folder.with_name(name), count, seed, workers=workers)

    monkeypatch.setattr(sets, "write_dataset", slow)
    found = prepare(make(walkers=3, validation_walkers=2), lambda text: None)
    assert len(found.training) == 3
    assert not list((tmp_path / "cache").glob("*.tmp"))


def test_nowhere_to_render(
    make: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, count: int, seed: int, workers: int) -> None:
        folder.mkdir(parents=True)
        raise OSError("could not write 000001.jpg")

    monkeypatch.setattr(sets, "write_dataset", fail)
    with pytest.raises(DataError, match=r"cannot be rendered.*could not write.*data\.cache"):
        prepare(make(walkers=3), lambda text: None)
    assert list((tmp_path / "cache").iterdir()) == []


def test_photographs_are_held_out_by_name(make: Callable[..., TrainConfig], tmp_path: Path) -> None:
    config = make(train=(photographs(tmp_path / "a", 12),), holdout=0.25, validation_walkers=5)
    found = prepare(config, lambda text: None)
    tones = [{int(part[i][0][0, 0, 0]) for i in range(len(part))}
             for part in (found.training, found.validation)]  # fmt: skip
    # The three smallest of `printf a$i.png | sha256sum`.
    assert tones[1] == {4, 5, 7}
    assert tones[0] == {0, 1, 2, 3, 6, 8, 9, 10, 11}
    assert len(found.weights) == 9


@pytest.mark.parametrize(
    ("count", "holdout", "held"), [(2, 0.1, 1), (2, 0.99, 1), (10, 0.1, 1), (10, 0.25, 2)]
)
def test_how_many_are_held_out(
    count: int, holdout: float, held: int, make: Callable[..., TrainConfig], tmp_path: Path
) -> None:
    config = make(train=(photographs(tmp_path / "a", count),), holdout=holdout)
    found = prepare(config, lambda text: None)
    assert (len(found.training), len(found.validation)) == (count - held, held)


@pytest.mark.parametrize(("count", "holdout"), [(1, 0.5), (5, 0.0)])
def test_scenes_validate_where_no_photograph_can(
    count: int,
    holdout: float,
    make: Callable[..., TrainConfig],
    rendered: list[tuple[int, int]],
    tmp_path: Path,
) -> None:
    config = make(train=(photographs(tmp_path / "a", count),), holdout=holdout,
                  validation_walkers=3)  # fmt: skip
    found = prepare(config, lambda text: None)
    assert (len(found.training), len(found.validation)) == (count, 3)
    assert rendered == [(1, 3)]


def test_the_same_photograph_is_never_on_both_sides(
    make: Callable[..., TrainConfig], tmp_path: Path
) -> None:
    entry = photographs(tmp_path / "a", 10)
    found = prepare(make(train=(entry, entry), holdout=0.1), lambda text: None)
    assert (len(found.training), len(found.validation)) == (18, 2)


def test_somebody_is_held_out(make: Callable[..., TrainConfig], tmp_path: Path) -> None:
    config = make(train=(photographs(tmp_path / "a", 2), photographs(tmp_path / "empty", 30, 0)))
    said: list[str] = []
    found = prepare(config, said.append)
    assert found.training.count()[0] == found.validation.count()[0] == 1
    assert len(found.validation) == 3
    assert found.problems == (
        f"{tmp_path / 'empty' / 'labels.json'}: not a single person is labelled",
    )


def test_the_split_of_a_yolo_set(make: Callable[..., TrainConfig], tmp_path: Path) -> None:
    for split, count in (("train", 3), ("val", 2)):
        for kind in ("images", "labels"):
            (tmp_path / "yolo" / kind / split).mkdir(parents=True)
        for index in range(count):
            picture = np.zeros((40, 60, 3), np.uint8)
            cv2.imwrite(str(tmp_path / f"yolo/images/{split}/{index}.png"), picture)
            label = tmp_path / f"yolo/labels/{split}/{index}.txt"
            label.write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "yolo" / "data.yaml").write_text(
        "train: images/train\nval: images/val\nnames: [person]\n"
    )
    entry = SetConfig(str(tmp_path / "yolo" / "data.yaml"))
    found = prepare(make(train=(entry,), validate=(entry,)), lambda text: None)
    assert (len(found.training), len(found.validation)) == (3, 2)
    assert found.validation[0][1].tolist() == [[15, 10, 45, 30]]


def test_ten_problems_are_named_and_the_rest_counted(
    make: Callable[..., TrainConfig], tmp_path: Path
) -> None:
    config = make(train=(photographs(tmp_path / "a", 14),),
                  validate=(photographs(tmp_path / "v", 1),))  # fmt: skip
    for index in range(13):
        (tmp_path / "a" / f"a{index}.png").unlink()
    said: list[str] = []
    found = prepare(config, said.append)
    assert len(found.problems) == 13
    assert said[9] == f"training: {tmp_path / 'a' / 'a9.png'}: does not exist, left out"
    assert said[10:] == [
        "training: and 3 more",
        "training: 1 image, 1 person (0 ignored regions), 13 problems",
        "validation: 1 image, 1 person (0 ignored regions), 0 problems",
    ]


def test_what_cannot_be_trained_on(make: Callable[..., TrainConfig], tmp_path: Path) -> None:
    def refused(error: type[Exception], message: str, **changes: object) -> None:
        with pytest.raises(error, match=message):
            prepare(make(**changes), lambda text: None)

    one, nobody = photographs(tmp_path / "a", 1), photographs(tmp_path / "b", 3, 0)
    refused(DataError, r"nothing to train on.*data\.train.*data\.walkers")
    refused(DataError, r"nothing to validate on.*data\.validate", train=(one,))
    refused(DataError, r"Nobody is labelled in the 3 images of the training set.*b0\.png",
            train=(nobody,), validate=(one,))  # fmt: skip
    refused(DataError, r"Nobody is labelled in the 3 images of the validation set",
            train=(one,), validate=(nobody,))  # fmt: skip
    refused(ConfigError, r"data\.train\.0\.weight", train=(replace(one, weight=-1.0),))
    refused(ConfigError, r"data\.walkers_weight", walkers_weight=float("nan"))
    refused(ConfigError, r"data\.holdout", train=(one,), holdout=1.0)
    refused(LabelError, r"gone\.json", train=(SetConfig(str(tmp_path / "gone.json")),))
    for index in range(3):
        (tmp_path / "b" / f"b{index}.png").unlink()
    refused(DataError, r"None of the 3 training images", train=(nobody,), validate=(one,))


def test_real_scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(folder: Path, count: int, seed: int, workers: int) -> None:
        write_dataset(folder, count, seed, 160, 96, workers)

    monkeypatch.setattr(sets, "write_dataset", small)
    data = DataConfig(cache=str(tmp_path), walkers=2, validation_walkers=2, workers=0)
    found = prepare(TrainConfig(data=data), lambda text: None)
    table = json.loads((tmp_path / f"walkers-v{RENDERER_VERSION}-0-2" / "walkers.json").read_text())
    assert sum(found.training.count()) == len(table["annotations"])
    assert found.training[1][0].shape == (96, 160, 3)
