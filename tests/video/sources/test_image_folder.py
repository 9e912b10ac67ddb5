from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pedcam.headless.excerpt import Excerpt
from pedcam.video.sources import image_folder as folder_module
from pedcam.video.sources.frame import Frame, SourceError
from pedcam.video.sources.image_folder import SUFFIXES, ImageFolderSource, read_picture
from pedcam.video.sources.spec import open_source, parse_source
from tests.factories import number_in, numbered_image


def fill(folder: Path, names: list[str]) -> Path:
    """Numbered pictures, the first with number 0."""
    for number, name in enumerate(names):
        assert cv2.imwrite(str(folder / name), numbered_image(number))
    return folder


def read_all(source: ImageFolderSource) -> list[Frame]:
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    return frames


def test_pictures_come_in_the_order_of_their_numbers_two_a_second(tmp_path: Path) -> None:
    names = ["9.jpg", "010.png", "Walk-2.BMP", "walk-10.webp", "walk-10b.tif", "walk-11.jpeg"]
    fill(tmp_path, names)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._9.jpg").write_bytes(b"what macOS leaves behind")
    (tmp_path / "inner.png").mkdir()
    spec = parse_source(str(tmp_path))
    assert (spec.kind, spec.title, spec.value) == ("folder", tmp_path.name, str(tmp_path))
    source = open_source(spec)
    assert isinstance(source, ImageFolderSource)
    assert (source.title, source.live, source.size) == (tmp_path.name, False, (128, 64))
    assert (source.rate, source.duration) == (2.0, 3.0)
    frames = read_all(source)
    assert [number_in(frame.image) for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.time for frame in frames] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert source.problems == ()
    assert source.read() is None
    source.close()


@pytest.mark.parametrize(
    ("time", "number"), [(0, 0), (0.5, 0), (0.6, 1), (2.0, 3), (99, 4), (-1, 0)]
)
def test_seek_to_the_one_before(tmp_path: Path, time: float, number: int) -> None:
    source = ImageFolderSource(fill(tmp_path, [f"{n}.png" for n in range(5)]))
    source.seek(time, before=True)
    assert [number_in(frame.image) for frame in read_all(source)] == list(range(number, 5))


@pytest.mark.parametrize(
    ("time", "number"), [(0, 0), (0.5, 1), (0.6, 2), (1.9999, 4), (2.0, 4), (99, 4), (-1, 0)]
)
def test_seek(tmp_path: Path, time: float, number: int) -> None:
    source = ImageFolderSource(fill(tmp_path, [f"{n}.png" for n in range(5)]))
    source.read()
    source.seek(time)
    assert [number_in(frame.image) for frame in read_all(source)] == list(range(number, 5))


def test_it_can_be_read_in_part(tmp_path: Path) -> None:
    source = ImageFolderSource(fill(tmp_path, [f"{n}.png" for n in range(20)]))
    excerpt = Excerpt(source, start=2.0, end=6.0, every=3)
    read = []
    while (frame := excerpt.read()) is not None:
        read.append((number_in(frame.image), frame.index, frame.time))
    assert read == [(4, 4, 2.0), (7, 7, 3.5), (10, 10, 5.0)]


