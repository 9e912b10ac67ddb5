"""What is wrong or unusual about a video file, and what becomes of it."""

import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.stream
import numpy as np
import pytest

from pedcam.video.sources import decoder, demuxer
from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import Frame, SourceError
from tests.factories import number_in, numbered_image, write_clip, write_video


@pytest.fixture(autouse=True)
def _quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert capfd.readouterr() == ("", ""), "FFmpeg's own messages must not reach the terminal"


def read_all(path: Path) -> list[Frame]:
    source = FileSource(path)
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def numbers(path: Path) -> list[int]:
    return [number_in(frame.image) for frame in read_all(path)]


def encode(
    path: Path, image: np.ndarray, pixels: str, codec: str = "ffv1", given: str = ""
) -> Path:
    """A file of one picture; ``given`` is the format of the array, BGR by default."""
    return write_video(path, [image], codec=codec, pixels=pixels, array=given or "bgr24")


@pytest.mark.parametrize(
    "pixels",
    [
        "gray",
        "gray10le",
        "gray16le",
        "yuv420p10le",
        "yuv422p12le",
        "yuv444p16le",
        "bgra",
        "yuva420p",
    ],
)
def test_every_kind_of_pixel_becomes_8_bit_bgr(tmp_path: Path, pixels: str) -> None:
    image = numbered_image(0b1011_0010_1100_0101)
    frame = read_all(encode(tmp_path / "clip.mkv", image, pixels))[0]
    assert frame.image.shape == image.shape
    assert frame.image.dtype == np.uint8
    assert np.abs(frame.image.astype(int) - image).max() <= 6


def test_the_shades_of_16_bit_gray_are_kept(tmp_path: Path) -> None:
    # 257 is what 16 bits have for every step of 8 bits.
    shades = np.tile(np.arange(256, dtype=np.uint16) * 257, (16, 1))
    image = read_all(encode(tmp_path / "gray.mkv", shades, "gray16le", given="gray16le"))[0].image
    assert np.abs(image[0, :, 0].astype(int) - np.arange(256)).max() <= 1
    assert (image[:, :, 0] == image[:, :, 2]).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (3, 99), (33, 57), (127, 63)])
def test_odd_and_tiny_sizes(tmp_path: Path, width: int, height: int) -> None:
    image = np.full((height, width, 3), (200, 100, 50), np.uint8)
    source = FileSource(encode(tmp_path / "tiny.mkv", image, "bgr0"))
    assert source.size == (width, height)
    assert (source.read().image == image).all()
    source.close()


def test_an_8k_picture(tmp_path: Path) -> None:
    size = (7680, 4320)
    image = np.full((*size[::-1], 3), 128, np.uint8)
    source = FileSource(encode(tmp_path / "8k.mkv", image, "yuvj420p", "mjpeg"))
    assert source.size == size
    assert source.read().image.shape == (4320, 7680, 3)
    source.close()


def test_interlaced_pictures_are_woven(tmp_path: Path) -> None:
    image = np.zeros((64, 128, 3), np.uint8)
    image[::2] = 255
    path = write_video(
        tmp_path / "interlaced.mkv",
        [image],
        codec="mpeg2video",
        bit_rate=50_000_000,
        options={"flags": "+ildct+ilme"},
    )
    woven = read_all(path)[0].image
    assert woven.shape == (64, 128, 3)
    assert woven[::2].mean() > 240
    assert woven[1::2].mean() < 15


def test_pixels_of_an_absurd_shape_are_taken_for_square(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "absurd.mkv",
        [numbered_image(3)],
        codec="ffv1",
        pixels="gray",
        aspect=Fraction(60_000, 1),
    )
    assert read_all(path)[0].image.shape == (64, 128, 3)


@pytest.mark.parametrize(
    ("count", "gap", "base"),
    [
        (400, Fraction(1, 2000), Fraction(1, 90_000)),
        (20, Fraction(1, 1000), Fraction(1, 1000)),
        (20, Fraction(1001, 30_000), Fraction(1, 90_000)),
        (20, Fraction(7, 13), Fraction(7, 1300)),
        (20, Fraction(100), Fraction(1, 1000)),
    ],
    ids=["2000 per second", "1000 per second", "ntsc", "odd base", "time lapse"],
)
def test_rates_and_time_bases(tmp_path: Path, count: int, gap: Fraction, base: Fraction) -> None:
    times = [float(n * gap) for n in range(count)]
    source = FileSource(write_clip(tmp_path / "clip.mp4", times, time_base=base))
    # The last picture has the length that write_clip tells the encoder.
    rate = count / float((count - 1) * gap + Fraction(1, 25))
    assert source.rate == pytest.approx(rate if rate <= 1000 else 0.0)
    assert [source.read().time for _ in times] == pytest.approx(times, abs=float(base))
    source.seek(times[13])
    assert number_in(source.read().image) == 13
    source.close()


