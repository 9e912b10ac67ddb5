from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from pedcam.ui.start.recents import Recents
from pedcam.ui.start.thumbnails import (
    SIDE,
    Thumbnails,
    as_image,
    first_lively_picture,
    thumbnail,
)
from pedcam.video.sources.spec import SourceSpec, parse_source
from tests.factories import write_video


@pytest.fixture
def recents() -> Recents:
    return Recents()


@pytest.fixture
def thumbnails(qtbot: QtBot, recents: Recents) -> Iterator[Thumbnails]:
    made = Thumbnails(recents)
    yield made
    made.close()


def test_files_are_looked_at_when_somebody_asks(
    qtbot: QtBot, recents: Recents, thumbnails: Thumbnails, tmp_path: Path, clip: Path
) -> None:
    for source in (str(tmp_path / "gone.mp4"), str(clip), "rtsp://10.0.0.1/live"):
        recents.add(parse_source(source))
    thumbnails.check()
    qtbot.waitUntil(lambda: bool(thumbnails.images))
    assert [recents.is_missing(item) for item in recents.items] == [False, False, True]
    assert [spec.title for spec in thumbnails.images] == ["stripes.mp4"]
    assert thumbnails.images[recents.items[1].spec].width() == 128
    # Gone meanwhile.
    clip.unlink()
    thumbnails.check()
    qtbot.waitUntil(lambda: recents.is_missing(recents.items[1]))


def test_a_picture_is_made_once_for_each_state_of_a_file(
    qtbot: QtBot, recents: Recents, thumbnails: Thumbnails, tmp_path: Path
) -> None:
    path = tmp_path / "picture"
    path.mkdir()
    recents.add(parse_source(str(path)))
    made: list[None] = []
    thumbnails.changed.connect(lambda: made.append(None))

    def check() -> None:
        thumbnails.check()
        qtbot.waitUntil(lambda: not thumbnails._checking)

    check()
    check()
    assert len(made) == 1
    image = np.zeros((20, 30, 3), np.uint8)
    image[:, :15] = (200, 0, 0)
    cv2.imwrite(str(path / "1.png"), image)
    check()
    assert len(made) == 2
    (shown,) = thumbnails.images.values()
    assert shown.pixelColor(0, 0) == QColor(0, 0, 200)


def test_what_cannot_be_read_has_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    assert first_lively_picture(SourceSpec("file", broken.name, str(broken))) is None


@pytest.fixture
def faded(tmp_path: Path) -> Path:
    """Ten black pictures, then white ones with a black half."""
    images = np.zeros((20, 240, 480, 3), np.uint8)
    images[10:, :, 240:] = 255
    return write_video(tmp_path / "faded.mp4", images)


def test_a_video_that_fades_in_shows_what_comes_later(faded: Path) -> None:
    picture = first_lively_picture(parse_source(str(faded)))
    assert picture is not None
    assert thumbnail(picture, SIDE)[0, -1, 0] > 200


def test_a_dark_video_shows_its_liveliest_picture(tmp_path: Path) -> None:
    images = np.zeros((5, 64, 64, 3), np.uint8)
    images[3, :32] = 20
    path = write_video(tmp_path / "dark.mp4", images)
    assert first_lively_picture(parse_source(str(path)))[10, 10, 0] > 10


@pytest.mark.parametrize(
    ("shape", "small"), [((100, 200), (50, 100)), ((400, 200), (100, 50)), ((30, 40), (30, 40))]
)
def test_thumbnails(shape: tuple[int, int], small: tuple[int, int]) -> None:
    assert thumbnail(np.zeros((*shape, 3), np.uint8), 100).shape[:2] == small


def test_pictures_for_qt_keep_their_colours() -> None:
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[1, 2] = (10, 20, 30)  # blue, green, red
    image = as_image(picture)
    assert (image.width(), image.height()) == (3, 2)
    assert image.pixelColor(2, 1) == QColor(30, 20, 10)
