import numpy as np
import pytest
from PyQt6.QtGui import QColor

from pedcam.ui.start.thumbnail import as_image, thumbnail


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
