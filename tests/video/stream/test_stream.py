import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import CalibratedSize, PresetError
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.stream import Stream, StreamState, StreamStatus
from tests.factories import number_in, write_clip
from tests.nets import small_preset
from tests.video.standins import PATIENCE, Audience, Bench, FakeDetector, FakeSource, HungSource
from training.export.onnx_graph import describe_preset

S = StreamState


def switch_all_the_time(
    stream: Stream, audience: Audience, presets: Sequence[str], count: int
) -> None:
    """Switch between two presets from another thread, until all of ``count`` frames are seen."""

    def switch() -> None:
        for round_, done in enumerate(range(3, count, 3)):
            audience.wait(lambda done=done: len(audience.results) >= done)
            stream.set_preset(presets[round_ % 2])

    switcher = threading.Thread(target=switch)
    switcher.start()
    audience.wait_state(S.ENDED)
    switcher.join(PATIENCE)
    assert not switcher.is_alive()
    assert [result.frame.index for result in audience.results] == list(range(count))


class TestCompleteMode:
    def test_gives_every_frame_of_a_file_once_and_in_order(self, tmp_path, play, audience):
        clip = write_clip(tmp_path / "clip.mp4", [number * 0.04 for number in range(60)])
        stream = play(str(clip), complete=True)
        audience.wait_state(S.ENDED)
        assert audience.states == [S.CONNECTING, S.PLAYING, S.ENDED]
        assert [result.frame.index for result in audience.results] == list(range(60))
        assert [number_in(result.frame.image) for result in audience.results] == list(range(60))
        times = [result.frame.time for result in audience.results]
        assert times == pytest.approx([number * 0.04 for number in range(60)])
        # Every result holds what the detector saw in that very frame.
        assert [result.detections.xyxy[0, 0] for result in audience.results] == list(range(60))
        source = stream.source
        assert (source.title, source.live, source.size) == ("clip.mp4", False, (128, 64))
        assert source.rate == pytest.approx(25)
        assert source.duration == pytest.approx(2.4)
        assert {result.dropped for result in audience.results} == {0}

    def test_no_frame_is_lost_or_doubled_while_another_thread_switches(self, play, audience, bench):
        count = 600
        stream = play(FakeSource([*range(count), None], live=False), complete=True)

        switch_all_the_time(stream, audience, "ba", count)
        assert [result.detections.xyxy[0, 0] for result in audience.results] == list(range(count))
        used = [result.preset for result in audience.results]
        assert bench.detectors["a"].calls == used.count("a") > 0
        assert bench.detectors["b"].calls == used.count("b") > 0
        assert used.count("a") + used.count("b") == count

    def test_no_frame_is_lost_while_the_input_size_is_switched(self, play, audience, tmp_path):
        preset = small_preset(tmp_path, depth=24)
        preset = describe_preset(preset.path, sizes=(CalibratedSize((192, 128), 0.5),))
        count = 60
        sizes = [f"{preset.name}@192x128", preset.name]
        pool = DetectorPool([preset], threads=1)
        pool.get(sizes[0])  # else all could be over before it is loaded
        source = FakeSource([*range(count), None], live=False)
        stream = play(source, preset.name, complete=True, pool=pool)

        switch_all_the_time(stream, audience, sizes, count)
        assert {result.preset for result in audience.results} == set(sizes)

    def test_reads_the_next_frame_while_it_detects_on_this_one(self, play, audience, bench):
        detector = bench.detectors["a"]
        detector.hold()
        source = FakeSource([0, 1], live=False)
        play(source, complete=True)
        assert detector.started.get(timeout=PATIENCE) == 0
        # The next one was read and waits in the slot.
        source.wait_hungry()
        assert source.index == 2
        assert audience.results == []
        for _ in range(2):
            detector.let_go.release()

    def test_ends_instead_of_reconnecting_a_live_source(self, play, audience):
        play(FakeSource([0, 1, None], live=True), complete=True)
        audience.wait_state(S.ENDED)
        assert len(audience.results) >= 1
        assert S.RECONNECTING not in audience.states


