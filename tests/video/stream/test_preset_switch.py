import pytest

from pedcam.detect.pool import DetectorPool
from pedcam.video.stream.preset_switch import Pace, PresetSwitch
from tests.factories import fake_preset, make_frame


class TestPace:
    def test_frames_that_nobody_saw_count(self):
        pace = Pace()
        rates = [pace.observe(make_frame(3 * place, captured=place * 0.1)) for place in range(30)]
        assert rates[:3] == [0.0, 0.0, 0.0]
        assert rates[3:] == pytest.approx([30.0] * 27)

    def test_the_last_two_seconds_count(self):
        pace = Pace()
        for place in range(20):
            pace.observe(make_frame(place, captured=place * 0.1))
        # It slows down from 10 to 2 frames per second.
        for place in range(1, 10):
            rate = pace.observe(make_frame(19 + place, captured=1.9 + place * 0.5))
        assert rate == pytest.approx(2.0)

    def test_a_jump_begins_anew(self):
        pace = Pace()
        for place in range(10):
            pace.observe(make_frame(place, captured=place * 0.1))
        assert pace.observe(make_frame(500, captured=1.0, segment=1)) == 0.0

    def test_frames_at_one_instant_say_nothing(self):
        pace = Pace()
        assert [pace.observe(make_frame(place)) for place in range(9)] == [0.0] * 9


class TestAutoWithSizes:
    @pytest.fixture
    def pool(self):
        presets = [
            fake_preset("half", 14, found=0.8, sizes={(128, 64): 0.9}),
            fake_preset("deep", 28, found=0.7, sizes={(128, 64): 0.75}),
        ]
        pool = DetectorPool(presets, make=lambda preset, **_: pytest.fail("it is not loaded here"))
        # Nothing is loaded after the end.
        pool.close()
        return pool

    @pytest.mark.parametrize(
        ("chosen", "wanted"),
        [
            ("half", "half"),
            ("half@128x64", "half@128x64"),
            # Those that take as long and find more.
            ("deep", "half"),
            ("deep@128x64", "half@128x64"),
        ],
    )
    def test_it_begins_among_those_that_find_most_in_their_time(self, pool, chosen, wanted):
        switch = PresetSwitch(pool, chosen, lambda: None)
        switch.hold_rate(None)
        assert switch.auto
        assert switch.wanted == wanted
        assert bool(switch.reason) is (chosen != wanted)