def test_unreadable_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    fill(tmp_path, [f"{n}.png" for n in range(6)])
    (tmp_path / "0.png").write_text("no picture")
    whole = (tmp_path / "3.png").read_bytes()
    (tmp_path / "3.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "5.png").write_bytes(b"")
    source = ImageFolderSource(tmp_path)
    frames = read_all(source)
    # The others keep their numbers and times.
    assert [number_in(frame.image) for frame in frames] == [1, 2, 4]
    assert [frame.index for frame in frames] == [1, 2, 4]
    assert [frame.time for frame in frames] == [0.5, 1.0, 2.0]
    assert [problem.split(":")[0] for problem in source.problems] == ["0.png", "3.png", "5.png"]
    assert source.problems[0] == "0.png: not a picture"
    assert str(tmp_path) not in "".join(source.problems)
    source.seek(1.5)
    assert number_in(source.read().image) == 4
    source.seek(2.5)
    assert number_in(source.read().image) == 4, "the last that can be read"
    assert len(source.problems) == 3, "each is named once"


def test_no_picture_at_all(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        open_source(str(tmp_path))
    assert str(error.value) == (
        f"{tmp_path} holds no pictures (jpg, jpeg, png, bmp, webp, tif, tiff). "
        "Name a folder that does, or a video."
    )


def test_none_that_can_be_read(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.png"):
        (tmp_path / name).write_text("no picture")
    with pytest.raises(SourceError) as error:
        ImageFolderSource(tmp_path)
    assert str(error.value) == (
        f"None of the 2 pictures in {tmp_path} can be read. The first: a.jpg: not a picture."
    )


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="gone cannot be read: No such file or directory"):
        ImageFolderSource(tmp_path / "gone")


def test_interrupt_ends_a_read(tmp_path: Path) -> None:
    source = ImageFolderSource(fill(tmp_path, ["0.png", "1.png"]))
    source.interrupt()
    assert source.read() is None


def test_pictures_of_different_sizes(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((10, 20, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((33, 17, 3), np.uint8))
    source = ImageFolderSource(tmp_path)
    assert source.size == (20, 10)
    assert [frame.image.shape for frame in read_all(source)] == [(10, 20, 3), (33, 17, 3)]


# What the camera turned or mirrored, by number of the EXIF tag, so that it must be undone.
TURNED = {
    1: lambda image: image,
    2: np.fliplr,
    3: lambda image: np.rot90(image, 2),
    4: np.flipud,
    5: lambda image: image.transpose(1, 0, 2),
    6: np.rot90,
    7: lambda image: np.rot90(image, 2).transpose(1, 0, 2),
    8: lambda image: np.rot90(image, 3),
}


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", TURNED)
def test_pictures_stand_as_the_camera_stood(tmp_path: Path, orientation: int, suffix: str) -> None:
    upright = numbered_image(0b1100_0101_0010_1110)
    stored = Image.fromarray(np.ascontiguousarray(TURNED[orientation](upright)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{suffix}"
    stored.save(path, exif=exif, quality=95)
    image = read_picture(path)
    assert image.shape == upright.shape
    assert np.abs(image.astype(int) - upright).mean() < 5


RAMP = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
HALF = np.full_like(RAMP, 128)


@pytest.mark.parametrize(
    ("name", "stored", "bgr"),
    [
        ("gray.png", RAMP, (RAMP, RAMP, RAMP)),
        ("gray.tif", RAMP, (RAMP, RAMP, RAMP)),
        ("deep.png", RAMP.astype(np.uint16) * 257, (RAMP, RAMP, RAMP)),
        ("deep.tif", RAMP.astype(np.uint16) * 257, (RAMP, RAMP, RAMP)),
        ("color.bmp", np.dstack([RAMP, HALF, 255 - RAMP]), (RAMP, HALF, 255 - RAMP)),
        (
            "deep-color.png",
            np.dstack([RAMP, HALF, 255 - RAMP]).astype(np.uint16) * 257,
            (RAMP, HALF, 255 - RAMP),
        ),
        (
            "opaque.png",
            np.dstack([RAMP, HALF, HALF, np.full_like(RAMP, 255)]),
            (RAMP, HALF, HALF),
        ),
        # 255 at 128 of 255 is 128; black stays black.
        (
            "alpha.png",
            np.dstack([HALF * 0 + 255, HALF, HALF * 0, RAMP]),
            (RAMP, RAMP / 255 * 128, 0),
        ),
    ],
)
def test_pixels_become_8_bit_bgr(
    tmp_path: Path, name: str, stored: np.ndarray, bgr: tuple[np.ndarray, ...]
) -> None:
    assert cv2.imwrite(str(tmp_path / name), stored)
    image = read_picture(tmp_path / name)
    assert image.shape == (4, 256, 3)
    assert image.dtype == np.uint8
    for channel, expected in enumerate(bgr):
        assert np.abs(image[:, :, channel] - np.asarray(expected, float)).max() <= 1


def test_palettes_and_single_bits(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    image.save(tmp_path / "palette.png")
    assert read_picture(tmp_path / "palette.png").tolist() == [[[0, 0, 255], [255, 0, 0]]]
    bits = Image.new("1", (2, 1))
    bits.putdata([255, 0])
    bits.save(tmp_path / "bits.png")
    assert read_picture(tmp_path / "bits.png").tolist() == [[[255, 255, 255], [0, 0, 0]]]


def test_too_many_pixels_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, ["1.png"])
    monkeypatch.setattr(folder_module, "MAX_PIXELS", 128 * 64)
    assert read_picture(tmp_path / "1.png").shape == (64, 128, 3)
    monkeypatch.setattr(folder_module, "MAX_PIXELS", 128 * 64 - 1)
    with pytest.raises(ValueError, match=r"^128 x 64 pixels are too many$"):
        read_picture(tmp_path / "1.png")


def test_a_file_of_another_kind_is_not_read_by_its_name(tmp_path: Path) -> None:
    """A picture format that is not on the list stays closed, whatever the name says."""
    Image.fromarray(numbered_image(1)).save(tmp_path / "1.ppm")
    (tmp_path / "1.ppm").rename(tmp_path / "1.png")
    with pytest.raises(ValueError, match="not a picture"):
        read_picture(tmp_path / "1.png")
    assert ".ppm" not in SUFFIXES
