import math
import random
from collections.abc import Callable, Mapping
from itertools import pairwise

import pytest

from pedcam.video.stream.governor import Governor, Move

# Milliseconds of each preset on the imagined machine, the shallowest first.
COSTS = {"d0": 20.8, "d4": 17.0, "d8": 13.5, "d12": 10.0, "d13": 7.4}
NAMES = list(COSTS)
KEEPS_UP, MARGIN = 0.95, 0.8  # of the period


def always(load: float) -> Callable[[float], float]:
    return lambda now: load


def from_then_on(load: float, start: float, end: float = math.inf) -> Callable[[float], float]:
    """A load that multiplies every time between two moments."""
    return lambda now: load if start <= now < end else 1.0


class Machine:
    """A detecting thread whose frames take what a table says, times a load.

    Attributes:
        preset: What runs now.
        now: Seconds.
        moves: Every move so far, with its time.
    """

    def __init__(
        self,
        governor: Governor,
        rate: float,
        *,
        costs: Mapping[str, float] = COSTS,
        preset: str | None = None,
        load: Callable[[float], float] | None = None,
        frame_ms: Callable[["Machine"], float] | None = None,
        claimed_rate: float | None = None,
        noise: float = 0.0,
        in_flight: int = 1,
    ) -> None:
        self.governor = governor
        self.rate = rate
        self.costs = costs
        self.preset = preset or next(iter(costs))
        self.load = load or always(1)
        self.frame_ms = frame_ms or (lambda machine: machine.costs[machine.preset])
        self.claimed_rate = rate if claimed_rate is None else claimed_rate
        self.noise = noise
        self.in_flight = in_flight
        self.random = random.Random(7)
        self.now = 0.0
        self.arrived = 0.0
        self.moves: list[tuple[float, Move]] = []
        self._next: list[str] = []

    def frame(self, factor: float = 1.0) -> Move | None:
        """Do one frame; a move begins after the frames that were in flight."""
        factor *= self.load(self.now) * (1 + self.random.uniform(-self.noise, self.noise))
        busy_ms = factor * self.frame_ms(self)
        self.now += max(busy_ms / 1000, 1 / self.rate)
        move = self.governor.observe(self.preset, busy_ms, self.now, self.claimed_rate)
        if move is not None:
            self.moves.append((self.now, move))
            self._next = [self.preset] * self.in_flight + [move.preset]
        if self._next:
            following = self._next.pop(0)
            if following != self.preset:
                self.preset, self.arrived = following, self.now
        return move

    def run(self, seconds: float) -> "Machine":
        end = self.now + seconds
        while self.now < end:
            self.frame()
        return self

    def moves_since(self, start: float) -> list[str]:
        return [move.preset for time, move in self.moves if time >= start]


def period_ms(rate: float) -> float:
    return 1000 / rate


def fits(preset: str, share: float, rate: float, load: float) -> bool:
    return COSTS[preset] * load <= share * period_ms(rate)


def shallowest_that_fits(rate: float, load: float) -> str:
    """With margin, or the deepest."""
    return next((name for name in NAMES if fits(name, MARGIN, rate, load)), NAMES[-1])


