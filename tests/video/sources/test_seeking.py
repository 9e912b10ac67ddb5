"""Jumps are exact whatever the order in which a container holds its pictures."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pedcam.video.sources.file import FileSource
from tests.factories import number_in, numbered_image, write_video

COUNT = 60
IMAGES = [numbered_image(number) for number in range(COUNT)]
EVEN = [n / 25 for n in range(COUNT)]
# Pauses and bursts: 40 ms, 10 ms, 500 ms, 120 ms and again.
UNEVEN = [sum((0.04, 0.01, 0.5, 0.12)[k % 4] for k in range(n)) for n in range(COUNT)]


def write(path: Path, times: Sequence[float], codec: str = "libx264", **options: str) -> Path:
    """A clip of numbered pictures, each at a whole millisecond."""
    return write_video(path, IMAGES[: len(times)], codec=codec, times=times, options=options)


# bf: pictures are decoded in another order than shown; open-gop: those before a key picture refer
# to it and to the ones before.
KINDS = {
    "plain": {"g": "12", "bf": "0"},
    "b-frames": {"g": "12", "bf": "3"},
    "open-gop": {"g": "12", "bf": "3", "x264-params": "open-gop=1:b-adapt=0:scenecut=0"},
    "one-key": {"g": "1000", "bf": "2"},
    "intra": {"g": "1"},
}


@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "mov"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_is_found_by_its_time(
    tmp_path: Path, kind: str, suffix: str, times: Sequence[float]
) -> None:
    source = FileSource(write(tmp_path / f"clip.{suffix}", times, **KINDS[kind]))
    frames = [source.read() for _ in range(COUNT)]
    assert [number_in(frame.image) for frame in frames] == list(range(COUNT))
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-4)
    # In an order that goes forwards and backwards.
    for number in (37 * n % COUNT for n in range(COUNT)):
        source.seek(frames[number].time)
        assert number_in(source.read().image) == number
        following = source.read()
        assert (
            following is None if number == COUNT - 1 else number_in(following.image) == number + 1
        )
    source.close()


@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_one_before_is_found(
    tmp_path: Path, kind: str, suffix: str, times: Sequence[float]
) -> None:
    source = FileSource(write(tmp_path / f"clip.{suffix}", times, **KINDS[kind]))
    frames = [source.read() for _ in range(COUNT)]
    for number in (37 * n % COUNT for n in range(COUNT)):
        source.seek(frames[number].time, before=True)
        assert number_in(source.read().image) == max(0, number - 1)
        assert number_in(source.read().image) == max(1, number)
    source.seek(times[-1] + 100, before=True)
    assert number_in(source.read().image) >= COUNT - 2
    source.close()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_between_two_pictures_the_later_one_is_found(tmp_path: Path, suffix: str) -> None:
    source = FileSource(write(tmp_path / f"clip.{suffix}", UNEVEN, g="12", bf="3"))
    for number in range(1, COUNT):
        source.seek((UNEVEN[number - 1] + UNEVEN[number]) / 2)
        assert number_in(source.read().image) == number
    source.seek(UNEVEN[-1] + 100)
    assert number_in(source.read().image) == COUNT - 1
    assert source.read() is None
    source.close()


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        ("avi", "mjpeg", {}),
        ("mjpeg", "mjpeg", {}),
        ("avi", "mpeg4", {"g": "12", "bf": "0"}),
        ("avi", "mpeg4", {"g": "12", "bf": "2"}),
        ("avi", "mpeg2video", {"g": "12", "bf": "2"}),
        *(("avi", "libx264", options) for options in KINDS.values()),
        *(("h264", "libx264", options) for options in KINDS.values()),
    ],
)
def test_containers_with_few_or_no_times(
    tmp_path: Path, suffix: str, codec: str, options: dict[str, str]
) -> None:
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = tmp_path / f"clip.{suffix}"
    write_video(path, IMAGES, codec=codec, pixels=pixels, options=options)
    source = FileSource(path)
    assert source.rate == 25
    frames = [source.read() for _ in range(COUNT)]
    assert [number_in(frame.image) for frame in frames] == list(range(COUNT))
    assert [frame.time for frame in frames] == pytest.approx(EVEN, abs=1e-4)
    for number in (50, 3, 0, 59, 24):
        source.seek(frames[number].time)
        frame = source.read()
        assert (number_in(frame.image), frame.index) == (number, number)
    source.seek(1000)
    assert number_in(source.read().image) == COUNT - 1
    assert source.read() is None
    source.close()


@pytest.mark.parametrize("suffix", ["ts", "mkv"])
def test_pictures_that_refer_to_some_before_the_key_picture(tmp_path: Path, suffix: str) -> None:
    """When reading begins at the key picture, they cannot be decoded."""
    options = {"g": "12", "bf": "2", "b_strategy": "0"}
    path = tmp_path / f"clip.{suffix}"
    write_video(path, IMAGES, codec="mpeg2video", bit_rate=2_000_000, options=options)
    source = FileSource(path)
    frames = [source.read() for _ in range(COUNT)]
    assert [number_in(frame.image) for frame in frames] == list(range(COUNT))
    for number in (37 * n % COUNT for n in range(COUNT)):
        source.seek(frames[number].time)
        assert (source.read().image == frames[number].image).all()
    source.close()


def test_after_a_jump_pictures_of_times_gone_by_are_still_shown(tmp_path: Path) -> None:
    """A joined recording whose second half begins at zero again."""
    part = write(tmp_path / "part.ts", EVEN[:30], g="1", bf="0").read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(part + part)
    source = FileSource(path)
    source.seek(0.4)
    read = []
    while (frame := source.read()) is not None:
        read.append((number_in(frame.image), frame.time))
    assert [number for number, _ in read] == [*range(10, 30), *range(30)]
    assert [time for _, time in read] == sorted({time for _, time in read})
    source.close()