def test_a_huge_jump_in_the_timestamps_is_kept_and_can_be_sought(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.08, 90_000.0, 90_000.04]
    path = write_clip(tmp_path / "jump.mkv", times)
    assert [frame.time for frame in read_all(path)] == pytest.approx(times, abs=0.001)
    source = FileSource(path)
    source.seek(50_000)
    assert number_in(source.read().image) == 3
    source.seek(0.04)
    assert number_in(source.read().image) == 1
    source.close()


def test_timestamps_that_run_backwards_grow_evenly_instead(tmp_path: Path) -> None:
    part = write_clip(tmp_path / "part.ts", [n / 25 for n in range(10)]).read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(part + part)
    frames = read_all(path)
    assert [number_in(frame.image) for frame in frames] == [*range(10), *range(10)]
    # Each a frame later than the one before, at 25 per second.
    assert [frame.time for frame in frames] == pytest.approx([n / 25 for n in range(20)], abs=1e-3)


def add_sound(container: av.container.OutputContainer) -> Callable[[], None]:
    stream = container.add_stream("aac", rate=16_000)

    def write() -> None:
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 32_000), np.int16), format="s16")
        sound.rate = 16_000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))

    return write


def add_data(container: av.container.OutputContainer) -> Callable[[], None]:
    stream = container.add_data_stream()

    def write() -> None:
        for number in range(10):
            packet = av.Packet(b"position 52.1 4.3")
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = 40 * number
            container.mux(packet)

    return write


def add_cover(container: av.container.OutputContainer) -> Callable[[], None]:
    if not hasattr(av.stream, "Discard"):
        pytest.skip("this PyAV cannot write cover art")
    stream = container.add_stream("mjpeg", rate=1)
    stream.width, stream.height, stream.pix_fmt = 320, 320, "yuvj420p"
    stream.disposition = av.stream.Disposition.attached_pic

    def write() -> None:
        cover = av.VideoFrame.from_ndarray(np.zeros((320, 320, 3), np.uint8), format="bgr24")
        container.mux(stream.encode(cover))

    return write


TRACKS = {"sound": add_sound, "data": add_data, "cover": add_cover}


