import csv
import errno
import io
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

import pedcam.headless.detect as headless
import pedcam.headless.excerpt as excerpt_module
from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.headless.detect import Progress, choose_preset, detect_video, iterate_results
from pedcam.headless.excerpt import Excerpt
from pedcam.video.output.partial_file import OutputError, check_output
from pedcam.video.output.tables import TableWriter
from pedcam.video.people.counters import Line
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import Frame, SourceError
from pedcam.video.stream.capture import STALL_AFTER
from tests.factories import fake_preset, number_in, numbered_image, write_clip
from tests.video.standins import PATIENCE, Bench, FakeDetector, FakeSource


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """50 frames at 25 per second."""
    return write_clip(tmp_path / "clip.mp4", [n / 25 for n in range(50)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0)]


class TestDetectVideo:
    def test_writes_a_video_and_a_table(self, clip: Path, tmp_path: Path, bench: Bench) -> None:
        output, table = tmp_path / "out.mp4", tmp_path / "out.csv"
        seen: list[Progress] = []
        summary = detect_video(
            str(clip), bench.pool, "b", output=output, table=table, on_progress=seen.append
        )
        assert (summary.presets, summary.frames, summary.people) == (("b",), 50, 50)
        assert (summary.stopped, summary.outputs) == (False, (output, table))
        assert seen == [Progress(done, 50, done) for done in range(1, 51)]
        rows = rows_of(table)
        assert rows[7] == {
            "frame": "7",
            "time": "0.280",
            "track": "",
            "x1": "7.0",
            "y1": "1.0",
            "x2": "17.0",
            "y2": "21.0",
            "score": "0.7500",
            "preset": "b",
            "zone": "",
        }
        assert [int(row["frame"]) for row in rows] == list(range(50))
        assert times_of(output) == pytest.approx([n / 25 for n in range(50)])
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "clip.mp4",
            "out.csv",
            "out.mp4",
        ]

    def test_a_part_and_only_some_frames(self, clip: Path, tmp_path: Path, bench: Bench) -> None:
        output, table = tmp_path / "out.mp4", tmp_path / "out.csv"
        summary = detect_video(
            str(clip), bench.pool, "a", output=output, table=table, start=0.4, end=1.2, every=4
        )
        # Frames 10, 14, 18, 22, 26 lie within 0.4 s and 1.2 s.
        assert summary.frames == 5
        rows = rows_of(table)
        assert [int(row["frame"]) for row in rows] == [10, 14, 18, 22, 26]
        assert [float(row["x1"]) for row in rows] == [10, 14, 18, 22, 26]
        assert [float(row["time"]) for row in rows] == [0.4, 0.56, 0.72, 0.88, 1.04]
        assert times_of(output) == pytest.approx([0, 0.16, 0.32, 0.48, 0.64])

    def test_uneven_times_reach_the_video(self, tmp_path: Path, bench: Bench) -> None:
        times = [0.0, 0.04, 0.05, 0.3, 1.0]
        clip = write_clip(tmp_path / "uneven.mp4", times)
        detect_video(str(clip), bench.pool, "a", output=tmp_path / "out.mp4")
        assert times_of(tmp_path / "out.mp4") == pytest.approx(times)

    def test_the_threshold_reaches_the_detector(self, clip: Path, bench: Bench) -> None:
        detect_video(str(clip), bench.pool, "a", score_threshold=0.3, end=0.1)
        assert bench.detectors["a"].thresholds == [0.3] * 3

    def test_nobody_found_still_makes_a_table(self, clip: Path, tmp_path: Path) -> None:
        import supervision as sv

        class Blind(FakeDetector):
            def detect(self, *_: Any) -> sv.Detections:
                return sv.Detections.empty()

        pool = DetectorPool([fake_preset("a")], make=lambda preset, **_: Blind(preset))
        summary = detect_video(str(clip), pool, table=tmp_path / "out.csv")
        assert (summary.frames, summary.people) == (50, 0)
        assert (
            tmp_path / "out.csv"
        ).read_text() == "frame,time,track,x1,y1,x2,y2,score,preset,zone\n"

    def test_stopping_early_keeps_what_there_is(
        self, clip: Path, tmp_path: Path, bench: Bench
    ) -> None:
        output, table = tmp_path / "out.mp4", tmp_path / "out.csv"
        stop = threading.Event()

        def on_progress(progress: Progress) -> None:
            if progress.frames == 10:
                stop.set()

        summary = detect_video(
            str(clip),
            bench.pool,
            "a",
            output=output,
            table=table,
            on_progress=on_progress,
            stop=stop,
        )
        assert (summary.stopped, summary.frames) == (True, 10)
        assert len(times_of(output)) == len(rows_of(table)) == 10

    def test_a_source_that_breaks_keeps_what_there_is(
        self, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = FakeSource([0, 1, 2, SourceError("The cable is cut.")], live=False)
        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        output, table = tmp_path / "out.mp4", tmp_path / "out.csv"
        with pytest.raises(SourceError, match="The cable is cut"):
            detect_video("0", bench.pool, "a", output=output, table=table)
        assert source.closed.is_set()
        assert [number for number in times_of(output)] == pytest.approx([0, 0.04, 0.08])
        assert [row["frame"] for row in rows_of(table)] == ["0", "1", "2"]

    def test_targets_are_checked_before_any_work(
        self, clip: Path, tmp_path: Path, bench: Bench
    ) -> None:
        (tmp_path / "there.csv").touch()
        for keywords, words in [
            ({"output": clip, "overwrite": True}, "is the source itself"),
            ({"output": tmp_path / "out.gif"}, "suffixes"),
            ({"table": tmp_path / "there.csv"}, "exists already"),
            (
                {"output": tmp_path / "x.mp4", "table": tmp_path / "x.mp4"},
                "cannot be two kinds",
            ),
        ]:
            with pytest.raises(OutputError, match=words):
                detect_video(str(clip), bench.pool, "a", **keywords)
        assert bench.detectors["a"].calls == 0

    def test_targets_that_the_system_refuses(
        self, clip: Path, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(OutputError, match="cannot be written: File name too long"):
            detect_video(str(clip), bench.pool, "a", table=tmp_path / ("x" * 300 + ".csv"))

        def refused(path: Path, **_: Any) -> bool:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "exists", refused)
        with pytest.raises(OutputError, match="cannot be written: Permission denied"):
            check_output(tmp_path / "out.csv", overwrite=False)

    def test_a_target_that_cannot_be_begun_leaves_nothing_open(
        self, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = FakeSource([0], live=False)

        def refuse(path: Path, **_: Any) -> None:
            raise OutputError(f"{path} cannot be written: no space left.")

        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        monkeypatch.setattr(headless, "TableWriter", refuse)
        with pytest.raises(OutputError, match="no space left"):
            detect_video("0", bench.pool, "a", table=tmp_path / "out.csv")
        assert source.closed.is_set()

    def test_limits_that_leave_nothing(self, clip: Path, bench: Bench) -> None:
        for keywords in ({"start": -1.0}, {"start": 2.0, "end": 1.0}, {"every": 0}):
            with pytest.raises(ValueError, match="must"):
                detect_video(str(clip), bench.pool, "a", **keywords)

    def test_an_unknown_preset(self, clip: Path, bench: Bench) -> None:
        with pytest.raises(KeyError, match="no preset 'c'"):
            detect_video(str(clip), bench.pool, "c")


@pytest.mark.parametrize(
    ("size", "said"), [((640, 64), True), ((64, 640), True), ((256, 64), False)]
)
def test_panoramas_are_warned_of(
    tmp_path: Path, bench: Bench, size: tuple[int, int], said: bool
) -> None:
    path = write_clip(tmp_path / "wide.mp4", [0, 0.04], size=size)
    told: list[str] = []
    detect_video(str(path), bench.pool, "a", on_message=told.append)
    assert told == (
        [
            f"warning: pictures of {size[0]} x {size[1]} pixels are shrunk a lot to be searched "
            "whole, and people in them may be missed; detail 'auto' searches their parts"
        ]
        if said
        else []
    )


def test_a_panorama_is_searched_in_parts(tmp_path: Path, bench: Bench) -> None:
    path = write_clip(tmp_path / "wide.mp4", [0, 0.04], size=(640, 64))
    told: list[str] = []
    summary = detect_video(str(path), bench.pool, "a", detail=Detail.AUTO, on_message=told.append)
    assert told == []
    # The input is square: 640 pixels in steps of 64 - 28.8 take 18 tiles, beside the whole.
    assert (summary.frames, bench.detectors["a"].calls) == (2, 2 * 19)
    results = list(iterate_results(str(path), bench.pool, "a", detail=Detail.FINER))
    assert [result.rows for result in results] == [2, 2]


class TestIterateResults:
    def test_gives_every_frame(self, clip: Path, bench: Bench) -> None:
        results = list(iterate_results(str(clip), bench.pool, "a"))
        assert [number_in(result.frame.image) for result in results] == list(range(50))

    def test_leaving_early_closes_everything(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = FakeSource(range(100), live=False)
        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        results = iterate_results("ignored", bench.pool, "a")
        assert next(results).frame.index == 0
        results.close()
        assert source.closed.is_set()

    def test_a_silent_source_can_be_stopped(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = FakeSource([0], live=True)
        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        stop = threading.Event()
        results = iterate_results("0", bench.pool, "a", stop=stop)
        next(results)
        stop.set()
        assert next(results, None) is None


def test_the_deepest_preset_is_the_default_where_no_accuracy_is_known(clip: Path) -> None:
    presets = [fake_preset("float", 0), fake_preset("all", 5), fake_preset("half", 3)]
    pool = DetectorPool(presets, make=lambda preset, **_: FakeDetector(preset))
    assert choose_preset(pool) == "all"
    assert detect_video(str(clip), pool, end=0.1).presets == ("all",)
    with pytest.raises(PresetError, match="no preset"):
        choose_preset(DetectorPool([]))


def test_a_table_that_cannot_be_written_leaves_nothing_and_tells_the_first_error(
    clip: Path, tmp_path: Path, bench: Bench
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    result = next(iterate_results(str(clip), bench.pool, "a"))

    def fill(path: Path) -> None:
        with TableWriter(path) as table:
            table._file.close()
            table._file = Full()
            table._rows = csv.writer(table._file)
            table.append(result)

    with pytest.raises(OutputError, match="No space left on device"):
        fill(tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


class TestExcerpt:
    def test_knows_how_many_frames_there_will_be(self, clip: Path) -> None:
        # 2 s at 25 frames/s; from 0.5 s to the end; every third of those.
        assert Excerpt(FileSource(clip)).total == 50
        assert Excerpt(FileSource(clip), start=0.4).total == 40
        part = Excerpt(FileSource(clip), start=0.4, end=1.0, every=5)
        assert (part.total, part.rate) == (3, 5.0)

    def test_a_start_beyond_the_end_gives_nothing(self, clip: Path) -> None:
        assert Excerpt(FileSource(clip), start=60.0).read() is None

    def test_without_seeking_it_reads_up_to_the_start(self) -> None:
        source = FakeSource([*range(20), None], live=False)
        part = Excerpt(source, start=0.2, end=0.4, every=2)
        read = []
        while (frame := part.read()) is not None:
            read.append(frame.index)
        # A frame every 0.04 s: 5 is at 0.2 s, 10 at 0.4 s.
        assert read == [5, 7, 9]

    def test_a_live_source_is_over_without_ending(self) -> None:
        part = Excerpt(FakeSource([*range(20), None], live=True), end=0.06)
        frames = [part.read() for _ in range(4)]
        assert [part.over(frame) for frame in frames if frame] == [False, False, True, True]
        again = part.again(FakeSource([*range(5), None], live=True))
        frame = again.read()
        assert frame is not None
        assert not again.over(frame)


def test_pictures_that_cannot_be_read_are_named(tmp_path: Path, bench: Bench) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), numbered_image(number))
    (tmp_path / "1.png").write_bytes(b"no picture")
    told: list[str] = []
    summary = detect_video(str(tmp_path), bench.pool, "a", on_message=told.append)
    assert summary.frames == 2
    assert told == ["left out: 1.png: not a picture"]


class TestLive:
    def test_it_is_opened_again_and_ends_when_asked(
        self, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lost = SourceError("The cable is cut.")
        sources = [FakeSource([0, lost], live=True), FakeSource([1, 2, 3], live=True)]
        opened = iter(sources)
        monkeypatch.setattr(headless, "open_source", lambda spec: next(opened))
        stop = threading.Event()
        told: list[str] = []

        def on_progress(progress: Progress) -> None:
            if progress.frames == 2:
                stop.set()

        table = tmp_path / "out.csv"
        summary = detect_video(
            "0",
            bench.pool,
            "a",
            table=table,
            on_progress=on_progress,
            on_message=told.append,
            stop=stop,
        )
        assert (summary.stopped, summary.frames) == (True, 2)
        assert told[0].startswith("The cable is cut. Trying again in ")
        rows = rows_of(table)
        assert rows[0]["frame"] == "0"
        assert len(rows) == 2
        assert all(source.closed.wait(PATIENCE) for source in sources)

    def test_its_files_have_their_names_from_the_start(
        self, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = FakeSource([0], live=True)
        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        seen: list[list[str]] = []

        def on_progress(progress: Progress) -> None:
            seen.append(sorted(path.name for path in tmp_path.iterdir()))
            stop.set()

        stop = threading.Event()
        detect_video(
            "0",
            bench.pool,
            "a",
            table=tmp_path / "out.csv",
            jsonlines=tmp_path / "out.jsonl",
            on_progress=on_progress,
            stop=stop,
        )
        assert seen[0] == ["out.csv", "out.jsonl"]

    def test_it_ends_at_its_end(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        source = FakeSource([0], live=True)
        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        # Frames are 0.04 s apart, so the end lies before the fourth.
        done: list[int] = []

        def on_progress(progress: Progress) -> None:
            done.append(progress.frames)
            source.give(len(done))

        summary = detect_video("0", bench.pool, "a", end=0.1, on_progress=on_progress)
        assert done == [1, 2, 3]
        assert (summary.frames, summary.stopped) == (3, False)

    def test_it_ends_in_time_also_while_nothing_comes(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = FakeSource([0], live=True)
        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        monkeypatch.setattr(excerpt_module, "GRACE", 0.0)
        summary = detect_video("0", bench.pool, "a", end=0.3)
        assert (summary.frames, summary.stopped) == (1, False)

    def test_what_comes_before_the_start_is_left_out_after_a_loss_too(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A frame each 0.04 s: the first source is lost at 0.08 s.
        lost = SourceError("The cable is cut.")
        first = FakeSource([0, 1, lost], live=True)
        second = FakeSource(live=True)
        opened = iter([first, second])
        monkeypatch.setattr(headless, "open_source", lambda spec: next(opened))
        excerpt = Excerpt(FakeSource(live=True), start=0.2)
        frame = Frame(numbered_image(0), 0, 0.1, 0.0)
        assert excerpt.early(frame)
        assert not excerpt.early(replace(frame, time=0.2))
        assert not excerpt.again(second).early(frame)
        # 0.2 s may pass before anything comes, and that is no silence.
        assert excerpt.watchdog().stall_after > STALL_AFTER
        assert Excerpt(first, every=900).watchdog().abandon_after > 900


class TestEverythingAtOnce:
    def test_all_kinds_of_files(self, clip: Path, tmp_path: Path, bench: Bench) -> None:
        paths = {
            "output": tmp_path / "out.mkv",
            "table": tmp_path / "out.csv",
            "jsonlines": tmp_path / "out.jsonl",
            "coco": tmp_path / "out.json",
        }
        counter = PeopleCounter([Line("wall", (0.5, 0.0), (0.5, 1.0))])
        summary = detect_video(str(clip), bench.pool, "a", counter=counter, blurred=True, **paths)
        assert summary.outputs == tuple(paths.values())
        assert len(rows_of(paths["table"])) == 50
        lines = [json.loads(line) for line in paths["jsonlines"].read_text().splitlines()]
        assert sum(line["type"] == "detection" for line in lines) == 50
        coco = json.loads(paths["coco"].read_text())
        assert (len(coco["images"]), len(coco["annotations"])) == (50, 50)
        # The box moves a pixel to the right in every frame: from 5 to 54, of 128.
        assert summary.counts is not None
        assert summary.counts.total == 1
        assert [line.name for line in summary.counts.lines] == ["wall"]

    def test_auto_uses_what_keeps_up(self, clip: Path) -> None:
        presets = [fake_preset("shallow", 0), fake_preset("deep", 5)]

        class Slow(FakeDetector):
            def detect(self, image: Any, score_threshold: float | None = None) -> Any:
                if self.preset.name == "shallow":
                    threading.Event().wait(0.1)
                return super().detect(image, score_threshold)

        pool = DetectorPool(presets, make=lambda preset, **_: Slow(preset))
        summary = detect_video(str(clip), pool, headless.AUTO, target_rate=25)
        assert summary.frames == 50
        # It begins with what is fast.
        assert summary.presets[0] == "deep"

    def test_auto_goes_where_there_is_room_and_leaves_out_what_is_broken(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        presets = [fake_preset("shallow", 0), fake_preset("broken", 3), fake_preset("deep", 5)]

        def make(preset: Any, **_: Any) -> FakeDetector:
            if preset.name == "broken":
                raise PresetError("broken is damaged")
            return FakeDetector(preset)

        pool = DetectorPool(presets, make=make)
        source = FakeSource(live=False)
        source.rate = 25.0
        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        stop = threading.Event()
        used: set[str] = set()
        for number, result in enumerate(
            _fed(headless.iterate_results("x.mp4", pool, headless.AUTO, stop=stop), source)
        ):
            used.add(result.preset)
            if "shallow" in used or number > 5000:
                stop.set()
        # At 25 frames per second there is a lot of room.
        assert used == {"deep", "shallow"}
        pool.close()

    def test_a_rate_that_is_none(self, clip: Path, bench: Bench) -> None:
        for rate in (0.0, -1.0, float("nan"), float("inf")):
            with pytest.raises(ValueError, match="positive number"):
                detect_video(str(clip), bench.pool, headless.AUTO, target_rate=rate)


def _fed(results: Any, source: FakeSource) -> Any:
    """Give the source a frame per result, at a pace at which seconds pass."""
    source.give(0)
    for result in results:
        yield result
        threading.Event().wait(0.005)
        source.give(result.frame.index + 1)


def test_recording_of_a_recording_has_the_same_times(
    clip: Path, tmp_path: Path, bench: Bench
) -> None:
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    detect_video(str(clip), bench.pool, "a", output=first)
    detect_video(str(first), bench.pool, "a", output=second)
    assert times_of(second) == times_of(first) == pytest.approx([n / 25 for n in range(50)])
