import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import supervision as sv

from pedcam.video.output.partial_file import OutputError
from pedcam.video.output.recorder import Recorder
from pedcam.video.output.tables import ResultFile, TableWriter
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.people.counters import IgnoredZone
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.results import Result
from tests.factories import HEIGHT, WIDTH, make_detections, make_result, number_in, numbered_image
from tests.video.standins import PATIENCE

FRAME_BYTES = WIDTH * HEIGHT * 3


def result(
    index: int,
    *,
    time: float | None = None,
    captured: float | None = None,
    segment: int = 0,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    people: sv.Detections | None = None,
) -> Result:
    time = index / 25 if time is None else time
    return make_result(
        index,
        people,
        time=time,
        captured=time if captured is None else captured,
        segment=segment,
        image=numbered_image(index, *size),
        preset="a",
    )


def somebody() -> sv.Detections:
    return make_detections((40, 8, 72, 56), scores=0.5)


def read_back(path: Path) -> list[tuple[float, int]]:
    with av.open(str(path)) as container:
        return [
            (frame.time, number_in(frame.to_ndarray(format="bgr24")))
            for frame in container.decode(video=0)
        ]


class Ending:
    """Remembers how a recording ended, and waits for it."""

    def __init__(self) -> None:
        self.errors: list[OutputError | None] = []
        self.told = threading.Event()

    def __call__(self, error: OutputError | None) -> None:
        self.errors.append(error)
        self.told.set()


class HeldWriter:
    """Holds every result, or the closing, until it is let go; can be broken."""

    def __init__(self, path: Path = Path("held.csv")) -> None:
        self.path = path
        self.size = 0
        self.taken: list[int] = []
        self.holding = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)
        self.closing_hangs = False
        self.failure: Exception | None = None
        self.closed = threading.Event()

    def append(self, result: Result) -> None:
        self.taken.append(result.frame.index)
        self.holding.release()
        assert self.let_go.acquire(timeout=PATIENCE), "nobody let the writer go on"
        if self.failure is not None:
            raise self.failure
        self.size += 10

    def close(self) -> None:
        if self.closing_hangs:
            self.holding.release()
            assert self.let_go.acquire(timeout=PATIENCE), "nobody let the writer go on"
        self.closed.set()

    def wait_until_it_holds(self) -> None:
        assert self.holding.acquire(timeout=PATIENCE), "nothing came"


@pytest.fixture
def held() -> Iterator[HeldWriter]:
    writer = HeldWriter()
    yield writer
    writer.let_go.release(1000)


class Pictures:
    """Keeps the pictures of a video as they are."""

    path, size = Path("video.mp4"), 0

    def __init__(self) -> None:
        self.pictures: list[np.ndarray] = []

    @property
    def frames(self) -> int:
        return len(self.pictures)

    def write(self, image: np.ndarray, time: float) -> None:
        self.pictures.append(image)

    def close(self) -> None:
        pass


def recorder_of(writer: ResultFile, **keywords: object) -> Recorder:
    recorder = Recorder(rows=[writer], **keywords)
    recorder.start()
    return recorder