class TestAtRest:
    @pytest.mark.parametrize("noise", [0.0, 0.1])
    @pytest.mark.parametrize("start", [NAMES[0], NAMES[-1]])
    @pytest.mark.parametrize(("rate", "load"), [(10, 1), (10, 7), (25, 2.2), (25, 3.1), (60, 1.6)])
    def test_nothing_moves_for_ten_minutes_once_it_is_found(self, rate, load, start, noise):
        machine = Machine(Governor(NAMES), rate, preset=start, load=always(load), noise=noise)
        machine.run(30)
        assert machine.run(600).moves_since(30) == []

    @pytest.mark.parametrize("rate", [10, 25])
    @pytest.mark.parametrize(
        ("shares", "start", "moves"),
        [
            # Just keeping up.
            ((0.95, 0.7), "a", []),
            # Just fitting.
            ((0.8, 0.6), "b", ["a"]),
            # Just too busy for a try.
            ((0.9, 0.81), "b", []),
        ],
    )
    def test_a_cost_at_the_very_edge_makes_for_few_moves(self, shares, start, moves, rate):
        costs = dict(zip("ab", (share * period_ms(rate) for share in shares), strict=True))
        machine = Machine(Governor("ab"), rate, costs=costs, preset=start)
        assert machine.run(120).moves_since(0) == moves
        # Noise may make it go and come back where it would stay, but not twice: then it knows.
        machine = Machine(Governor("ab"), rate, costs=costs, preset=start, noise=0.1)
        assert len(machine.run(600).moves) <= 2

    @pytest.mark.parametrize("share", [0.78, 0.8, 0.82])
    def test_a_cost_learnt_at_the_very_edge_makes_for_one_move_at_most(self, share):
        costs = {"a": share * 40, "b": 24.0}
        load = from_then_on(1.6, 0, 10)
        machine = Machine(Governor("ab"), 25, costs=costs, load=load, noise=0.1)
        machine.run(10)
        assert machine.preset == "b"
        machine.run(600)
        assert machine.moves_since(10) in ([], ["a"])

    @pytest.mark.parametrize("rate", [10, 25, 60])
    def test_a_slow_frame_now_and_then_moves_nothing(self, rate):
        # From the middle there is a way in both directions; the shallower one was tried and left.
        costs = {
            name: share * period_ms(rate) for name, share in zip("abc", (1, 0.6, 0.4), strict=True)
        }
        machine = Machine(Governor("abc"), rate, costs=costs, preset="b")
        machine.run(20)
        assert machine.preset == "b"
        settled = machine.now
        for _ in range(60):
            machine.run(1.5)
            machine.frame(factor=10)
        assert machine.moves_since(settled) == []

    def test_noise_on_a_preset_that_keeps_up_does_not_drive_it_deeper(self):
        costs = {"a": 88.0, "b": 40.0}
        assert Machine(Governor("ab"), 10, costs=costs, noise=0.1).run(600).moves == []

    def test_the_frames_that_a_switch_disturbs_do_not_count(self):
        def frame_ms(machine: Machine) -> float:
            return machine.costs[machine.preset] * (
                5 if machine.now - machine.arrived < 0.15 else 1
            )

        # 24 ms of 40; the first two take 120.
        costs = {"a": 24.0, "b": 10.0}
        machine = Machine(Governor("ab"), 25, costs=costs, preset="b", frame_ms=frame_ms)
        machine.run(60)
        assert machine.moves_since(0) == ["a"]

    @pytest.mark.parametrize("rate", [10, 25, 60])
    def test_a_slow_frame_at_the_very_beginning_moves_nothing(self, rate):
        machine = Machine(Governor("ab"), rate, costs={"a": 5.0, "b": 4.0})
        machine.frame(factor=100)
        machine.run(5)
        assert machine.moves == []


@pytest.mark.parametrize("start", [NAMES[0], NAMES[-1]])
@pytest.mark.parametrize("rate", [5, 12.5, 25, 60])
def test_after_a_minute_it_is_on_the_shallowest_that_fits(rate, start):
    for load in [0.26, 0.7, 1.01, 1.33, 1.9, 2.6, 3.3, 4.7, 6.1, 9, 17]:
        machine = Machine(Governor(NAMES), rate, preset=start, load=always(load)).run(60)
        found = machine.preset
        # One that keeps up without much margin is not left, but no margin is left unused.
        assert fits(found, KEEPS_UP, rate, load) or found == NAMES[-1], load
        shallower = NAMES[: NAMES.index(found)]
        assert not any(fits(name, MARGIN, rate, load) for name in shallower), load


