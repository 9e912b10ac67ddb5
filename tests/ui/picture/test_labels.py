import pytest
from PyQt6.QtCore import QRectF, QSizeF

from pedcam.ui.picture.labels import label_rect, place_labels

TARGET = QRectF(0, 0, 100, 100)
BOX = QRectF(40, 50, 20, 40)
SIZE = QSizeF(30, 12)


@pytest.mark.parametrize(
    ("box", "label"),
    [
        # Above, a little to the left of the box.
        (BOX, QRectF(39, 36, 30, 12)),
        # No room above: inside, at the top.
        (QRectF(40, 5, 20, 40), QRectF(39, 7, 30, 12)),
        # Neither above nor inside at the top: the box begins outside the picture.
        (QRectF(40, -20, 20, 60), QRectF(39, 26, 30, 12)),
        # It reaches out of sight at both ends.
        (QRectF(40, -20, 20, 200), QRectF(39, 2, 30, 12)),
        # At the sides it stays in.
        (QRectF(-10, 50, 20, 40), QRectF(0, 36, 30, 12)),
        (QRectF(95, 50, 5, 40), QRectF(70, 36, 30, 12)),
    ],
)
def test_where_a_label_goes(box: QRectF, label: QRectF) -> None:
    assert label_rect(box, TARGET, 30, 12) == label


def test_labels_of_one_place_make_way() -> None:
    labels = place_labels([BOX] * 5, [SIZE] * 5, TARGET)
    # Above, inside at the top, inside at the bottom; below there is no room, and then nowhere.
    assert [None if label is None else label.top() for label in labels] == [36, 52, 76, 2, None]


def test_people_apart_do_not_disturb_each_other() -> None:
    boxes = [QRectF(0, 50, 20, 40), QRectF(60, 50, 20, 40)]
    labels = place_labels(boxes, [SIZE, SIZE], TARGET)
    assert labels == [QRectF(0, 36, 30, 12), QRectF(59, 36, 30, 12)]


def test_a_label_may_be_covered_by_less_than_half() -> None:
    # Boxes beyond both ends of the picture, so that there is one place for each label.
    boxes = [QRectF(left, -20, 20, 200) for left in (10, 30, 20)]
    labels = place_labels(boxes, [SIZE] * 3, QRectF(0, 0, 100, 14))
    # The second shares 10 of its 30 with the first, the third 20 with each of them.
    assert labels == [QRectF(9, 2, 30, 12), QRectF(29, 2, 30, 12), None]


def test_nobody() -> None:
    assert place_labels([], [], TARGET) == []