class TestFiles:
    def test_video_and_rows(self, tmp_path: Path) -> None:
        ending = Ending()
        video, table = tmp_path / "out.mp4", tmp_path / "out.csv"
        recorder = Recorder(
            VideoWriter(video, rate=25), [TableWriter(table)], wait=True, on_end=ending
        )
        recorder.start()
        for index in range(30):
            recorder.put(result(index, people=somebody() if index == 3 else None))
        recorder.close()
        assert read_back(video) == [(pytest.approx(n / 25), n) for n in range(30)]
        assert table.read_text().splitlines()[1:] == ["3,0.120,,40.0,8.0,72.0,56.0,0.5000,a,"]
        assert (recorder.frames, recorder.dropped, recorder.error) == (30, 0, None)
        assert recorder.seconds == pytest.approx(29 / 25)
        assert recorder.paths == (video, table)
        assert 0 < recorder.size <= video.stat().st_size + table.stat().st_size
        assert ending.errors == [None]
        assert not recorder.running

    @pytest.mark.parametrize("started", [True, False])
    def test_without_frames_there_is_no_video(self, tmp_path: Path, started: bool) -> None:
        ending = Ending()
        writer = VideoWriter(tmp_path / "out.mp4", in_place=True)
        recorder = Recorder(writer, on_end=ending)
        if started:
            recorder.start()
        recorder.close()
        recorder.close()
        assert (os.listdir(tmp_path), recorder.paths, ending.errors) == ([], (), [None])

    @pytest.mark.parametrize(
        ("marked", "blurred", "border_is_green", "inside_is_striped"),
        [
            (False, False, False, True),
            (True, False, True, True),
            (False, True, False, False),
            (True, True, True, False),
        ],
    )
    def test_marked_and_blurred(
        self,
        tmp_path: Path,
        marked: bool,
        blurred: bool,
        border_is_green: bool,
        inside_is_striped: bool,
    ) -> None:
        path = tmp_path / "out.mp4"
        recorder = Recorder(VideoWriter(path), marked=marked, blurred=blurred)
        recorder.start()
        taken = result(0b0101010101010101, people=somebody())
        before = taken.frame.image.copy()
        recorder.put(taken)
        recorder.close()
        assert np.array_equal(taken.frame.image, before)
        with av.open(str(path)) as container:
            picture = next(container.decode(video=0)).to_ndarray(format="bgr24").astype(int)
        # The fields are 16 pixels wide: black ones from 16 to 32, from 48 to 64 and so on.
        blue, green, red = picture[44, 40]
        assert bool(green - red > 60 and green - blue > 20) is border_is_green
        black, white = picture[44, 52:60], picture[44, 66:70]
        assert bool(black.mean() < 20 and white.min() > 235) is inside_is_striped
        assert picture[44, 18:30].max() < 20, "outside of the box nothing changes"

    def test_blurred_from_some_picture_on(self, tmp_path: Path, held: HeldWriter) -> None:
        path = tmp_path / "out.mp4"
        recorder = Recorder(VideoWriter(path), [held], marked=False)
        recorder.start()
        # They differ in the first field only.
        recorder.put(result(0b0101010101010100, people=somebody()))
        held.wait_until_it_holds()
        recorder.put(result(0b0101010101010101, people=somebody()))
        # The first is in the video by now, the second waits.
        recorder.blur()
        recorder.blur()
        held.let_go.release(1000)
        recorder.close()
        with av.open(str(path)) as container:
            pictures = [one.to_ndarray(format="bgr24") for one in container.decode(video=0)]
        assert len(pictures) == 2
        striped = [
            bool(picture[44, 52:60].mean() < 20 and picture[44, 66:70].min() > 235)
            for picture in pictures
        ]
        assert striped == [True, False]
        assert pictures[1][44, 18:30].max() < 20, "outside of the box nothing changes"

    @pytest.mark.parametrize("blurred", [False, True])
    def test_zones_are_blacked_out_at_every_size(self, blurred: bool) -> None:
        corners = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.5), (0.25, 0.5))
        ignored = (IgnoredZone("Poster", corners, blacked_out=True),)
        video = Pictures()
        recorder = Recorder(video, marked=False, blurred=blurred)
        recorder.start()
        taken = [
            replace(result(number, size=size, people=people), ignored=ignored)
            for number, size, people in (
                (0xFFFF, (WIDTH, HEIGHT), None),
                (0xFFFE, (2 * WIDTH, 2 * HEIGHT), make_detections((100, 30, 140, 100))),
            )
        ]
        for one in taken:
            recorder.put(one)
        recorder.close()
        for one, picture, scale in zip(taken, video.pictures, (1, 2), strict=True):
            # Of 128 x 64 pixels: columns 32 to 96 and rows 16 to 32.
            inside = np.s_[16 * scale : 32 * scale + 1, 32 * scale : 96 * scale + 1]
            assert picture[inside].max() == 0
            assert one.frame.image[inside].max() > 200
            outside = np.ones(picture.shape, bool)
            outside[inside] = False
            if not blurred or scale == 1:
                assert np.array_equal(picture[outside], one.frame.image[outside])

    def test_a_change_of_size_is_scaled(self, tmp_path: Path) -> None:
        path = tmp_path / "out.mp4"
        recorder = Recorder(VideoWriter(path))
        recorder.start()
        recorder.put(result(1, people=somebody()))
        recorder.put(result(2, size=(256, 128), people=somebody()))
        recorder.close()
        assert recorder.error is None
        with av.open(str(path)) as container:
            shapes = [frame.to_ndarray().shape for frame in container.decode(video=0)]
        assert len(shapes) == 2
        assert shapes[0] == shapes[1]

    def test_a_frame_detected_again_is_written_once(self, tmp_path: Path) -> None:
        path = tmp_path / "out.mp4"
        recorder = Recorder(VideoWriter(path))
        recorder.start()
        for index in (0, 1, 1, 2):
            recorder.put(result(index))
        recorder.close()
        assert [number for _, number in read_back(path)] == [0, 1, 2]


