import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import supervision as sv

from pedcam.video.output import video_writer
from pedcam.video.output.annotate import PeopleAnnotator, labels_of
from pedcam.video.output.partial_file import OutputError, check_output
from pedcam.video.output.video_writer import VideoWriter
from tests.factories import number_in, numbered_image


def read_back(path: Path) -> tuple[list[float], list[np.ndarray], float]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        times = [frame.time for frame in frames]
        pictures = [frame.to_ndarray(format="bgr24") for frame in frames]
        return times, pictures, container.duration / av.time_base


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_uneven_times_come_back(tmp_path: Path, suffix: str) -> None:
    times = [0.0, 0.04, 0.05, 0.3, 1.0, 1.5]
    path = tmp_path / f"out{suffix}"
    with VideoWriter(path, rate=25) as writer:
        for number, time in enumerate(times):
            writer.write(numbered_image(number), 60 + time)
        assert not path.exists(), "the file appears only when it is complete"
    read, pictures, duration = read_back(path)
    assert read == pytest.approx(times, abs=0.001)
    assert [number_in(picture) for picture in pictures] == list(range(6))
    # The last picture stays as long as the rate says: 1.5 + 1/25.
    assert duration == pytest.approx(1.54, abs=0.002)
    assert writer.frames == 6
    assert os.listdir(tmp_path) == [path.name]


def test_the_ticks_of_the_source_are_kept_exactly(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    ticks = [0, 1001, 2002, 7007]
    time_base = Fraction(1, 30_000)
    with VideoWriter(path, rate=30_000 / 1001, time_base=time_base) as writer:
        for tick in ticks:
            writer.write(numbered_image(0), float(tick * time_base))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert [frame.pts * stream.time_base / time_base for frame in container.decode(stream)] == (
            ticks
        )


def test_times_that_do_not_grow_are_made_to(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path) as writer:
        for time in (1.0, 1.0, 0.5, 2.0):
            writer.write(numbered_image(0), time)
    times, _, _ = read_back(path)
    assert len(times) == 4
    assert times == sorted(set(times))


def test_it_is_h264_that_everything_plays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path) as writer:
        writer.write(numbered_image(0), 0.0)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")


def test_colors_come_back(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    image = np.empty((64, 128, 3), np.uint8)
    image[:] = (40, 80, 200)
    with VideoWriter(path) as writer:
        writer.write(image, 0.0)
    _, (picture,), _ = read_back(path)
    assert np.abs(picture.astype(int) - image).max() <= 6
    # OpenCV decodes by itself and must see the same.
    _, picture = cv2.VideoCapture(str(path)).read()
    assert np.abs(picture.astype(int) - image).max() <= 6


@pytest.mark.parametrize("size", [(127, 63), (127, 64), (128, 63), (1, 1)])
def test_odd_sizes_grow_by_a_pixel(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path) as writer:
        writer.write(np.full((size[1], size[0], 3), 99, np.uint8), 0.0)
    _, (picture,), _ = read_back(path)
    assert picture.shape[:2] == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    assert np.abs(picture.astype(int) - 99).max() <= 3


def test_a_change_of_size_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path) as writer:
        writer.write(numbered_image(1), 0.0)
        writer.write(numbered_image(2, 256, 128), 0.1)
    _, pictures, _ = read_back(path)
    assert [number_in(picture) for picture in pictures] == [1, 2]
    assert pictures[1].shape == (64, 128, 3)


def record_and_raise(path: Path, error: type[BaseException]) -> None:
    with VideoWriter(path) as writer:
        for number in range(7):
            writer.write(numbered_image(number), number / 25)
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_there_is_stays_after_an_interruption(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "out.mp4"
    with pytest.raises(error):
        record_and_raise(path, error)
    _, pictures, _ = read_back(path)
    assert [number_in(picture) for picture in pictures] == list(range(7))
    assert os.listdir(tmp_path) == ["out.mp4"]


def test_without_frames_there_is_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4"):
        pass
    assert os.listdir(tmp_path) == []


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_write_that_fails_before_anything_can_be_played_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = VideoWriter(tmp_path / "out.mp4")

    monkeypatch.setattr(writer, "_mux", full)
    with pytest.raises(OutputError) as caught:
        writer.write(numbered_image(0), 0.1)
    assert str(caught.value) == (
        f"{tmp_path / 'out.mp4'} cannot be written: No space left on device. "
        "Free some space or write to another folder."
    )
    writer.close()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("in_place", [False, True])
def test_a_failed_write_keeps_what_can_be_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_place: bool
) -> None:
    path = tmp_path / "out.mp4"
    writer = VideoWriter(path, in_place=in_place)
    for number in range(50):
        writer.write(numbered_image(number), number / 25)

    monkeypatch.setattr(writer, "_mux", full)
    with pytest.raises(OutputError, match=r"No space left .* recorded until then is in .*out\.mp4"):
        writer.write(numbered_image(50), 2.0)
    writer.close()
    assert os.listdir(tmp_path) == ["out.mp4"]
    # All but the frame that the encoder held back.
    _, pictures, _ = read_back(path)
    assert [number_in(picture) for picture in pictures] == list(range(49))