class TestSideBySide:
    @pytest.fixture
    def lanes(self) -> Iterator[Bench]:
        """Two warm presets that detect on three frames side by side."""
        bench = Bench("ab", lanes=3).warm()
        yield bench
        bench.pool.close()

    def test_a_frame_that_is_done_early_waits_for_those_before_it(self, play, audience, lanes):
        a = lanes.detectors["a"]
        a.hold()
        play(FakeSource([*range(5), None], live=False), complete=True, pool=lanes.pool)
        assert {a.started.get(timeout=PATIENCE) for _ in range(3)} == {0, 1, 2}
        assert audience.results == []
        for _ in range(5):
            a.let_go.release()
        audience.wait_state(S.ENDED)
        assert [result.detections.xyxy[0, 0] for result in audience.results] == list(range(5))
        assert audience.log[-1].state is S.ENDED

    def test_no_frame_overtakes_another(self, play, audience):
        third = threading.Event()

        class Backwards(FakeDetector):
            def detect(self, image: Any, score_threshold: float | None = None) -> Any:
                if number_in(image) == 0:
                    assert third.wait(PATIENCE)
                if number_in(image) == 2:
                    assert audience.results == []
                    third.set()
                return super().detect(image, score_threshold)

        bench = Bench("a", lambda preset, **_: Backwards(preset), lanes=3).warm()
        play(FakeSource([*range(6), None], live=False), complete=True, pool=bench.pool)
        audience.wait_state(S.ENDED)
        assert [result.detections.xyxy[0, 0] for result in audience.results] == list(range(6))

    def test_no_frame_is_lost_while_another_thread_switches(self, play, audience, lanes):
        count = 300
        source = FakeSource([*range(count), None], live=False)
        stream = play(source, complete=True, pool=lanes.pool)
        switch_all_the_time(stream, audience, "ba", count)
        assert {result.preset for result in audience.results} == {"a", "b"}

    def test_frames_after_one_that_fails_are_kept_for_another_preset(self, play, audience, lanes):
        a = lanes.detectors["a"]
        a.hold()
        source = FakeSource([*range(6), None], live=False)
        stream = play(source, complete=True, pool=lanes.pool)
        for _ in range(3):
            a.started.get(timeout=PATIENCE)
        a.failure = PresetError("a is broken")
        for _ in range(3):
            a.let_go.release()
        assert audience.wait_state(S.FAILED).preset == "a"
        assert audience.results == []
        stream.set_preset("b")
        audience.wait_state(S.ENDED)
        assert [result.detections.xyxy[0, 0] for result in audience.results] == list(range(6))
        assert {result.preset for result in audience.results} == {"b"}

    @pytest.mark.parametrize("complete", [True, False], ids=["Auto", "real time"])
    def test_one_frame_at_a_time_where_its_time_counts(self, play, audience, complete):
        steered = threading.Event()
        running: list[int] = []
        most = []

        class Watched(FakeDetector):
            def warm_up(self) -> None:
                assert steered.wait(PATIENCE)

            def detect(self, image: Any, score_threshold: float | None = None) -> Any:
                running.append(0)
                most.append(len(running))
                time.sleep(0.002)
                running.pop()
                return super().detect(image, score_threshold)

        bench = Bench("ab", lambda preset, **_: Watched(preset), lanes=3)
        source = FakeSource([*range(20), None], live=False)
        stream = play(source, complete=complete, pool=bench.pool)
        if complete:
            stream.set_auto(25)
        steered.set()
        audience.wait_state(S.ENDED)
        assert set(most) == {1}

    def test_closing_leaves_frames_on_their_way(self, play, audience, lanes):
        a = lanes.detectors["a"]
        a.hold()
        stream = play(FakeSource([*range(9)], live=False), complete=True, pool=lanes.pool)
        for _ in range(3):
            a.started.get(timeout=PATIENCE)
        stream.close(timeout=PATIENCE)
        for _ in range(3):
            a.let_go.release()
        assert audience.results == []