class TestJumps:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            # A loop: the source's time starts again, 0.04 s have passed.
            ((1.0, 50.0), (0.0, 50.04), 0.04),
            # A jump forward, and one back, after a pause of 2 s.
            ((1.0, 50.0), (400.0, 52.0), 2.0),
            ((400.0, 50.0), (1.0, 52.0), 2.0),
            # A camera that was away for 30 s.
            ((1.0, 50.0), (31.0, 80.0), 30.0),
            # Wherever no time seems to have passed the video must still go on.
            ((1.0, 50.0), (0.0, 50.0), 0.04),
        ],
    )
    def test_the_video_goes_on_with_the_time_that_passed(
        self,
        tmp_path: Path,
        before: tuple[float, float],
        after: tuple[float, float],
        expected: float,
    ) -> None:
        path = tmp_path / "out.mp4"
        recorder = Recorder(VideoWriter(path))
        recorder.start()
        for index, (offset, (time, captured), segment) in enumerate(
            [(0, before, 0), (0.5, before, 0), (0, after, 1), (0.5, after, 1)]
        ):
            # The second frame of the first stretch comes right before the jump.
            shift = offset - 0.5 if segment == 0 else offset
            recorder.put(
                result(index, time=time + shift, captured=captured + shift, segment=segment)
            )
        recorder.close()
        assert [time for time, _ in read_back(path)] == pytest.approx(
            [0, 0.5, 0.5 + expected, 1.0 + expected], abs=0.001
        )
        assert recorder.seconds == pytest.approx(1.0 + expected)


class TestFull:
    def test_live_results_are_dropped_and_counted(self, held: HeldWriter) -> None:
        recorder = recorder_of(held, memory=3 * FRAME_BYTES)
        recorder.put(result(0))
        held.wait_until_it_holds()
        for index in range(1, 8):
            recorder.put(result(index))
        assert recorder.dropped == 4
        held.let_go.release(1000)
        recorder.close()
        # One is being written, three wait.
        assert held.taken == [0, 1, 2, 3]
        assert (recorder.frames, recorder.dropped, recorder.size) == (4, 4, 40)

    def test_one_frame_may_always_wait(self, held: HeldWriter) -> None:
        recorder = recorder_of(held, memory=1)
        recorder.put(result(0))
        held.wait_until_it_holds()
        recorder.put(result(1))
        recorder.put(result(2))
        held.let_go.release(1000)
        recorder.close()
        assert (held.taken, recorder.dropped) == ([0, 1], 1)

    def test_after_a_jam_it_goes_on(self, held: HeldWriter) -> None:
        recorder = recorder_of(held, memory=FRAME_BYTES)
        for index in range(2):
            recorder.put(result(index))
            if index == 0:
                held.wait_until_it_holds()
        recorder.put(result(2))
        held.let_go.release(2)
        held.wait_until_it_holds()
        recorder.put(result(3))
        held.let_go.release(1000)
        recorder.close()
        assert (held.taken, recorder.dropped) == ([0, 1, 3], 1)

    def test_nothing_is_left_out_where_it_waits(self, held: HeldWriter) -> None:
        recorder = recorder_of(held, memory=2 * FRAME_BYTES, wait=True)
        all_put = threading.Event()

        def put_all() -> None:
            for index in range(20):
                recorder.put(result(index))
            all_put.set()

        putter = threading.Thread(target=put_all)
        putter.start()
        held.wait_until_it_holds()
        assert not all_put.is_set()
        held.let_go.release(1000)
        putter.join(PATIENCE)
        assert all_put.is_set()
        recorder.close()
        assert (held.taken, recorder.dropped) == (list(range(20)), 0)

    def test_whoever_waits_is_released_by_the_end(self, held: HeldWriter) -> None:
        recorder = recorder_of(held, memory=1, wait=True)
        recorder.put(result(0))
        held.wait_until_it_holds()
        recorder.put(result(1))
        putter = threading.Thread(target=recorder.put, args=(result(2),))
        putter.start()
        recorder.close(timeout=0.0)
        putter.join(PATIENCE)
        assert not putter.is_alive()
        assert held.taken == [0]