class TestLoad:
    @staticmethod
    def experienced(rate: float) -> Machine:
        """On the shallowest preset, after heavy load led it through all of them."""
        heavy = 2 * period_ms(rate) / COSTS[NAMES[-1]]
        light = 0.5 * period_ms(rate) / COSTS[NAMES[0]]
        machine = Machine(Governor(NAMES), rate, load=always(heavy)).run(30)
        assert machine.preset == NAMES[-1]
        machine.load = always(light)
        machine.run(10)
        assert machine.preset == NAMES[0]
        return machine

    @pytest.mark.parametrize("rate", [10, 25, 60])
    @pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
    def test_what_appears_is_answered_within_a_second(self, rate, share):
        costs = {
            name: share * period_ms(rate) * scale
            for name, scale in zip("ab", (1, 0.3), strict=True)
        }
        machine = Machine(Governor("ab"), rate, costs=costs, load=from_then_on(3, 20))
        machine.run(20)
        assert machine.moves == []
        machine.run(1)
        assert [move.preset for _, move in machine.moves] == ["b"]
        assert machine.moves[0][0] <= 21

    @pytest.mark.parametrize("rate", [10, 25, 60])
    @pytest.mark.parametrize("increase", [2.0, 2.6, 3.0, 4.2])
    def test_costs_learnt_say_how_far_to_go_at_once(self, rate, increase):
        machine = self.experienced(rate)
        start, load = machine.now, machine.load(0) * increase
        machine.load = always(load)
        machine.run(60)
        # Light load was half of the period on the shallowest: it has to leave in any case.
        assert machine.moves_since(start) == [shallowest_that_fits(rate, load)]
        time, move = machine.moves[-1]
        assert time - start <= 1
        steps = NAMES.index(move.preset)
        word = ["no", "one", "two", "three", "four"][steps]
        assert f": {word} preset{'s' if steps > 1 else ''} deeper" in move.reason

    @pytest.mark.parametrize("rate", [10, 25, 60])
    def test_what_goes_lets_it_come_back_soon(self, rate):
        machine = self.experienced(rate)
        light = machine.load(0)
        machine.load = always(3 * light)
        machine.run(20)
        assert machine.preset != NAMES[0]
        start = machine.now
        machine.load = always(light)
        machine.run(5)
        assert machine.moves_since(start) == [NAMES[0]]

    @pytest.mark.parametrize("rate", [10, 25, 60])
    def test_what_goes_lets_it_come_back_step_by_step_where_it_knows_nothing(self, rate):
        costs = {name: 0.5 * period_ms(rate) * 0.8**index for index, name in enumerate("abcde")}
        machine = Machine(Governor("abcde"), rate, costs=costs, load=from_then_on(5, 20, 40))
        machine.run(40)
        assert machine.preset == "e"
        machine.run(4 * 4)  # at most 3 s of room and one to settle, for each of four steps
        assert machine.preset == "a"

    @pytest.mark.parametrize("rate", [10, 25, 60])
    @pytest.mark.parametrize("length", [0.4, 0.7, 1.0, 1.5, 3.0])
    def test_a_burst_does_not_keep_it_deep(self, rate, length):
        """Also when it ends in the very moment of the move, and the deeper cost looks tiny."""
        costs = {"a": 0.6 * period_ms(rate), "b": 0.4 * period_ms(rate)}
        load = from_then_on(3, 20, 20 + length)
        machine = Machine(Governor("ab"), rate, costs=costs, load=load)
        machine.run(30)
        assert machine.preset == "a"
        assert len(machine.moves) in (0, 2)

    def test_room_for_two_steps_that_came_late_is_room_for_one(self):
        machine = self.experienced(25)
        light = machine.load(0)
        machine.load = always(4.2 * light)
        machine.run(20)
        assert machine.preset == "d13"
        # 17 ms need 80 % of the period, less of it than 20.8; then there is room for both.
        load = 0.79 * 40 / COSTS["d4"]
        machine.load = always(load)
        machine.run(2.5)
        assert machine.preset == "d13"
        machine.load = always(light)
        machine.run(1)
        assert machine.moves[-1][1].preset == "d4"

    def test_load_that_comes_with_a_try_is_not_taken_for_the_cost(self):
        machine = self.experienced(25)
        light = machine.load(0)
        machine.load = always(3 * light)
        machine.run(20)
        # From the first frame on the shallowest until it is left again there is load.
        machine.load = lambda now: light * (4 if machine.preset == NAMES[0] else 1)
        machine.run(5)
        assert machine.moves[-2][1].preset == NAMES[0]
        assert machine.preset != NAMES[0]
        machine.load = always(light)
        machine.run(20)  # seconds: 12 to wait, as it was left soon twice, 3 of room, and some
        assert machine.preset == NAMES[0]

    def test_load_that_slows_shallow_presets_most_is_forgotten_when_it_goes(self):
        # Under load a takes twice the period and b three quarters; without it 0.6 and 0.4.
        loaded, free = {"a": 80.0, "b": 30.0}, {"a": 24.0, "b": 16.0}
        machine = Machine(Governor("ab"), 25, costs=free)
        machine.run(10)
        machine.costs = loaded
        machine.run(60)
        assert machine.preset == "b"
        machine.costs = free
        machine.run(65)  # seconds: the longest that a try is put off, and some
        assert machine.preset == "a"

    def test_a_wrong_belief_does_not_last_for_ever(self):
        # a was too slow when it was tried, for a reason of its own that is gone by now.
        machine = Machine(Governor("ab"), 25, costs={"a": 80.0, "b": 16.0})
        machine.run(30)
        assert machine.preset == "b"
        machine.costs = {"a": 24.0, "b": 16.0}
        machine.run(960)
        assert machine.preset == "a"

    @pytest.mark.parametrize("every", [2, 5, 8, 20])
    def test_bursts_without_end_do_not_make_it_swing_with_them(self, every):
        """Each burst can cost two moves only while the waits are still short."""
        costs = {"a": 24.0, "b": 12.0}
        machine = Machine(
            Governor("ab"), 25, costs=costs, load=lambda now: 3 if now % every < 0.8 else 1
        )
        machine.run(600)
        # At 20 s the shallower preset is kept for more than 10 s, and so was no mistake.
        most = 2 * 600 / 20 if every == 20 else 2 * tries_at_most(600)
        assert len(machine.moves) <= most