class TestSwitching:
    def test_the_next_frame_after_the_one_in_flight_has_the_new_preset(self, play, audience, bench):
        old = bench.detectors["a"]
        old.hold()
        stream = play(FakeSource([*range(5), None], live=False), complete=True)
        assert old.started.get(timeout=PATIENCE) == 0
        stream.set_preset("b")
        assert stream.preset == "b"
        old.let_go.release()
        audience.wait_state(S.ENDED)
        assert [result.preset for result in audience.results] == ["a", "b", "b", "b", "b"]

    def test_the_old_preset_goes_on_until_the_new_one_is_warm(self, play, audience):
        may_load = threading.Event()
        loading = threading.Event()
        bench = Bench("ab")

        def make(preset: Any, **_: Any) -> Any:
            if preset.name == "b":
                loading.set()
                assert may_load.wait(PATIENCE)
            return bench.detectors[preset.name]

        slow = Bench("ab", make)
        slow.pool.get("a")
        source = FakeSource([0], live=False)
        stream = play(source, complete=True, pool=slow.pool)
        audience.wait_results(1)
        stream.set_preset("b")
        assert loading.wait(PATIENCE)
        source.give(1, 2)
        assert [result.preset for result in audience.wait_results(3)] == ["a", "a", "a"]
        may_load.set()
        slow.pool.get("b")
        source.give(3)
        assert audience.wait_results(4)[3].preset == "b"
        slow.pool.close()

    def test_a_preset_that_cannot_be_loaded_is_reported_and_left(self, play, audience):
        bench = Bench("ab")

        def make(preset: Any, **_: Any) -> Any:
            if preset.name == "b":
                raise PresetError("b.onnx is damaged")
            return bench.detectors[preset.name]

        broken = Bench("ab", make)
        source = FakeSource([0], live=False)
        stream = play(source, complete=True, pool=broken.pool)
        audience.wait_results(1)
        stream.set_preset("b")
        audience.wait(lambda: audience.statuses[-1].message)
        assert audience.statuses[-1] == StreamStatus(S.PLAYING, "b.onnx is damaged")
        assert stream.preset == "a"
        source.give(1)
        assert audience.wait_results(2)[1].preset == "a"

    def test_a_first_preset_that_cannot_be_loaded_fails(self, play, audience):
        def make(preset: Any, **_: Any) -> Any:
            raise PresetError("a.onnx is damaged")

        play(FakeSource(range(3), live=False), pool=Bench("a", make).pool)
        assert audience.wait_state(S.FAILED).message == "a.onnx is damaged"
        assert audience.results == []

    def test_unknown_names_are_refused_at_once(self, play, bench):
        with pytest.raises(KeyError, match="no preset 'c'"):
            Stream(
                SourceSpec("file", "Fake", ""), bench.pool, "c", on_result=print, on_status=print
            )
        stream = play(FakeSource(live=False))
        with pytest.raises(KeyError, match="no preset 'c'"):
            stream.set_preset("c")
        assert stream.preset == "a"


class TestRealTime:
    def test_the_newest_frame_of_a_live_source_wins(self, play, audience, bench):
        detector = bench.detectors["a"]
        detector.hold()
        source = FakeSource([0], live=True)
        play(source)
        assert detector.started.get(timeout=PATIENCE) == 0
        source.wait_hungry()
        source.give(1, 2, 3, 4)
        source.wait_hungry()
        detector.let_go.release()
        detector.let_go.release()
        first, second = audience.wait_results(2)
        assert (first.frame.index, first.dropped) == (0, 3)
        assert (second.frame.index, second.dropped) == (4, 3)
        assert number_in(second.frame.image) == 4

    def test_a_file_begins_when_the_detector_is_warm(self, play, audience):
        may_load = threading.Event()
        bench = Bench("a")

        def make(preset: Any, **_: Any) -> Any:
            assert may_load.wait(PATIENCE)
            return bench.detectors["a"]

        source = FakeSource(range(9), live=False)
        play(source, pool=Bench("a", make).pool)
        audience.wait_state(S.PLAYING)
        may_load.set()
        assert audience.wait_results(1)[0].frame.index == 0
        assert audience.results[0].dropped == 0

    def test_loops_count_on(self, play, audience):
        play([FakeSource([7, 8, None], live=False) for _ in range(9)], loop=True)
        results = audience.wait_results(5)[:5]
        assert [result.frame.index for result in results] == [0, 1, 2, 3, 4]
        assert [number_in(result.frame.image) for result in results] == [7, 8, 7, 8, 7]
        assert S.ENDED not in audience.states


