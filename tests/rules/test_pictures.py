import numpy as np
import pytest

from pedcam.rules.pictures import LARGEST_SIDE, Picture, concealed, shrunk
from pedcam.video.people.counters import IgnoredZone
from tests.factories import gray, make_detections, make_result, number_in, numbered_image


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("size", "small"),
    [((1920, 1080), (1280, 720)), ((1080, 1920), (720, 1280)), ((1280, 720), (1280, 720))],
)
def test_large_pictures_become_smaller(size: tuple[int, int], small: tuple[int, int]) -> None:
    image, scale = shrunk(gray(size))
    assert image.shape[1::-1] == small
    assert scale == pytest.approx(small[0] / size[0])


def test_boxes_shrink_with_the_picture() -> None:
    result = make_result(7, make_detections((200, 100, 400, 800)), size=(2560, 1440), time=1.5)
    picture = Picture.of(result, None)
    assert picture.people.xyxy.tolist() == [[100.0, 50.0, 200.0, 400.0]]
    assert picture.image(marked=False).shape == (720, LARGEST_SIDE, 3)
    assert picture.time == 1.5
    # The result's own stay.
    assert result.detections.xyxy.tolist() == [[200.0, 100.0, 400.0, 800.0]]


def test_people_are_marked_where_they_are_in_that_picture() -> None:
    people = make_detections((40, 8, 72, 56))
    picture = Picture.of(make_result(3, people, image=numbered_image(3)), None)
    assert number_in(picture.image(marked=False)) == 3
    plain, marked = (picture.image(marked=on).astype(int) for on in (False, True))
    changed = np.abs(marked - plain).max(axis=2) > 60
    assert changed[30, 40]
    assert changed[30, 72]
    assert not changed[:, 80:].any()


def test_hidden_people_are_nowhere_in_what_is_kept() -> None:
    image = noise(128, 96)
    result = make_result(image=image, size=(128, 96))
    kept = Picture.of(result, np.array([[20.0, 10.0, 60.0, 90.0]])).image(marked=False)
    person = kept[10:90, 20:60].astype(int)
    # Neighbours differ by 85 on average in noise, and hardly where it was blurred.
    assert np.abs(np.diff(person, axis=1)).mean() < 12
    assert np.abs(np.diff(kept[10:90, 80:].astype(int), axis=1)).mean() > 30


def test_zones_are_black_in_what_is_kept() -> None:
    zone = IgnoredZone("Poster", ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)), blacked_out=True)
    image = concealed(gray((64, 48)), None, [zone])
    assert image[:, 32:].max() == 0
    assert image[:, :32].min() == 90