def tries_at_most(seconds: float) -> int:
    """Tries of a preset that fails each time: 6 s, 12, 24, 48, and then 60 s apart at least."""
    tries, time, wait = 1, 3.0, 6.0
    while time + wait <= seconds:
        tries, time, wait = tries + 1, time + wait, min(2 * wait, 60.0)
    return tries


class TestMistakes:
    @staticmethod
    def liar(seconds: float, in_flight: int = 1) -> Machine:
        """For a second after the move a fits, as when a processor gets hot, and then never."""

        def frame_ms(machine: Machine) -> float:
            if machine.preset == "b":
                return 15.0
            return 28.0 if machine.now - machine.arrived < 1 else 60.0

        machine = Machine(
            Governor("ab"),
            25,
            costs={"a": 0.0, "b": 0.0},
            frame_ms=frame_ms,
            preset="b",
            in_flight=in_flight,
        )
        return machine.run(seconds)

    @pytest.mark.parametrize("in_flight", [0, 1, 3])
    def test_a_preset_that_never_fits_is_tried_ever_more_rarely(self, in_flight):
        machine = self.liar(600, in_flight)
        tries = [time for time, move in machine.moves if move.preset == "a"]
        # 3, 9, 21, 45, 93, 153, 213, ... 573 s: thirteen times at most, back and forth.
        assert tries_at_most(600) == 13
        assert 4 < len(tries) <= 13
        gaps = [after - before for before, after in pairwise(tries)]
        for gap, wait in zip(gaps, [6, 12, 24, 48] + [60] * 9, strict=False):
            # On top come 3 s of room, 1 s that a fits, and 2 s to notice and to settle.
            assert wait <= gap <= wait + 6

    def test_success_is_not_held_against_it(self):
        bursts = ((4, 6), (60, 62), (67, 69))

        def load(now: float) -> float:
            return 3 if any(start <= now < end for start, end in bursts) else 1

        costs = {"a": 30.0, "b": 15.0}
        machine = Machine(Governor("ab"), 25, costs=costs, preset="b", load=load)
        # Tried at 3 s, hit by the load, left: 6 s to wait. Then it holds for long.
        machine.run(60)
        assert machine.moves_since(0) == ["a", "b", "a"]
        # Not put off: gone and back in 2 s of load, 3 s of room and some.
        machine.run(7)
        assert machine.moves_since(60) == ["b", "a"]
        # Hit again soon: to wait for 6 s as at first, and not for 12, and 3 s of room.
        machine.run(12)
        assert machine.moves_since(67) == ["b", "a"]