class TestPause:
    def test_switching_detects_the_same_frame_again(self, play, audience, bench):
        source = FakeSource([5], live=False)
        stream = play(source)
        audience.wait_results(1)
        stream.pause()
        audience.wait_state(S.PAUSED)
        assert stream.paused
        stream.set_preset("b")
        first, second = audience.wait_results(2)
        assert second.frame is first.frame
        assert (first.preset, second.preset) == ("a", "b")
        stream.set_score_threshold(0.25)
        audience.wait_results(3)
        assert bench.detectors["b"].thresholds == [None, 0.25]
        stream.set_score_threshold(None)
        audience.wait_results(4)
        assert bench.detectors["b"].thresholds == [None, 0.25, None]
        assert len({id(result.frame) for result in audience.results}) == 1

    def test_changes_while_the_first_frame_is_in_flight_are_not_lost(self, play, audience, bench):
        detector = bench.detectors["a"]
        detector.hold()
        stream = play(FakeSource([5], live=False))
        assert detector.started.get(timeout=PATIENCE) == 5
        stream.pause()
        stream.set_score_threshold(0.25)
        for _ in range(2):
            detector.let_go.release()
        audience.wait_results(2)
        assert detector.thresholds == [None, 0.25]
        assert audience.results[1].frame is audience.results[0].frame

    def test_changes_while_the_last_frame_is_in_flight_are_not_lost(self, play, audience, bench):
        detector = bench.detectors["a"]
        detector.hold()
        stream = play(FakeSource([5, None], live=False), complete=True)
        assert detector.started.get(timeout=PATIENCE) == 5
        stream.set_score_threshold(0.25)
        for _ in range(2):
            detector.let_go.release()
        audience.wait_results(2)
        assert detector.thresholds == [None, 0.25]

    def test_a_file_stands_still_and_goes_on_without_loss(self, play, audience):
        source = FakeSource([0], live=False)
        stream = play(source)
        audience.wait_results(1)
        stream.pause()
        audience.wait_state(S.PAUSED)
        source.wait_hungry()
        source.give(1, 2, 3)
        for expected in (2, 3):
            stream.step()
            audience.wait_results(expected)
        stream.resume()
        audience.wait_state(S.PLAYING, 2)
        audience.wait_results(4)
        assert [result.frame.index for result in audience.results] == [0, 1, 2, 3]
        assert audience.results[-1].dropped == 0

    def test_a_live_source_runs_on_and_resumes_with_its_newest_frame(self, play, audience):
        source = FakeSource([0], live=True)
        stream = play(source)
        audience.wait_results(1)
        source.wait_hungry()
        stream.pause()
        source.give(1, 2, 3)
        source.wait_hungry()
        stream.resume()
        second = audience.wait_results(2)[1]
        assert (second.frame.index, second.dropped) == (3, 0)

    def test_before_it_plays_it_begins_paused(self, play, audience):
        may_open = threading.Event()

        def opener(_: SourceSpec) -> FakeSource:
            assert may_open.wait(PATIENCE)
            return FakeSource([0, 1], live=False)

        stream = play("ignored.mp4", opener=opener)
        stream.pause()
        may_open.set()
        audience.wait_state(S.PAUSED)
        assert audience.states == [S.CONNECTING, S.PAUSED]
        assert audience.results == []
        stream.resume()
        audience.wait_results(2)