class TestErrors:
    def test_an_error_ends_the_recording_and_nothing_else(self, held: HeldWriter) -> None:
        ending = Ending()
        failure = OutputError("The disk is full.")
        held.failure = failure
        recorder = recorder_of(held, on_end=ending)
        recorder.put(result(0))
        held.let_go.release(1000)
        assert ending.told.wait(PATIENCE)
        assert held.closed.is_set()
        assert not recorder.running
        recorder.put(result(1))
        recorder.close()
        assert (recorder.error, ending.errors, held.taken) == (failure, [failure], [0])

    def test_other_files_are_completed_when_one_fails(
        self, tmp_path: Path, held: HeldWriter
    ) -> None:
        ending = Ending()
        held.failure = OutputError("The disk is full.")
        path = tmp_path / "out.mp4"
        recorder = Recorder(VideoWriter(path), [held], on_end=ending)
        recorder.start()
        recorder.put(result(5))
        held.let_go.release(1000)
        assert ending.told.wait(PATIENCE)
        assert read_back(path) == [(0.0, 5)]

    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        ending = Ending()
        path = tmp_path / "out.mp4"
        writer = VideoWriter(path, in_place=True)
        mux = writer._mux
        packets = iter(range(1000))

        def full(content: list[av.Packet]) -> None:
            if next(packets) >= 50:
                raise OSError(errno.ENOSPC, "No space left on device")
            mux(content)

        monkeypatch.setattr(writer, "_mux", full)
        recorder = Recorder(writer, wait=True, on_end=ending)
        recorder.start()
        for index in range(100):
            recorder.put(result(index))
        assert ending.told.wait(PATIENCE)
        assert str(recorder.error) == (
            f"{path} cannot be written: No space left on device. Free some space or write to "
            f"another folder. What was recorded until then is in {path}."
        )
        assert [number for _, number in read_back(path)] == list(range(49))
        assert recorder.frames == 50

    def test_a_fault_of_our_own_is_told_too(
        self, held: HeldWriter, caplog: pytest.LogCaptureFixture
    ) -> None:
        ending = Ending()
        held.failure = ZeroDivisionError("what")
        recorder = recorder_of(held, on_end=ending)
        recorder.put(result(0))
        held.let_go.release(1000)
        assert ending.told.wait(PATIENCE)
        assert str(recorder.error) == "Recording stopped unexpectedly: what"
        assert held.closed.is_set()

    def test_closing_from_within_the_end(self, held: HeldWriter) -> None:
        told = threading.Event()

        def on_end(error: OutputError | None) -> None:
            recorder.close()
            told.set()

        held.failure = OutputError("The disk is full.")
        recorder = recorder_of(held, on_end=on_end)
        recorder.put(result(0))
        held.let_go.release(1000)
        assert told.wait(PATIENCE)

    def test_a_fault_at_completion_is_told(self, held: HeldWriter) -> None:
        ending = Ending()

        def close() -> None:
            raise RuntimeError("no idea")

        held.close = close
        recorder = recorder_of(held, on_end=ending)
        recorder.close()
        assert str(recorder.error) == "held.csv could not be completed: no idea."
        assert ending.errors == [recorder.error]


class TestHangs:
    @pytest.mark.parametrize("closing", [True, False])
    def test_closing_does_not_wait_for_ever(self, held: HeldWriter, closing: bool) -> None:
        ending = Ending()
        held.closing_hangs = closing
        recorder = recorder_of(held, on_end=ending)
        if not closing:
            recorder.put(result(0))
            held.wait_until_it_holds()
            recorder.put(result(1))
        recorder.close(timeout=0.01)
        assert str(recorder.error) == (
            "held.csv could not be completed within 0.01 s: the disk is too slow or does not "
            "answer. What was written until then stays."
        )
        assert ending.errors == [recorder.error]
        assert not held.closed.is_set()
        # The thread completes what it can when the disk answers, and says nothing any more.
        held.let_go.release(1000)
        assert held.closed.wait(PATIENCE)
        assert held.taken == ([] if closing else [0])
        assert len(ending.errors) == 1

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
    def test_a_disk_that_hangs_in_the_midst_of_writing(self, tmp_path: Path) -> None:
        writer = VideoWriter(tmp_path / "out.mp4")
        # A pipe that nobody reads takes 64 kB and then blocks.
        os.mkfifo(writer._output.partial)
        pipe = os.open(writer._output.partial, os.O_RDONLY | os.O_NONBLOCK)
        ending = Ending()
        recorder = Recorder(writer, on_end=ending)
        noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        # Some 8 kB per frame.
        for index in range(100):
            frame = Frame(np.roll(noise, index, axis=0), index, index / 25, index / 25)
            recorder.put(Result(frame, sv.Detections.empty(), "a", 1.0, 1.0, 0))
        recorder.start()
        recorder.close(timeout=0.5)
        assert "does not answer" in str(recorder.error)
        os.set_blocking(pipe, True)
        content = b""
        while piece := os.read(pipe, 1 << 16):
            content += piece
        os.close(pipe)
        recorder._thread.join(PATIENCE)
        assert not recorder._thread.is_alive()
        assert content[4:8] == b"ftyp"
        assert len(ending.errors) == 1