class TestRates:
    @pytest.mark.parametrize("in_time", [True, False])
    def test_a_target_below_what_the_source_gives_leaves_more_time(self, in_time):
        # 10 of 30 frames/s: 60 ms are within 80 % of 100 ms, and 85 are not.
        costs = {"a": 60.0 if in_time else 130.0, "b": 25.0}
        machine = Machine(Governor("ab", target_rate=10), 30, costs=costs, preset="b").run(60)
        assert machine.preset == ("a" if in_time else "b")

    def test_a_target_above_what_the_source_gives_asks_for_no_more_than_that(self):
        machine = Machine(Governor("ab", target_rate=60), 25, costs={"a": 30.0, "b": 10.0})
        machine.run(60)
        assert machine.moves == []

    @pytest.mark.parametrize("claimed", [0, 1000, 90_000, math.nan, math.inf, -1, 40])
    @pytest.mark.parametrize(("a_ms", "expected"), [(24.0, "a"), (70.0, "b")])
    def test_a_source_that_does_not_know_its_rate_is_measured(self, claimed, a_ms, expected):
        # 25 frames/s in truth: 24 ms fit, 70 do not; 16 do in any case.
        costs = {"a": a_ms, "b": 16.0}
        machine = Machine(
            Governor("ab"), 25, costs=costs, preset="b", claimed_rate=claimed, noise=0.05
        )
        machine.run(30)
        assert machine.preset == expected
        machine.run(120)
        assert machine.preset == expected
        assert len(machine.moves) <= 2

    def test_as_many_as_there_are_of_an_unknown_rate_needs_the_fastest(self):
        # A file read as fast as it goes: it gives 1000 frames/s and says nothing.
        machine = Machine(Governor(NAMES), 1000, claimed_rate=0).run(60)
        assert machine.preset == NAMES[-1]

    def test_an_unknown_rate_does_not_matter_below_the_target(self):
        machine = Machine(
            Governor("ab", target_rate=25), 1000, costs={"a": 30.0, "b": 10.0}, claimed_rate=0
        )
        machine.run(60)
        assert machine.moves == []

    def test_decoding_that_cannot_keep_up_is_no_reason_to_go_deeper(self):
        # 8 of the 25 frames/s that the source has come through: the detector waits for them.
        machine = Machine(Governor("ab"), 8, costs={"a": 80.0, "b": 10.0}, claimed_rate=25)
        machine.run(60)
        assert machine.moves == []