class TestEndAndSeek:
    def test_the_end_comes_after_the_last_result(self, play, audience):
        play(FakeSource([0, 1, 2, None], live=False), complete=True)
        audience.wait_state(S.ENDED)
        assert audience.log[-1] == StreamStatus(S.ENDED)
        assert len(audience.results) == 3

    def test_the_last_frame_is_detected_again_after_the_end(self, play, audience):
        stream = play(FakeSource([0, 1, None], live=False), complete=True)
        audience.wait_state(S.ENDED)
        stream.set_preset("b")
        results = audience.wait_results(3)
        assert results[2].frame is results[1].frame
        assert results[2].preset == "b"

    def test_jumps_after_the_end_and_while_paused(self, tmp_path, play, audience):
        clip = write_clip(tmp_path / "clip.mp4", [number * 0.01 for number in range(50)])
        stream = play(str(clip))
        audience.wait_state(S.ENDED)
        stream.pause()
        done = len(audience.results)
        stream.seek(0.3)
        audience.wait_state(S.PAUSED)
        assert number_in(audience.wait_results(done + 1)[-1].frame.image) == 30
        stream.seek(0.1)
        assert number_in(audience.wait_results(done + 2)[-1].frame.image) == 10
        stream.seek(0.45)
        audience.wait_results(done + 3)
        stream.resume()
        audience.wait_state(S.ENDED, 2)
        shown = [number_in(result.frame.image) for result in audience.results[done:]]
        assert shown[:3] == [30, 10, 45]
        # Frames between may be dropped on a busy computer, but never the last.
        assert shown[-1] == 49


class TestLoss:
    def test_a_source_that_cannot_be_opened_fails_once(self, play, audience):
        play(SourceError("There is no file x. Check its name."))
        status = audience.wait_state(S.FAILED)
        assert status.message == "There is no file x. Check its name."
        assert audience.states == [S.CONNECTING, S.FAILED]

    def test_a_live_source_is_opened_again_and_counts_on(self, play, audience):
        openings = [
            FakeSource([0, 1, SourceError("Lost it.")], live=True),
            SourceError("Still gone."),
            FakeSource([2, 3], live=True),
        ]
        play(openings, first_retry=0.0)
        audience.wait(lambda: audience.results and audience.results[-1].frame.index == 3)
        assert openings[0].closed.is_set()
        assert audience.states == [
            S.CONNECTING,
            S.PLAYING,
            S.RECONNECTING,
            S.RECONNECTING,
            S.PLAYING,
        ]
        messages = [status.message for status in audience.statuses if status.message]
        assert messages == ["Lost it. Trying again in 0.0 s.", "Still gone. Trying again in 0.0 s."]
        times = [result.frame.time for result in audience.results]
        assert times == sorted(times)

    def test_a_file_that_breaks_fails_after_its_last_result(self, play, audience):
        play(FakeSource([0, 1, SourceError("Broken.")], live=False), complete=True)
        assert audience.wait_state(S.FAILED).message == "Broken."
        assert [result.frame.index for result in audience.results] == [0, 1]
        assert audience.log[-1] == StreamStatus(S.FAILED, "Broken.")

    def test_an_unforeseen_error_in_reading_is_shown(self, play, audience):
        play(FakeSource([0, ZeroDivisionError("oops")], live=False), complete=True)
        assert "oops" in audience.wait_state(S.FAILED).message

    def test_an_error_in_detecting_is_shown_and_another_preset_helps(self, play, audience, bench):
        bench.detectors["a"].failure = RuntimeError("out of memory")
        stream = play(FakeSource([0, 1, None], live=False), complete=True)
        assert "out of memory" in audience.wait_state(S.FAILED).message
        assert audience.results == []
        stream.set_preset("b")
        audience.wait_state(S.ENDED)
        assert audience.states == [S.CONNECTING, S.PLAYING, S.FAILED, S.PLAYING, S.ENDED]
        shown = [(result.frame.index, result.preset) for result in audience.results]
        assert shown == [(0, "b"), (1, "b")]
        assert bench.detectors["a"].calls == 1

    def test_an_error_in_detecting_again_after_the_end(self, play, audience, bench):
        bench.detectors["b"].failure = PresetError("b.onnx is damaged")
        stream = play(FakeSource([0, None], live=False), complete=True)
        audience.wait_state(S.ENDED)
        stream.set_preset("b")
        assert audience.wait_state(S.FAILED).message == "b.onnx is damaged"
        stream.set_preset("a")
        audience.wait_state(S.ENDED, 2)
        assert [result.preset for result in audience.results] == ["a", "a"]
        assert audience.states[-3:] == [S.ENDED, S.FAILED, S.ENDED]

    def test_an_error_in_detecting_outlasts_a_loss_of_the_source(self, play, audience, bench):
        bench.detectors["a"].failure = RuntimeError("out of memory")
        second = FakeSource([1], live=True)
        source = FakeSource([0], live=True)
        stream = play([source, second], first_retry=0.0)
        audience.wait_state(S.FAILED)
        source.give(SourceError("Lost it."))
        second.wait_hungry()
        assert stream.state is S.FAILED
        stream.set_preset("b")
        audience.wait_results(2)
        assert [result.frame.index for result in audience.results] == [0, 1]
        assert audience.states == [S.CONNECTING, S.PLAYING, S.FAILED, S.PLAYING]

    def test_an_error_in_telling_of_an_error_ends_nothing_else(self, play, audience):
        def on_result(_: Any) -> None:
            raise ValueError("bad subscriber")

        def on_status(status: StreamStatus) -> None:
            audience.on_status(status)
            if status.state in (S.FAILED, S.CLOSED):
                raise ValueError("bad listener")

        stream = play(FakeSource([0], live=False), on_result=on_result, on_status=on_status)
        audience.wait_state(S.FAILED)
        stream.close()
        assert audience.states == [S.CONNECTING, S.PLAYING, S.FAILED, S.CLOSED]

    def test_an_error_in_the_callback_does_not_go_unseen(self, play, audience):
        def on_result(_: Any) -> None:
            raise ValueError("bad subscriber")

        play(FakeSource([0, 1], live=False), on_result=on_result)
        assert "bad subscriber" in audience.wait_state(S.FAILED).message


