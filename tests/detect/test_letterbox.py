import numpy as np
import pytest

from pedcam.detect.letterbox import PADDING_VALUE, Letterbox


@pytest.mark.parametrize(
    ("frame", "scale", "left", "top"),
    [
        ((640, 384), 1.0, 0, 0),
        ((1280, 720), 0.5, 0, 12),  # 640 x 360
        ((640, 480), 0.8, 64, 0),  # 512 x 384
        ((320, 192), 2.0, 0, 0),
        ((1, 1), 384.0, 128, 0),
        ((10_000, 2), 0.064, 0, 191),  # at least one row is left
    ],
)
def test_fit(frame: tuple[int, int], scale: float, left: int, top: int) -> None:
    letterbox = Letterbox.fit(frame, (640, 384))
    assert (letterbox.scale, letterbox.left, letterbox.top) == (scale, left, top)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5)])
def test_frame_without_picture(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="has no picture"):
        Letterbox.fit(size, (640, 384))


@pytest.mark.parametrize("size", [(640, 384), (1280, 720), (333, 777), (1, 1), (5000, 3)])
def test_apply_fills_picture_and_padding(size: tuple[int, int]) -> None:
    frame = np.full((size[1], size[0], 3), 200, np.uint8)
    out = np.zeros((384, 640, 3), np.uint8)
    letterbox = Letterbox.fit(size, (640, 384))
    letterbox.apply(frame, out)
    assert set(np.unique(out)) <= {PADDING_VALUE, 200}
    rows, columns = np.nonzero(out[..., 0] == 200)
    assert (columns.min(), rows.min()) == (letterbox.left, letterbox.top)
    assert (out[..., 0] == 0).sum() == 0


def test_apply_accepts_frames_that_are_views() -> None:
    wide = np.arange(64 * 96 * 3, dtype=np.uint32).reshape(64, 96, 3).astype(np.uint8)
    out, expected = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8)
    letterbox = Letterbox.fit((48, 64), (64, 64))
    letterbox.apply(wide[:, 48:], out)
    letterbox.apply(np.ascontiguousarray(wide[:, 48:]), expected)
    assert (out == expected).all()


def test_boxes_return_to_the_frame() -> None:
    letterbox = Letterbox.fit((1280, 720), (640, 384))
    boxes = np.array([[100, 112, 200, 212], [-50, 0, 700, 400]], np.float32)
    mapped = letterbox.to_frame(boxes)
    assert mapped.tolist() == [[200, 200, 400, 400], [0, 0, 1280, 720]]
    assert mapped.dtype == np.float32


def test_no_boxes() -> None:
    letterbox = Letterbox.fit((1280, 720), (640, 384))
    assert letterbox.to_frame(np.empty((0, 4), np.float32)).shape == (0, 4)
