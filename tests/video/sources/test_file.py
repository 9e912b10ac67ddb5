import gc
import math
import wave
import weakref
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import open_source
from tests.factories import number_in, numbered_image, write_clip, write_video


def numbers(source: FileSource) -> list[int]:
    read = []
    while (frame := source.read()) is not None:
        read.append(number_in(frame.image))
    return read


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 frames at 25 per second, a keyframe every 12."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", [n / 25 for n in range(100)])


def test_every_frame_with_its_number_and_time(clip: Path) -> None:
    source = FileSource(clip)
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    assert [number_in(frame.image) for frame in frames] == list(range(100))
    assert [frame.index for frame in frames] == list(range(100))
    assert [frame.time for frame in frames] == pytest.approx([n / 25 for n in range(100)])
    assert frames[0].image.shape == (64, 128, 3)
    assert frames[0].image.dtype == np.uint8
    assert not np.shares_memory(frames[0].image, frames[1].image)
    assert (source.size, source.rate, source.duration) == ((128, 64), 25.0, 4.0)
    assert source.live is False
    assert source.read() is None
    source.close()


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.05, 0.5, 1.25, 1.26]
    source = FileSource(write_clip(tmp_path / "uneven.mkv", times))
    frames = [source.read() for _ in times]
    assert [frame.time for frame in frames] == pytest.approx(times)


def test_times_begin_at_zero(tmp_path: Path) -> None:
    source = FileSource(write_clip(tmp_path / "late.ts", [3.0, 3.1, 3.2]))
    frames = [source.read() for _ in range(3)]
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.1, 0.2], abs=1e-4)


@pytest.mark.parametrize("target", [0.0, 0.2, 1.0, 1.96, 2.0, 3.96])
def test_seek_is_exact(clip: Path, target: float) -> None:
    source = FileSource(clip)
    for _ in range(5):
        source.read()
    source.seek(target)
    frame = source.read()
    assert number_in(frame.image) == frame.index == round(target * 25)
    assert frame.time == pytest.approx(target)
    following = source.read()
    assert following is None if target == 3.96 else following.index == frame.index + 1


def test_seek_between_two_frames_gives_the_later_one_or_the_nearest(clip: Path) -> None:
    source = FileSource(clip)
    source.seek(1.03)
    assert number_in(source.read().image) == 26


def test_seek_beyond_the_end_gives_the_last_frame(clip: Path) -> None:
    source = FileSource(clip)
    source.seek(1000.0)
    assert number_in(source.read().image) == 99
    assert source.read() is None
    source.seek(-5.0)
    assert numbers(source) == list(range(100))


def test_skip_passes_over_one_frame(clip: Path) -> None:
    source = FileSource(clip)
    assert source.skip()
    assert source.skip()
    frame = source.read()
    assert (number_in(frame.image), frame.index, frame.time) == (2, 2, pytest.approx(0.08))
    while source.read() is not None:
        pass
    assert not source.skip()


def test_pictures_are_gone_without_waiting_for_the_garbage_collector(clip: Path) -> None:
    source = FileSource(clip)
    gc.collect()
    gc.disable()
    try:
        while source.read() is not None:
            pass
        kept = sum(isinstance(each, av.VideoFrame) for each in gc.get_objects())
    finally:
        gc.enable()
    # Of the hundred, the nine key pictures are looked at more closely.
    assert kept <= 12


@pytest.mark.parametrize(
    ("degrees", "turns"), [(90, 1), (180, 2), (270, 3), (-90, 3)], ids=lambda value: str(value)
)
def test_pictures_of_a_turned_phone_stand_upright(tmp_path: Path, degrees: int, turns: int) -> None:
    image = np.zeros((64, 128, 3), np.uint8)
    image[:32, :32] = 255
    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this PyAV cannot write rotated video")
        stream.set_display_rotation(degrees)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    source = FileSource(path)
    upright = np.rot90(image, turns)
    assert source.size == (upright.shape[1], upright.shape[0])
    assert np.abs(source.read().image.astype(int) - upright).mean() < 5


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mp4", [numbered_image(5)], aspect=Fraction(4, 3))
    source = FileSource(path)
    # 128 * 4/3 = 170.67
    assert source.size == (171, 64)
    assert source.read().image.shape == (64, 171, 3)


