"""What one may ask of a running stream: speed, steps, Auto, company."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from pedcam.detect.detail import BLOCK, DELAY, Detail
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.video.people.counters import IgnoredZone, Line
from pedcam.video.people.counts import Counts
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.frame import Frame, SourceError
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.capture import Watchdog
from pedcam.video.stream.playing import MOST_LEFT
from pedcam.video.stream.stream import Stream, StreamState
from tests.factories import fake_preset, make_detections, number_in, numbered_image, write_clip
from tests.video.standins import PATIENCE, Bench, FakeDetector, FakeSource, HungSource

S = StreamState


def numbers(audience) -> list[int]:
    return [number_in(result.frame.image) for result in audience.results]


def test_steered_from_many_threads_at_once(play, audience):
    source = FakeSource(range(50), live=False)
    stream = play(source)
    barrier = threading.Barrier(4)

    def steer() -> None:
        barrier.wait(PATIENCE)
        for _ in range(25):
            stream.set_preset("b")
            stream.pause()
            stream.seek(0.0)
            stream.set_speed(2.0)
            stream.step()
            stream.resume()

    threads = [threading.Thread(target=steer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    source.give(77, None)
    audience.wait_state(S.ENDED)
    assert numbers(audience)[-1] == 77
    assert audience.results[-1].preset == "b"


class TestSpeed:
    def test_only_some_are_possible(self, play):
        stream = play(FakeSource([0], live=False))
        for speed in (0.2, 4.1, -1.0, float("nan")):
            with pytest.raises(ValueError, match="is not between"):
                stream.set_speed(speed)
        stream.set_speed(0.25)
        assert stream.speed == 0.25


def test_stepping_back_and_forth(tmp_path, play, audience):
    clip = write_clip(tmp_path / "clip.mp4", [number / 25 for number in range(30)])
    stream = play(str(clip))
    audience.wait_results(1)
    stream.pause()
    stream.seek(0.4)
    audience.wait(lambda: numbers(audience)[-1] == 10)
    for expected in (9, 8, 7):
        stream.step_back()
        audience.wait(lambda expected=expected: numbers(audience)[-1] == expected)
    stream.step()
    audience.wait(lambda: numbers(audience)[-1] == 8)
    assert stream.paused
    assert len({result.frame.segment for result in audience.results[-5:]}) >= 4


def test_stepping_back_over_uneven_times(tmp_path, play, audience):
    times = [0.0, 0.04, 0.5, 0.51, 2.0]
    clip = write_clip(tmp_path / "clip.mp4", times)
    stream = play(str(clip), complete=True)
    audience.wait_state(S.ENDED)
    for expected in (3, 2, 1, 0, 0):
        count = len(audience.results)
        stream.step_back()
        audience.wait(lambda count=count: len(audience.results) > count)
        assert number_in(audience.results[-1].frame.image) == expected
        assert audience.results[-1].frame.time == pytest.approx(times[expected])


def test_back_from_the_end(tmp_path, play, audience):
    clip = write_clip(tmp_path / "clip.mp4", [number / 25 for number in range(5)])
    stream = play(str(clip), complete=True)
    audience.wait_state(S.ENDED)
    stream.step_back()
    audience.wait(lambda: numbers(audience)[-1] == 3)
    audience.wait_state(S.PAUSED)


def test_looping_can_be_switched_off_while_it_plays(play, audience):
    first, second = FakeSource([0, None], live=False), FakeSource([1], live=False)
    stream = play([first, second], loop=True)
    audience.wait_results(2)
    stream.set_loop(False)
    second.give(None)
    audience.wait_state(S.ENDED)
    assert [result.frame.segment for result in audience.results] == [0, 1]


class TestWatchdog:
    def test_silence_is_told_and_its_end_too(self, play, audience):
        source = FakeSource([0], live=True)
        play(source, watchdog=Watchdog(stall_after=0.05))
        status = audience.wait_state(S.STALLED)
        assert status.message == "Nothing comes from Fake at the moment."
        source.give(1)
        audience.wait_state(S.PLAYING, 2)
        audience.wait_results(2)
        # Before the result that ends the silence.
        last_two = [item for item in audience.log if item is not audience.results[0]][-2:]
        assert last_two[0] is audience.statuses[-1]
        assert last_two[1] is audience.results[1]
        assert audience.states[-1] is S.PLAYING

    def test_a_paused_source_may_be_silent(self, play, audience):
        source = FakeSource([0], live=True)
        stream = play(source, watchdog=Watchdog(stall_after=0.05))
        audience.wait_results(1)
        stream.pause()
        audience.wait_state(S.PAUSED)
        source.give(1)
        source.wait_hungry()
        threading.Event().wait(0.3)
        assert S.STALLED not in audience.states
        stream.resume()
        audience.wait_results(2)
        # Only now, as the silence goes on.
        audience.wait_state(S.STALLED)

    def test_a_read_that_hangs_is_left_and_the_source_opened_again(self, play, audience):
        hung = HungSource()
        play(
            [hung, FakeSource([5], live=True)],
            watchdog=Watchdog(stall_after=0.02, abandon_after=0.1),
            first_retry=0.0,
        )
        status = audience.wait_state(S.RECONNECTING)
        assert status.message == "Fake does not answer any more. Trying again in 0.0 s."
        assert status.retry_in == 0.0
        audience.wait_results(2)
        assert numbers(audience) == [0, 5]
        assert [result.frame.index for result in audience.results] == [0, 1]
        assert audience.results[1].frame.time > audience.results[0].frame.time
        assert [result.frame.segment for result in audience.results] == [0, 1]
        hung.released.set()
        assert hung.closed.wait(PATIENCE)

    def test_an_opening_that_hangs_fails(self, bench, audience):
        released = threading.Event()

        def opener(spec):
            assert released.wait(PATIENCE)
            raise SourceError("it came back")

        stream = Stream(
            SourceSpec("url", "Far", "rtsp://far"),
            bench.pool,
            "a",
            on_result=audience.on_result,
            on_status=audience.on_status,
            opener=opener,
            watchdog=Watchdog(stall_after=0.02, abandon_after=0.1),
        )
        stream.start()
        status = audience.wait_state(S.FAILED)
        assert status.message == "Far does not answer any more."
        # It is told once, however long the opening goes on hanging.
        threading.Event().wait(0.5)
        assert audience.states.count(S.FAILED) == 1
        released.set()
        stream.close()

    def test_few_threads_hang_however_long_it_lasts(self, bench, audience):
        released, opened = threading.Event(), []

        def opener(spec):
            opened.append(threading.current_thread())
            if len(opened) == 1:
                return FakeSource([0, SourceError("gone")], live=True)
            assert released.wait(PATIENCE)
            raise SourceError("it came back")

        stream = Stream(
            SourceSpec("camera", "Hung", "0"),
            bench.pool,
            "a",
            on_result=audience.on_result,
            on_status=audience.on_status,
            opener=opener,
            first_retry=0.0,
            watchdog=Watchdog(stall_after=0.01, abandon_after=0.03),
        )
        stream.start()
        audience.wait(lambda: audience.states.count(S.RECONNECTING) >= 4)
        threading.Event().wait(0.5)
        # The one that found it gone, and as many again as may hang.
        assert len(opened) <= 2 + MOST_LEFT
        released.set()
        stream.close()

    def test_a_file_on_a_slow_disk_is_waited_for(self, play, audience):
        source = FakeSource([0], live=False)
        play(source, watchdog=Watchdog(stall_after=0.02, abandon_after=0.05), complete=True)
        audience.wait_state(S.STALLED)
        source.give(1, None)
        audience.wait_state(S.ENDED)
        assert numbers(audience) == [0, 1]
        assert S.RECONNECTING not in audience.states


class FakeCrowd:
    """Notes what it is asked, and gives everybody the number 7."""

    ignored = ()

    def __init__(self) -> None:
        self.calls: list[str] = []

    def update(self, detections, *, index, time, size, score_threshold, now):
        assert score_threshold == 0.5
        self.calls.append(f"{index} {size[0]}x{size[1]}")
        detections = replace(detections)
        detections.tracker_id = [7] * len(detections)
        return detections, Counts(len(detections), 1, 0.0, events=("news",))

    def cut(self) -> None:
        self.calls.append("cut")


class TestFollowing:
    def test_people_have_numbers_and_are_counted(self, play, audience):
        counter = FakeCrowd()
        play(FakeSource([3, None], live=False), counter=counter)
        audience.wait_state(S.ENDED)
        result = audience.results[0]
        assert list(result.detections.tracker_id) == [7]
        assert result.counts == Counts(1, 1, 0.0, events=("news",))
        assert counter.calls == ["0 128x64"]

    def test_nobody_is_followed_over_a_loop_or_a_loss(self, play, audience):
        counter = FakeCrowd()
        first = FakeSource([1], live=True)
        play([first, FakeSource([2], live=True)], counter=counter, first_retry=0.0)
        # Of a live source that is lost at once nobody may have been seen: nothing to cut off.
        audience.wait(lambda: 1 in numbers(audience))
        first.give(SourceError("gone"))
        audience.wait(lambda: 2 in numbers(audience))
        assert counter.calls == ["0 128x64", "cut", "1 128x64"]

    def test_the_same_frame_does_not_count_twice(self, play, audience):
        counter = FakeCrowd()
        stream = play(FakeSource([3, None], live=False), counter=counter)
        audience.wait_state(S.ENDED)
        stream.set_preset("b")
        audience.wait_results(2)
        assert counter.calls == ["0 128x64"]
        assert audience.results[1].counts == Counts(1, 1, 0.0)


@contextmanager
def fast_camera(pool, audience):
    """A stream of a camera with 100 frames/s, not started yet, on the shallow preset."""
    stop = threading.Event()

    class Camera(FakeSource):
        def read(self) -> Frame | None:
            if stop.wait(0.01):
                return None
            index = self.index
            self.index += 1
            return Frame(numbered_image(index % 999), index, index * 0.01, time.perf_counter())

        def interrupt(self) -> None:
            stop.set()

    stream = Stream(
        SourceSpec("camera", "Fast", "0"),
        pool,
        "shallow",
        on_result=audience.on_result,
        on_status=audience.on_status,
        opener=lambda spec: Camera(live=True),
    )
    try:
        yield stream
    finally:
        stream.close()


def test_auto_goes_deeper_when_it_cannot_keep_up(audience):
    """A preset that needs 40 ms at 100 frames/s gives way to one that needs next to nothing."""

    class Slow(FakeDetector):
        def detect(self, image, score_threshold=None):
            if self.preset.info.depth == 0:
                threading.Event().wait(0.04)
            return super().detect(image, score_threshold)

    presets = [fake_preset("shallow", 0), fake_preset("deep", 5)]
    pool = DetectorPool(presets, make=lambda preset, **_: Slow(preset))
    for preset in presets:
        pool.get(preset.name)
    with fast_camera(pool, audience) as stream:
        stream.set_auto()
        assert stream.auto
        stream.start()
        audience.wait(lambda: audience.results and audience.results[-1].preset == "deep")
        assert audience.results[-1].reason
        # Whoever chooses a preset has the last word.
        stream.set_preset("shallow")
        assert not stream.auto
        count = len(audience.results)
        audience.wait(
            lambda: audience.results[-1].preset == "shallow" and len(audience.results) > count
        )
    pool.close()


class SeesSmall(FakeDetector):
    """Finds somebody 5 pixels high in a picture of 64, which is less than an eighth."""

    def detect(self, image, score_threshold=None):
        super().detect(image, score_threshold)
        return make_detections((50, 30, 53, 35))


class TestDetail:
    def test_switching_loses_no_frame(self, play, audience):
        source = FakeSource(live=False)
        stream = play(source, complete=True)
        for turn, detail in enumerate([*Detail] * 5):
            source.give(2 * turn, 2 * turn + 1)
            # While the second may be searched.
            audience.wait_results(2 * turn + 1)
            stream.set_detail(detail)
        source.give(None)
        audience.wait_state(S.ENDED)
        audience.wait(lambda: audience.results[-1].rows == 3)
        assert numbers(audience)[:40] == [*range(40)]

    def test_the_picture_at_rest_is_searched_again(self, play, audience, bench):
        stream = play(FakeSource([3, None], live=False), detail=Detail.FINER)
        audience.wait_state(S.ENDED)
        # Two inputs of 64 pixels see 99.2 for 128, and one more than the 64.
        assert bench.detectors["a"].calls == 3
        stream.set_detail(Detail.WHOLE)
        audience.wait_results(2)
        assert [result.rows for result in audience.results] == [2, 0]
        assert bench.detectors["a"].calls == 4

    @pytest.mark.parametrize("lanes", [1, 4])
    def test_automatic_looks_closer_at_the_same_frame_however_many_lanes(
        self, play, audience, lanes
    ):
        bench = Bench("a", lambda preset, **_: SeesSmall(preset), lanes)
        play(
            FakeSource([*range(80), None], live=False),
            pool=bench.pool,
            complete=True,
            detail=Detail.AUTO,
        )
        audience.wait_state(S.ENDED)
        rows = [result.rows for result in audience.results]
        first = BLOCK + DELAY - 1
        assert rows == [1] * first + [2] * (80 - first)
        bench.pool.close()


def test_auto_holds_the_rate_of_a_stream_that_looks_closer(audience):
    """The whole picture takes no time, but each part of it more than there is for a frame."""

    class Slow(FakeDetector):
        def detect(self, image, score_threshold=None):
            if self.preset.info.depth == 0 and image.shape[1] < 128:
                threading.Event().wait(0.02)
            return super().detect(image, score_threshold)

    presets = [fake_preset("shallow", 0), fake_preset("deep", 5)]
    pool = DetectorPool(presets, make=lambda preset, **_: Slow(preset))
    for preset in presets:
        pool.get(preset.name)
    with fast_camera(pool, audience) as stream:
        stream.set_auto()
        stream.start()
        assert audience.wait_results(10)[0].preset == "shallow"
        stream.set_detail(Detail.FINER)
        audience.wait(lambda: audience.results[-1].preset == "deep")
        assert audience.results[-1].rows == 2
    pool.close()


class TestAutoAndBrokenPresets:
    @pytest.fixture
    def start(self, audience):
        started = []

        def start(make, source, preset="shallow"):
            presets = [fake_preset("shallow", 0), fake_preset("middle", 3), fake_preset("deep", 5)]
            pool = DetectorPool(presets, make=make)
            stream = Stream(
                SourceSpec("file", "Fake", ""),
                pool,
                preset,
                complete=True,
                on_result=audience.on_result,
                on_status=audience.on_status,
                opener=lambda spec: source,
            )
            started.extend([stream, pool])
            stream.set_auto()
            stream.start()
            return stream

        yield start
        for each in started:
            each.close()

    def test_one_that_cannot_be_loaded_is_left_out(self, start, audience):
        def make(preset, **_):
            if preset.name == "shallow":
                raise PresetError("shallow is damaged")
            return FakeDetector(preset)

        start(make, FakeSource([0, 1, None], live=False))
        audience.wait_state(S.ENDED)
        assert [result.preset for result in audience.results] == ["deep", "deep"]
        assert audience.wait_state(S.FAILED).message == "shallow is damaged"

    def test_one_that_fails_at_a_frame_is_left_out(self, start, audience):
        class Breaking(FakeDetector):
            def detect(self, image, score_threshold=None):
                if self.preset.name != "middle" and number_in(image) >= 1:
                    raise RuntimeError("broken")
                return super().detect(image, score_threshold)

        start(lambda preset, **_: Breaking(preset), FakeSource([0, 1, 2, None], live=False))
        audience.wait_state(S.ENDED)
        assert numbers(audience) == [0, 1, 2]
        assert [result.preset for result in audience.results] == ["shallow", "middle", "middle"]

    def test_where_none_is_left_it_says_so(self, start, audience):
        def make(preset, **_):
            raise PresetError(f"{preset.name} is damaged")

        start(make, FakeSource([0], live=False))
        audience.wait(lambda: audience.states.count(S.FAILED) == 3)
        assert audience.results == []


def test_a_first_preset_that_cannot_be_loaded_can_be_replaced(audience):
    def make(preset, **_):
        if preset.name == "a":
            raise PresetError("a is damaged")
        return FakeDetector(preset)

    pool = DetectorPool([fake_preset("a"), fake_preset("b")], make=make)
    stream = Stream(
        SourceSpec("file", "Fake", ""),
        pool,
        "a",
        complete=True,
        on_result=audience.on_result,
        on_status=audience.on_status,
        opener=lambda spec: FakeSource([0, 1, None], live=False),
    )
    stream.start()
    audience.wait_state(S.FAILED)
    stream.set_preset("b")
    audience.wait_state(S.ENDED)
    assert numbers(audience) == [0, 1]
    stream.close()
    pool.close()


class TestIgnoredZones:
    # Somebody's feet are at 10, 21 of 128 x 64 pixels.
    POSTER = IgnoredZone("Poster", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))

    def test_at_rest_the_frame_is_detected_again_when_they_change(self, play, audience, bench):
        counter = PeopleCounter()
        stream = play(FakeSource([5], live=False), counter=counter)
        audience.wait_results(1)
        stream.pause()
        audience.wait_state(S.PAUSED)
        counter.set_zones((), (), [self.POSTER])
        audience.wait_results(2)
        # Lines and zones are counted at from the next frame on, and change nothing here.
        counter.set_zones([Line("Door", (0.1, 0.5), (0.9, 0.5))], (), [self.POSTER])
        counter.set_zones((), ())
        audience.wait_results(3)
        stream.close()
        shown = audience.results
        assert [len(result.detections) for result in shown] == [1, 0, 1]
        assert [result.ignored for result in shown] == [(), (self.POSTER,), ()]
        assert len({id(result.frame) for result in shown}) == 1
        assert bench.detectors["a"].calls == 3

    def test_while_it_plays_nobody_is_found_in_them(self, play, audience):
        counter = PeopleCounter(ignored=[self.POSTER])
        # The feet move from 60 to 74; 64 is the border, on which one is ignored.
        source = FakeSource([*range(55, 70), None], live=False)
        play(source, counter=counter, complete=True)
        audience.wait_state(S.ENDED)
        found = [len(result.detections) for result in audience.results]
        assert found == [0] * 5 + [1] * 10
        assert {result.ignored for result in audience.results} == {(self.POSTER,)}
        assert audience.results[-1].counts.total == 1
