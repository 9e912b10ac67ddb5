import cv2
import numpy as np
import pytest

from pedcam.history.snapshots import MOST_BYTES, snapshot
from pedcam.video.people.counters import IgnoredZone


def decoded(jpeg: bytes | None) -> np.ndarray:
    assert jpeg is not None
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1280, 720), (320, 180)),
        ((480, 1920), (80, 320)),
        ((64, 48), (64, 48)),
        ((4000, 2), (320, 1)),
    ],
)
def test_the_size(size: tuple[int, int], small: tuple[int, int]) -> None:
    image = np.full((size[1], size[0], 3), 200, np.uint8)
    picture = decoded(snapshot(image, np.array([[1, 1, 2, 2]], np.float32)))
    assert (picture.shape[1], picture.shape[0]) == small


def test_the_person_is_marked_and_the_frame_stays_as_it_is() -> None:
    image = np.full((720, 1280, 3), 200, np.uint8)
    before = image.copy()
    picture = decoded(snapshot(image, np.array([[400, 200, 600, 600]], np.float32)))
    green = (picture[:, :, 1].astype(int) - picture[:, :, 2]) > 100
    rows, columns = np.nonzero(green)
    # A quarter of the size: edges at 50 to 150 and 100 to 150, two or three pixels wide.
    assert abs(rows.min() - 50) <= 2
    assert abs(rows.max() - 150) <= 2
    assert abs(columns.min() - 100) <= 2
    assert abs(columns.max() - 150) <= 2
    assert not green[60:140, 110:140].any()
    assert np.array_equal(image, before)


def test_a_picture_of_noise_is_small_enough_all_the_same() -> None:
    image = np.random.default_rng(1).integers(0, 256, (320, 320, 3)).astype(np.uint8)
    jpeg = snapshot(image, np.array([[1, 1, 2, 2]], np.float32))
    assert jpeg is not None
    assert len(jpeg) <= MOST_BYTES


def test_people_can_be_blurred() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    image[::2] = 255
    boxes = np.array([[40, 40, 120, 200], [200, 40, 280, 200]], np.float32)
    plain = decoded(snapshot(image, boxes[:1]))
    blurred = decoded(snapshot(image, boxes[:1], boxes))
    inside, outside = (slice(60, 180), slice(220, 260)), (slice(5, 25), slice(5, 300))
    assert plain[inside].std() > 80
    assert blurred[inside].std() < 30
    assert blurred[outside].std() > 80


def test_zones_are_blacked_out() -> None:
    image = np.full((720, 1280, 3), 200, np.uint8)
    corners = ((0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (0.5, 0.5))
    ignored = [IgnoredZone("Garden", corners, blacked_out=True)]
    nobody = np.empty((0, 4), np.float32)
    picture = decoded(
        snapshot(image, nobody, np.array([[600, 300, 700, 400]], np.float32), ignored)
    )
    # Of 320 x 180 pixels, but for what JPEG smears over the border.
    assert picture[:88, 164:].max() < 10
    assert picture[96:].min() > 190
    assert picture[:, :156].min() > 190
    assert np.all(image == 200)
