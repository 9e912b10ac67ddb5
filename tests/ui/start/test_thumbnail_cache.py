import os
import stat
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pedcam.ui.start import thumbnail_cache
from pedcam.ui.start.thumbnail_cache import WIDTH, ThumbnailCache, first_lively_picture
from pedcam.video.sources.spec import SourceSpec, parse_source


@pytest.fixture
def faded(tmp_path: Path) -> Path:
    """Ten black pictures, then white ones with a black half."""
    path = tmp_path / "faded.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 480, 240, "yuv420p"
        for index in range(20):
            image = np.zeros((240, 480, 3), np.uint8)
            image[:, 240:] = 255 if index >= 10 else 0
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def cache(tmp_path: Path) -> ThumbnailCache:
    return ThumbnailCache(tmp_path / "cache")


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").iterdir())


def test_a_fade_from_black_is_passed_over(cache: ThumbnailCache, faded: Path) -> None:
    picture = cache.get(parse_source(str(faded)))
    assert picture.shape == (WIDTH // 2, WIDTH, 3)
    assert picture[60, 10].max() < 30
    assert picture[60, -10].min() > 225


def test_a_picture_is_made_once(
    cache: ThumbnailCache, faded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = parse_source(str(faded))
    first = cache.get(spec)
    monkeypatch.setattr(thumbnail_cache, "first_lively_picture", lambda _: pytest.fail("again"))
    again = ThumbnailCache(tmp_path / "cache").get(spec)
    assert again.shape == first.shape
    assert np.abs(again.astype(int) - first).mean() < 3


def test_a_file_that_changed_gets_another(
    cache: ThumbnailCache, faded: Path, tmp_path: Path
) -> None:
    spec = parse_source(str(faded))
    cache.get(spec)
    before = kept(tmp_path)
    os.utime(faded, (1, 1))
    cache.get(spec)
    after = kept(tmp_path)
    assert len(before) == len(after) == 1
    assert before != after


def test_only_what_is_listed_is_kept(cache: ThumbnailCache, faded: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(faded.read_bytes())
    first, second = parse_source(str(faded)), parse_source(str(other))
    cache.get(first)
    left = kept(tmp_path)
    cache.get(second)
    assert len(kept(tmp_path)) == 2
    cache.keep([first])
    assert kept(tmp_path) == left
    cache.keep([])
    assert kept(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_nobody_else_can_look(cache: ThumbnailCache, faded: Path, tmp_path: Path) -> None:
    cache.get(parse_source(str(faded)))
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"no picture", b"x" * 200_000])
def test_a_damaged_picture_is_made_anew(
    cache: ThumbnailCache, faded: Path, tmp_path: Path, content: bytes
) -> None:
    spec = parse_source(str(faded))
    cache.get(spec)
    kept(tmp_path)[0].write_bytes(content)
    assert cache.get(spec).shape == (WIDTH // 2, WIDTH, 3)


def test_a_folder_shows_its_first_picture(cache: ThumbnailCache, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, blue in ((1, 200), (2, 100)):
        image = np.zeros((20, 30, 3), np.uint8)
        image[:, :15] = (blue, 0, 0)
        cv2.imwrite(str(folder / f"{number}.png"), image)
    assert cache.get(parse_source(str(folder)))[0, 0, 0] == 200


def test_what_cannot_be_read_has_none(cache: ThumbnailCache, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    for path in (broken, tmp_path / "gone.mp4"):
        assert cache.get(SourceSpec("file", path.name, str(path))) is None


def test_a_dark_video_shows_its_liveliest_picture(tmp_path: Path) -> None:
    path = tmp_path / "dark.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for index in range(5):
            image = np.zeros((64, 64, 3), np.uint8)
            image[:32] = 20 if index == 3 else 0
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        container.mux(stream.encode())
    assert first_lively_picture(parse_source(str(path)))[10, 10, 0] > 10