def test_a_failed_write_does_not_replace_a_complete_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("precious")
    writer = VideoWriter(path, overwrite=True)
    for number in range(50):
        writer.write(numbered_image(number), number / 25)
    monkeypatch.setattr(writer, "_mux", full)
    with pytest.raises(OutputError, match=r"is in .*out-2\.mp4"):
        writer.close()
    assert path.read_text() == "precious"
    assert writer.path == tmp_path / "out-2.mp4"
    assert len(read_back(writer.path)[0]) == 49
    assert sorted(os.listdir(tmp_path)) == ["out-2.mp4", "out.mp4"]


@pytest.mark.parametrize("rate", [25, 0, 1000])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_keyframe_at_least_each_second(tmp_path: Path, suffix: str, rate: float) -> None:
    # 4 s of frames 0.1 s apart, whatever the rate was said to be.
    path = tmp_path / f"out{suffix}"
    with VideoWriter(path, rate=rate) as writer:
        for number in range(40):
            writer.write(numbered_image(number), number / 10)
    with av.open(str(path)) as container:
        keys = [frame.time for frame in container.decode(video=0) if frame.key_frame]
    assert keys[0] == 0
    assert np.diff([*keys, 4.0]).max() <= 1.0 + 0.001


def test_it_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, in_place=True) as writer:
        for number in range(100):
            writer.write(numbered_image(number), number / 25)
        # Two frames are on their way, and up to half a second waits to be written.
        assert read_back(path)[0][-1] >= 99 / 25 - 2 / 25 - 0.5
        assert writer.size == path.stat().st_size > 0
    assert len(read_back(path)[0]) == 100


def test_without_x264_another_encoder_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_writer, "ENCODERS", ("no_such_encoder", "mpeg4"))
    path = tmp_path / "out.mp4"
    with VideoWriter(path) as writer:
        writer.write(numbered_image(0), 0.0)
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4"


class TestTargets:
    def test_an_existing_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "out.mp4"
        path.write_text("precious")
        with pytest.raises(OutputError, match=r"exists already\. .*--overwrite"):
            VideoWriter(path)
        with VideoWriter(path, overwrite=True) as writer:
            writer.write(numbered_image(0), 0.0)
            assert path.read_text() == "precious"
        assert path.read_bytes()[4:8] == b"ftyp"

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"There is no folder .*gone to write out\.mp4 to"):
            VideoWriter(tmp_path / "gone" / "out.mp4")

    def test_a_folder_in_place_of_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "out.mp4").mkdir()
        with pytest.raises(OutputError, match="is a folder"):
            VideoWriter(tmp_path / "out.mp4", overwrite=True)

    def test_a_format_that_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"suffixes \.mp4"):
            VideoWriter(tmp_path / "out.txt")

    def test_the_source_itself_also_under_another_name(self, tmp_path: Path) -> None:
        source = tmp_path / "walk.mp4"
        source.touch()
        link = tmp_path / "link.mp4"
        link.symlink_to(source)
        with pytest.raises(OutputError, match="is the source itself"):
            check_output(link, overwrite=True, source=source)

    @pytest.mark.skipif(not Path(os.devnull).exists(), reason="the system has no such file")
    def test_a_device(self) -> None:
        with pytest.raises(OutputError, match="is not an ordinary file"):
            check_output(Path(os.devnull), overwrite=True)

    def test_a_name_that_ffmpeg_would_take_for_a_command(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe:a.mp4"
        with VideoWriter(path) as writer:
            writer.write(numbered_image(0), 0.0)
        assert path.exists()


class TestAnnotator:
    people = sv.Detections(
        xyxy=np.array([[20, 30, 60, 90]], np.float32),
        confidence=np.array([0.876], np.float32),
        class_id=np.array([0]),
    )

    def test_draws_the_box_into_a_copy(self) -> None:
        image = np.zeros((120, 160, 3), np.uint8)
        marked = PeopleAnnotator((160, 120)).annotate(image, self.people)
        assert image.max() == 0
        green = np.array([0x7F, 0xD2, 0x00])
        for x, y in [(20, 60), (60, 60), (40, 90)]:
            assert np.array_equal(marked[y, x], green), (x, y)
        assert marked[60, 40].max() == 0, "the inside stays as it was"

    def test_nobody_means_nothing_to_draw(self) -> None:
        image = np.zeros((120, 160, 3), np.uint8)
        assert PeopleAnnotator((160, 120)).annotate(image, sv.Detections.empty()).max() == 0

    def test_labels_tell_who_is_who(self) -> None:
        people = sv.Detections(
            xyxy=np.zeros((3, 4), np.float32),
            confidence=np.array([0.876, 0.5, 1.0], np.float32),
        )
        assert labels_of(people) == ["88%", "50%", "100%"]
        people.tracker_id = np.array([3, -1, 12])
        assert labels_of(people) == ["#3 88%", "50%", "#12 100%"]

    @pytest.mark.parametrize("size", [(16, 16), (3840, 2160)])
    def test_any_size(self, size: tuple[int, int]) -> None:
        image = np.zeros((size[1], size[0], 3), np.uint8)
        marked = PeopleAnnotator(size).annotate(image, self.people)
        assert marked.shape == image.shape