@pytest.mark.parametrize(
    ("suffix", "others"),
    [
        ("mkv", ["sound"]),
        ("ts", ["data"]),
        ("mp4", ["cover"]),
        ("mp4", ["cover", "sound"]),
        ("mkv", []),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else value,
)
def test_other_tracks_are_left_out(tmp_path: Path, suffix: str, others: list[str]) -> None:
    path = tmp_path / f"clip.{suffix}"
    with av.open(str(path), "w") as container:
        writers = [TRACKS[name](container) for name in others]
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 128, 64, "yuv420p"
        for write in writers:
            write()
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(numbered_image(number), format="bgr24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    with av.open(str(path)) as container:
        assert len(container.streams) == 1 + len(others)
    assert numbers(path) == list(range(10))


def test_music_with_a_cover_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        for write in [add_cover(container), add_sound(container)]:
            write()
    with pytest.raises(SourceError, match=r"song\.mp4 holds no video, only sound or data"):
        FileSource(path)


FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}


@pytest.mark.parametrize(
    ("name", "options"),
    [("clip.mkv", {}), ("clip.ts", {}), ("clip.mp4", FRAGMENTED)],
    ids=["mkv", "ts", "fragmented mp4"],
)
@pytest.mark.parametrize("share", [0.4, 0.75, 0.99])
def test_a_truncated_file_plays_to_where_it_breaks(
    tmp_path: Path, name: str, options: dict[str, str], share: float
) -> None:
    times = [n / 25 for n in range(100)]
    path = write_clip(tmp_path / name, times, container_options=options)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    read = numbers(path)
    # The last picture may be half there.
    assert read[:-1] == list(range(len(read) - 1))
    assert 100 * share - 30 < len(read) <= 100


def test_a_file_that_is_being_written_plays_to_its_present_end(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.ts", [n / 25 for n in range(100)]).read_bytes()
    path = tmp_path / "growing.ts"
    half = len(whole) // 2
    path.write_bytes(whole[:half])
    source = FileSource(path)
    first = [number_in(source.read().image) for _ in range(10)]
    with path.open("ab") as file:
        file.write(whole[half:])
    rest = []
    while (frame := source.read()) is not None:
        rest.append(number_in(frame.image))
    source.close()
    # What was written while it was read may come or not, but nothing is lost before.
    assert first + rest == list(range(10 + len(rest)))
    assert len(rest) > 30
    assert numbers(path) == list(range(100)), "opened again, it is there as a whole"


def test_a_resolution_that_changes_gives_frames_of_the_new_size(tmp_path: Path) -> None:
    times = [n / 25 for n in range(10)]
    parts = [
        write_clip(tmp_path / "small.ts", times, size=(128, 64)),
        write_clip(tmp_path / "large.ts", times, size=(256, 128)),
        write_clip(tmp_path / "small again.ts", times, size=(128, 64)),
    ]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    source = FileSource(path)
    assert source.size == (128, 64)
    frames = [source.read() for _ in range(30)]
    shapes = [frame.image.shape for frame in frames]
    assert shapes == [(64, 128, 3)] * 10 + [(128, 256, 3)] * 10 + [(64, 128, 3)] * 10
    assert [number_in(frame.image) for frame in frames] == [*range(10)] * 3
    source.close()


def test_corrupt_packets_cost_only_their_pictures(tmp_path: Path) -> None:
    path = tmp_path / "corrupt.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuvj420p"
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(numbered_image(number), format="bgr24")
            for packet in stream.encode(frame):
                damaged = av.Packet(b"\0" * 200 if number in (5, 6, 11) else bytes(packet))
                damaged.stream, damaged.time_base = stream, packet.time_base
                damaged.pts, damaged.dts = packet.pts, packet.dts
                container.mux(damaged)
    frames = read_all(path)
    kept = [number for number in range(20) if number not in (5, 6, 11)]
    assert [number_in(frame.image) for frame in frames] == kept
    assert [frame.time for frame in frames] == pytest.approx([n / 25 for n in kept])


class TestTooManyPixels:
    def limit(self, monkeypatch: pytest.MonkeyPatch, pixels: int) -> None:
        monkeypatch.setattr(decoder, "MAX_PIXELS", pixels)
        monkeypatch.setattr(demuxer, "MAX_PIXELS", pixels)

    def test_the_header_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = write_clip(tmp_path / "clip.mp4", [0.0, 0.04])
        self.limit(monkeypatch, 128 * 64)
        assert numbers(path) == [0, 1]
        self.limit(monkeypatch, 128 * 64 - 1)
        with pytest.raises(SourceError, match="announces pictures of 128 x 64 pixels"):
            FileSource(path)

    def test_a_later_picture_is_left_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small = write_clip(tmp_path / "small.ts", [n / 25 for n in range(5)], size=(128, 64))
        large = write_clip(tmp_path / "large.ts", [n / 25 for n in range(5)], size=(256, 128))
        path = tmp_path / "joined.ts"
        path.write_bytes(small.read_bytes() + large.read_bytes() + small.read_bytes())
        self.limit(monkeypatch, 128 * 64)
        # The decoder goes on with the first size.
        assert {frame.image.shape for frame in read_all(path)} == {(64, 128, 3)}
        assert numbers(path)[:5] == [0, 1, 2, 3, 4]

    def test_they_are_not_allocated(self, tmp_path: Path) -> None:
        """A real PNG of 400 million pixels, and one that only says so, take next to nothing."""
        write_png(tmp_path / "real.png", 20_000, rows=20_000)
        write_png(tmp_path / "lie.png", 100_000, rows=1)
        shutil.copy(tmp_path / "real.png", tmp_path / "again.png")
        program = (
            "import resource, sys\n"
            "from pedcam.video.sources.spec import SourceError, open_source\n"
            "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "before = peak()\n"
            "for path in sys.argv[1:]:\n"
            "    try:\n"
            "        open_source(path)\n"
            "    except SourceError:\n"
            "        continue\n"
            "    sys.exit(path + ' was opened')\n"
            "print((peak() - before) // 1024)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, sorted(tmp_path.iterdir())), str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) < 100, "megabytes"


def write_png(path: Path, side: int, rows: int) -> None:
    """A black PNG of one bit per pixel, whose header says that it is a square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    compressor = zlib.compressobj()
    pixels = [compressor.compress(bytes(1 + side // 8) * 100) for _ in range(max(1, rows // 100))]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", b"".join(pixels) + compressor.flush())
        + chunk(b"IEND", b"")
    )