def test_a_still_picture_is_a_video_of_one_frame(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "still.png"
    cv2.imwrite(str(path), numbered_image(77))
    assert numbers(FileSource(path)) == [77]


def test_odd_sizes(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "odd.png"
    cv2.imwrite(str(path), np.zeros((33, 57, 3), np.uint8))
    source = FileSource(path)
    assert source.size == (57, 33)
    assert source.read().image.shape == (33, 57, 3)


def test_damage_in_the_middle_costs_only_some_frames(clip: Path, tmp_path: Path) -> None:
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    read = numbers(FileSource(damaged))
    assert read[0] == 0
    assert read[-1] == 99
    assert 50 < len(read) <= 100


def test_a_cut_off_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = write_clip(
        tmp_path / "whole.mp4",
        [n / 25 for n in range(100)],
        container_options={"movflags": "faststart"},
    )
    data = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: int(len(data) * 0.6)])
    read = numbers(FileSource(cut))
    assert 20 < len(read) < 100
    assert read == list(range(len(read)))


def sound(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = [int(9000 * math.sin(n / 5)) for n in range(8000)]
        file.writeframes(np.array(tone, "<i2").tobytes())
    return path


class TestBadFiles:
    @pytest.fixture(autouse=True)
    def _quiet(self, capfd: pytest.CaptureFixture[str]) -> None:
        yield
        out, err = capfd.readouterr()
        assert (out, err) == ("", ""), "FFmpeg's own messages must not reach the terminal"

    def fails(self, path: Path) -> str:
        with pytest.raises(SourceError) as error:
            open_source(str(path))
        assert str(path) in str(error.value) or path.name in str(error.value)
        return str(error.value)

    def test_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "no.mp4"
        assert self.fails(path) == f"There is no file {path}. Check its name."

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="is a folder"):
            FileSource(tmp_path)

    def test_empty(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.mp4"
        path.touch()
        assert "is empty (0 bytes)" in self.fails(path)

    def test_text(self, tmp_path: Path) -> None:
        path = tmp_path / "text.mp4"
        path.write_text("This is no video. " * 100)
        assert "is not a video that pedcam can read" in self.fails(path)

    def test_noise(self, tmp_path: Path) -> None:
        path = tmp_path / "noise.mp4"
        path.write_bytes(np.random.default_rng(0).bytes(100_000))
        assert "is not a video that pedcam can read" in self.fails(path)

    def test_sound_only(self, tmp_path: Path) -> None:
        assert "holds no video" in self.fails(sound(tmp_path / "sound.wav"))

    def test_without_its_index(self, tmp_path: Path, clip: Path) -> None:
        path = tmp_path / "unfinished.mp4"
        path.write_bytes(clip.read_bytes()[:3000])
        assert "is not a video that pedcam can read" in self.fails(path)

    def test_a_name_that_no_file_can_have(self) -> None:
        with pytest.raises(SourceError):
            open_source("a\0b.mp4")

    def test_a_name_that_ffmpeg_would_take_for_a_command(self, tmp_path: Path) -> None:
        path = tmp_path / "concat:a|b.mp4"
        path.write_text("no video")
        assert "is not a video that pedcam can read" in self.fails(path)


def test_a_closed_file_lets_go_of_its_decoder_at_once(clip: Path) -> None:
    """Some 80 MB and a few threads, of which Python knows nothing."""
    gc.disable()
    try:
        source = open_source(str(clip))
        source.read()
        reader = weakref.ref(source._reader)
        source.close()
        del source
        assert reader() is None
    finally:
        gc.enable()