class TestOverload:
    def test_the_deepest_stays_and_says_nothing(self):
        machine = Machine(Governor(NAMES), 25, load=from_then_on(10, 10)).run(60)
        assert machine.preset == NAMES[-1]
        last = machine.moves[-1]
        machine.run(60)
        assert machine.moves[-1] == last

    @pytest.mark.parametrize("load", [1, 3])
    def test_one_preset_never_moves(self, load):
        machine = Machine(Governor(["only"]), 25, costs={"only": 20.0}, load=always(load))
        machine.run(60)
        assert machine.moves == []


class TestReasons:
    def test_the_rate_reached_and_the_one_wanted(self):
        # 1000 / 80.8 = 12.4
        machine = Machine(Governor("ab"), 25, costs={"a": 80.8, "b": 20.0}).run(1)
        assert machine.moves[-1][1] == Move(
            "b", "12.4 frames/s of the 25 wanted: one preset deeper"
        )

    @pytest.mark.parametrize(
        ("busy_ms", "reason"),
        [
            # 39 of 40 ms, and 1000 / 40.01 = 24.99, which would read as 25 of 25.
            (39.0, "busy 98 % of the time at 25 frames/s: one preset deeper"),
            (40.01, "busy 100 % of the time at 25 frames/s: one preset deeper"),
        ],
    )
    def test_the_time_needed_where_the_rate_is_just_reached(self, busy_ms, reason):
        machine = Machine(Governor("ab"), 25, costs={"a": busy_ms, "b": 20.0}).run(1)
        assert machine.moves[-1][1] == Move("b", reason)

    def test_the_target_is_what_is_wanted_where_there_is_one(self):
        governor = Governor("ab", target_rate=12.5)
        machine = Machine(governor, 30, costs={"a": 200.0, "b": 20.0}).run(2)
        assert machine.moves[-1][1] == Move("b", "5 frames/s of the 12.5 wanted: one preset deeper")

    def test_the_room_there_was_and_for_how_long(self):
        # 10 of 40 ms
        machine = Machine(Governor("ab"), 25, costs={"a": 24.0, "b": 10.0}, preset="b").run(10)
        assert machine.moves[-1][1] == Move(
            "a", "busy only 25 % of the time at 25 frames/s for 3 s: one preset shallower"
        )


class TestPresets:
    def feed(self, governor: Governor, preset: str, busy_ms: float, start: float, seconds: float):
        """Frames of one preset whatever the governor says, at 25 frames/s."""
        step = max(busy_ms / 1000, 0.04)
        count = math.ceil(seconds / step)
        moves = [
            governor.observe(preset, busy_ms, start + step * number, 25)
            for number in range(1, count + 1)
        ]
        return [move.preset for move in moves if move is not None]

    def test_frames_in_flight_do_not_confuse_it(self):
        # What still comes of a would be reason enough to go deeper than b.
        governor = Governor("abc")
        assert self.feed(governor, "a", 80, 0, 0.4) == ["b"]
        assert self.feed(governor, "a", 400, 0.4, 4) == []
        assert self.feed(governor, "b", 35, 4.4, 5) == []

    def test_a_move_that_is_never_made_is_asked_for_again(self):
        governor = Governor("abc")
        assert self.feed(governor, "a", 80, 0, 4) == ["b"]
        assert self.feed(governor, "a", 80, 4, 4) == ["b"]

    def test_a_preset_that_someone_else_chose_is_where_it_goes_on(self):
        governor = Governor("abc")
        assert self.feed(governor, "a", 20, 0, 2) == []
        assert self.feed(governor, "b", 80, 2, 0.5) == ["c"]

    def test_a_preset_that_is_not_its_own_is_left_alone(self):
        governor = Governor("ab")
        assert self.feed(governor, "x", 300, 0, 10) == []
        assert self.feed(governor, "a", 80, 10, 0.5) == ["b"]

    def test_another_one_in_between_ends_the_room_there_was(self):
        governor = Governor("ab")
        assert self.feed(governor, "b", 10, 0, 2.5) == []
        assert self.feed(governor, "x", 10, 2.5, 0.1) == []
        assert self.feed(governor, "b", 10, 2.6, 2.9) == []
        assert self.feed(governor, "b", 10, 5.5, 0.5) == ["a"]

    def test_one_that_is_broken_is_left_out(self):
        governor = Governor("abc")
        assert self.feed(governor, "a", 80, 0, 0.5) == ["b"]
        governor.remove("b")
        assert governor.presets == ("a", "c")
        assert self.feed(governor, "a", 80, 0.5, 0.5) == ["c"]
        governor.remove("b")
        assert governor.presets == ("a", "c")

    def test_without_any_left_it_says_nothing(self):
        governor = Governor("a")
        governor.remove("a")
        assert self.feed(governor, "a", 80, 0, 5) == []

    def test_a_clock_that_stands_still_and_work_that_takes_no_time(self):
        governor = Governor("ab")
        assert [governor.observe("b", 0.0, 1.0, 0) for _ in range(100)] == [None] * 100


