"""What files say of how their pictures stand and of the shape of their pixels."""

import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from pedcam.orientation import turned
from pedcam.video.sources.demuxer import PictureReader
from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.image_folder import ImageFolderSource

WIDTH, HEIGHT = 128, 64


def image() -> np.ndarray:
    """A picture with two different corners, which no turn or mirror brings back."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:32, :32] = 255
    image[32:, :32] = 100
    return image


def shown(orientation: int) -> np.ndarray:
    """The picture as EXIF 2.3 defines the orientations, by the meaning of row and column."""
    flips = {
        1: image(),
        2: np.fliplr(image()),
        3: np.rot90(image(), 2),
        4: np.flipud(image()),
        5: image().transpose(1, 0, 2),
        6: np.rot90(image(), -1),
        7: np.rot90(image(), 2).transpose(1, 0, 2),
        8: np.rot90(image()),
    }
    return flips[orientation]


def clip(path: Path, aspects: list[Fraction | None], container: str | None = None) -> None:
    """Pictures of 128 x 64, three for each aspect of their pixels."""
    with path.open("wb") as file:
        for number, aspect in enumerate(aspects):
            with av.open(file, "w", format=container or "mp4") as target:
                stream = target.add_stream("mpeg2video" if container else "libx264", rate=25)
                stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
                if aspect is not None:
                    stream.codec_context.sample_aspect_ratio = aspect
                for step in range(3):
                    frame = av.VideoFrame.from_ndarray(image(), format="bgr24")
                    frame.pts, frame.time_base = 3 * number + step, Fraction(1, 25)
                    target.mux(stream.encode(frame))
                target.mux(stream.encode(None))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_is_what_the_numbers_mean(orientation: int) -> None:
    assert (turned(image(), orientation) == shown(orientation)).all()
    assert (turned(image()[:, :, 0], orientation) == shown(orientation)[:, :, 0]).all()


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_alone_stands_as_in_a_folder(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(image()).save(path, exif=exif)
    truth = shown(orientation).astype(int)
    for source in (FileSource(path), ImageFolderSource(tmp_path)):
        found = source.read().image
        assert source.size == (truth.shape[1], truth.shape[0])
        assert found.shape == truth.shape
        assert np.abs(found - truth).mean() < 5


# a, b, c and d of x' = a x + c y and y' = b x + d y.
@pytest.mark.parametrize(
    ("matrix", "orientation"),
    [
        ((1, 0, 0, 1), 1),
        ((-1, 0, 0, 1), 2),
        ((-1, 0, 0, -1), 3),
        ((1, 0, 0, -1), 4),
        ((0, 1, 1, 0), 5),
        ((0, 1, -1, 0), 6),
        ((0, -1, -1, 0), 7),
        ((0, -1, 1, 0), 8),
        # Twice as large, and a few degrees off.
        ((0, 2, -2, 0), 6),
        ((0.1, 0.99, -0.99, 0.1), 6),
    ],
)
def test_video_is_turned_and_mirrored(
    tmp_path: Path, matrix: tuple[float, ...], orientation: int
) -> None:
    path = tmp_path / "phone.mp4"
    clip(path, [None])
    content = bytearray(path.read_bytes())
    # In a track's header, behind version, times, number, duration, layer and volume.
    place = content.index(b"tkhd") + 4 + 4 + 20 + 16
    a, b, c, d = (round(value * 2**16) for value in matrix)
    struct.pack_into(">9i", content, place, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    found = FileSource(path).read().image
    truth = shown(orientation)
    assert found.shape == truth.shape
    assert np.abs(found.astype(int) - truth).mean() < 8


def test_pixels_whose_shape_changes_in_mid_stream(tmp_path: Path) -> None:
    path = tmp_path / "broadcast.ts"
    # Pictures of 4:3 and 16:9, as MPEG-2 says it.
    clip(path, [Fraction(2, 3), Fraction(8, 9), Fraction(2, 3)], "mpegts")
    source = FileSource(path)
    widths = []
    while (frame := source.read()) is not None:
        widths.append(frame.image.shape[1])
    # 128 * 2/3 = 85.33, 128 * 8/9 = 113.78
    assert widths == [85] * 3 + [114] * 3 + [85] * 3


def photograph(dispositions: list[Disposition], brand: str) -> Any:
    """A container of which a reader wants to know no more."""
    context = SimpleNamespace(width=256, height=256, options={}, name="hevc")
    streams = [
        SimpleNamespace(
            disposition=disposition,
            codec_context=context,
            index=index,
            discard=None,
            average_rate=None,
            guessed_rate=None,
        )
        for index, disposition in enumerate(dispositions)
    ]
    return SimpleNamespace(
        streams=SimpleNamespace(video=streams),
        format=SimpleNamespace(name="mov,mp4"),
        metadata={"major_brand": brand, "compatible_brands": "mif1heic"},
        demux=lambda: iter(()),
    )


@pytest.mark.parametrize("brand", ["heic", "mif1", "avif"])
def test_a_tile_is_not_taken_for_the_photograph(brand: str) -> None:
    tiles = [Disposition.dependent] * 6
    for dispositions in (tiles, [Disposition.default, *tiles]):
        with pytest.raises(SourceError, match=r"^a\.heic is a photograph in tiles, .* to JPEG\.$"):
            PictureReader(photograph(dispositions, brand), "a.heic", None)


def test_a_photograph_in_one_piece_is_read() -> None:
    container = photograph([Disposition.default], "heic")
    assert PictureReader(container, "a.heic", None).stream is container.streams.video[0]