class TestClose:
    def test_a_hanging_read_is_left_behind(self, play, audience):
        source = HungSource()
        stream = play(source)
        assert source.hangs.wait(PATIENCE)
        audience.wait_results(1)
        closer = threading.Thread(target=stream.close)
        closer.start()
        closer.join(2.0)
        assert not closer.is_alive()
        assert audience.states[-1] is S.CLOSED
        assert not source.closed.is_set()
        source.released.set()
        assert source.closed.wait(PATIENCE), "the abandoned thread must clean up when it wakes"

    def test_a_hanging_open_is_left_behind(self, play, audience):
        opening, released = threading.Event(), threading.Event()
        source = FakeSource(live=False)

        def opener(_: SourceSpec) -> FakeSource:
            opening.set()
            assert released.wait(PATIENCE)
            return source

        stream = play("ignored.mp4", opener=opener)
        assert opening.wait(PATIENCE)
        audience.wait_state(S.CONNECTING)
        closer = threading.Thread(target=stream.close)
        closer.start()
        closer.join(2.0)
        assert not closer.is_alive()
        released.set()
        assert source.closed.wait(PATIENCE)
        assert audience.states == [S.CONNECTING, S.CLOSED]

    def test_nothing_is_called_back_afterwards(self, play, audience):
        source = FakeSource(range(100), live=False)
        stream = play(source, complete=True)
        audience.wait_results(3)
        stream.close()
        heard = len(audience.log)
        assert audience.log[-1] == StreamStatus(S.CLOSED)
        assert source.closed.is_set()
        stream.close()
        stream.set_preset("b")
        stream.resume()
        stream.seek(0)
        assert len(audience.log) == heard
        assert stream.state is S.CLOSED

    def test_from_within_a_callback(self, play, audience):
        made: list[Stream] = []
        there = threading.Event()

        def on_result(result: Any) -> None:
            audience.on_result(result)
            assert there.wait(PATIENCE)
            made[0].close()

        made.append(play(FakeSource(range(50), live=False), on_result=on_result, complete=True))
        there.set()
        audience.wait_state(S.CLOSED)
        assert len(audience.results) == 1

    def test_before_it_was_started(self, bench, audience):
        stream = Stream(
            SourceSpec("file", "Fake", ""),
            bench.pool,
            "a",
            on_result=audience.on_result,
            on_status=audience.on_status,
        )
        stream.close()
        assert audience.log == []


def test_two_streams_share_a_pool(play, audience, bench):
    second = Audience()
    numbers = [*range(200), None]
    play(FakeSource(numbers, live=False), complete=True)
    play(
        FakeSource(numbers, live=False),
        complete=True,
        on_result=second.on_result,
        on_status=second.on_status,
    )
    for listener in (audience, second):
        listener.wait_state(S.ENDED)
        assert [result.detections.xyxy[0, 0] for result in listener.results] == list(range(200))