class TestReset:
    def test_the_room_there_was_counts_no_more(self):
        machine = Machine(Governor("ab"), 25, costs={"a": 20.0, "b": 10.0}, preset="b")
        machine.run(2.9)
        machine.governor.reset()
        machine.run(2.9)
        assert machine.moves == []
        machine.run(1)
        assert machine.preset == "a"

    def test_slow_frames_before_count_no_more(self):
        machine = Machine(Governor("ab"), 25, costs={"a": 30.0, "b": 10.0})
        machine.run(2)
        for _ in range(3):
            machine.frame(factor=10)
            machine.governor.reset()
        machine.run(10)
        assert machine.moves == []

    def test_what_presets_cost_is_not_forgotten(self):
        machine = TestLoad.experienced(25)
        machine.governor.reset()
        machine.now += 100
        machine.run(1)
        start, load = machine.now, machine.load(0) * 3
        machine.load = always(load)
        machine.run(20)
        assert machine.moves_since(start) == [shallowest_that_fits(25, load)]

    def test_load_that_ends_in_a_pause_just_after_a_move_is_not_taken_for_the_cost(self):
        costs = {"a": 24.0, "b": 16.0}
        machine = Machine(Governor("ab"), 25, costs=costs, load=always(3))
        while not machine.moves:
            machine.frame()
        machine.governor.reset()
        machine.load = always(1)
        machine.run(10)
        assert machine.preset == "a"


class TestWrongArguments:
    @pytest.mark.parametrize(
        ("presets", "message"),
        [([], "one preset at least"), (["a", "b", "a"], "named twice: a, b, a")],
    )
    def test_presets(self, presets, message):
        with pytest.raises(ValueError, match=message):
            Governor(presets)

    @pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
    def test_target_rate(self, rate):
        message = "must be a positive number"
        with pytest.raises(ValueError, match=message):
            Governor("ab", target_rate=rate)


class TestEstimates:
    def machine(self, rate: float, preset: str) -> Machine:
        work = {"large": 400.0, "medium": 200.0, "small": 100.0, "least": 50.0}
        # What they really take, in milliseconds.
        costs = {"large": 150.0, "medium": 76.0, "small": 40.0, "least": 19.0}
        return Machine(Governor(list(work), work=work), rate, costs=costs, preset=preset)

    def test_it_goes_as_far_as_they_say_at_once(self):
        # Of 60 ms, small is estimated to take 37.5, and medium 75.
        machine = self.machine(1000 / 60, "large").run(60)
        assert [move.preset for _, move in machine.moves] == ["small"]
        assert machine.moves[0][1].reason.endswith(": two presets faster")

    def test_it_comes_back_where_there_is_room_and_tries_nothing_hopeless(self):
        # Of 100 ms, large is estimated to take 152.
        machine = self.machine(10, "least").run(300)
        assert [move.preset for _, move in machine.moves] == ["medium"]
        assert machine.moves[0][1].reason.endswith(": two presets slower")
