import pytest
import supervision as sv
from PyQt6.QtCore import QRectF, QSizeF
from PyQt6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from pedcam.ui.picture.boxes import box_rects, draw_boxes, place_labels
from tests.factories import make_detections

TARGET = QRectF(0, 0, 100, 100)
BOX = QRectF(40, 50, 20, 40)
SIZE = QSizeF(30, 12)


@pytest.mark.parametrize(
    ("target", "box", "expected"),
    [
        # Twice as large, moved by the bars at the sides.
        (QRectF(100, 0, 200, 100), (10, 5, 20, 25), QRectF(120, 10, 20, 40)),
        # Half as large.
        (QRectF(0, 30, 50, 25), (10, 10, 30, 50), QRectF(5, 35, 10, 20)),
        # What lies outside the picture is cut.
        (QRectF(0, 0, 100, 50), (-10, 40, 20, 90), QRectF(0, 40, 20, 10)),
    ],
)
def test_boxes_follow_the_picture(
    target: QRectF, box: tuple[float, float, float, float], expected: QRectF
) -> None:
    assert box_rects(target, (100, 50), make_detections(box)) == [expected]


def labelled(box: QRectF, target: QRectF) -> QRectF:
    (label,) = place_labels([box], [SIZE], target)
    assert label is not None
    return label


def test_labels_stay_in_the_picture() -> None:
    target = QRectF(0, 0, 100, 100)
    above = labelled(QRectF(40, 50, 10, 20), target)
    assert above.bottom() < 50
    inside = labelled(QRectF(40, 5, 10, 20), target)
    assert 5 < inside.top() < 25
    right = labelled(QRectF(95, 50, 5, 20), target)
    assert right.right() == 100
    left = labelled(QRectF(0, 50, 5, 20), target)
    assert left.left() == 0


@pytest.mark.parametrize("background", ["#000000", "#ffffff", "#c6ff4a", "#ff0000"])
def test_a_box_can_be_seen_on_any_background(qtbot: QtBot, background: str) -> None:
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(background))
    painter = QPainter(image)
    draw_boxes(painter, QRectF(0, 0, 200, 200), (200, 200), make_detections((50, 60, 150, 190)))
    painter.end()
    # Along a line across the left edge of the box.
    lightness = [image.pixelColor(x, 120).lightness() for x in range(44, 57)]
    assert max(lightness) - min(lightness) > 90


def test_nothing_is_drawn_without_people(qtbot: QtBot) -> None:
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    before = image.copy()
    painter = QPainter(image)
    draw_boxes(painter, QRectF(0, 0, 20, 20), (20, 20), sv.Detections.empty())
    painter.end()
    assert image == before


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
    assert labelled(box, TARGET) == label


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
