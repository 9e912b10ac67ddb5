import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pedcam.rules import acting as acting_module
from pedcam.rules import clips
from pedcam.rules.acting import Acting
from pedcam.rules.actions import ActionHandlers, ActionOptions
from pedcam.rules.alert import Alert
from pedcam.video.people.rules import Action, Rule
from tests.factories import HEIGHT, WIDTH
from tests.rules.clips import Told, alert, numbers_in, result, rule
from tests.video.standins import PATIENCE

AT = 1_772_355_900.0  # seconds since 1970
FRAME_BYTES = WIDTH * HEIGHT * 3


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def options(tmp_path: Path) -> ActionOptions:
    return ActionOptions(
        tmp_path / "pictures", tmp_path / "clips", before=1.0, after=1.0, clips_marked=False
    )


Make = Callable[..., Acting]


@pytest.fixture
def make(told: Told, options: ActionOptions) -> Iterator[Make]:
    """Makes one that acts for rules and waits for room, so that tests see every picture."""
    made: list[Acting] = []

    def start(*rules: Rule, handlers: ActionHandlers | None = None, **keywords: object) -> Acting:
        keywords = {"options": options, "wait": True, "clock": lambda: AT} | keywords
        acting = Acting("Camera 0", handlers=handlers or told.handlers(), rules=rules, **keywords)
        made.append(acting)
        acting.start()
        return acting

    yield start
    assert all(acting.close(PATIENCE) for acting in made)


def play(acting: Acting, frames: range, *fires: int, name: str = "a", segment: int = 0) -> None:
    for index in frames:
        acting.put(result(index, *([name] if index in fires else []), segment=segment))


class TestClips:
    def test_the_seconds_before_and_after(self, make: Make, told: Told, tmp_path: Path) -> None:
        acting = make(rule("a", Action.CLIP))
        play(acting, range(200), 100)
        assert acting.close(PATIENCE)
        ((event, path),) = told.clips
        assert event == alert("a", 100)
        assert path.parent == tmp_path / "clips"
        assert path.name.startswith("Camera-0_a_2026-03-01_")
        # Of 25 pictures a second every second one is kept: of 15 at most, evenly.
        assert numbers_in(path) == [
            (pytest.approx((n - 76) / 25, abs=1e-3), n) for n in range(76, 126, 2)
        ]
        assert (acting.dropped, told.problems) == (0, [])

    def test_the_frame_of_the_alert_is_always_in_it(self, make: Make, told: Told) -> None:
        acting = make(rule("a", Action.CLIP))
        play(acting, range(60), 51)
        assert acting.close(PATIENCE)
        assert 51 in [number for _, number in numbers_in(told.clips[0][1])]

    def test_an_alert_in_the_meantime_shares_the_clip(self, make: Make, told: Told) -> None:
        acting = make(rule("a", Action.CLIP), rule("b", Action.CLIP))
        for index in range(150):
            acting.put(result(index, *{50: ["a"], 70: ["b"]}.get(index, [])))
        assert acting.close(PATIENCE)
        assert [event for event, _ in told.clips] == [alert("a", 50), alert("b", 70)]
        (path,) = {path for _, path in told.clips}
        assert [number for _, number in numbers_in(path)] == list(range(26, 96, 2))

    def test_beyond_the_longest_it_gets_its_own(
        self, make: Make, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clips, "LONGEST", 2.5)
        acting = make(rule("a", Action.CLIP))
        play(acting, range(150), 50, 70)
        assert acting.close(PATIENCE)
        (_, first), (_, second) = told.clips
        assert [number for _, number in numbers_in(first)] == list(range(26, 76, 2))
        assert [number for _, number in numbers_in(second)] == list(range(46, 96, 2))

    def test_a_jump_ends_it_and_what_was_before_is_not_in_the_next(
        self, make: Make, told: Told
    ) -> None:
        acting = make(rule("a", Action.CLIP))
        play(acting, range(60), 50)
        play(acting, range(60, 70), 64, segment=1)
        assert acting.close(PATIENCE)
        (_, first), (_, second) = told.clips
        assert [number for _, number in numbers_in(first)] == list(range(26, 60, 2))
        assert [number for _, number in numbers_in(second)] == list(range(60, 70, 2))

    def test_closing_ends_it_with_what_there_is(self, make: Make, told: Told) -> None:
        acting = make(rule("a", Action.CLIP))
        play(acting, range(56), 50)
        assert acting.close(PATIENCE)
        assert [number for _, number in numbers_in(told.clips[0][1])] == list(range(26, 56, 2))
        acting.put(result(56, "a"))
        assert len(told.clips) == 1

    def test_a_source_that_gives_nothing_more_ends_it(self, make: Make, told: Told) -> None:
        acting = make(rule("a", Action.CLIP), patience=0.01)
        play(acting, range(56), 50)
        assert told.clip_came.wait(PATIENCE)
        assert [number for _, number in numbers_in(told.clips[0][1])][-1] >= 50

    def test_the_last_rule_that_wants_one_ends_it(self, make: Make, told: Told) -> None:
        acting = make(rule("a", Action.CLIP))
        play(acting, range(56), 50)
        acting.set_rules([rule("a", Action.SOUND)])
        play(acting, range(56, 60), 58)
        assert acting.close(PATIENCE)
        assert [number for _, number in numbers_in(told.clips[0][1])] == list(range(26, 56, 2))
        assert len(told.sounds) == 1

    def test_a_frame_that_is_detected_again_is_in_it_once(self, make: Make, told: Told) -> None:
        acting = make(rule("a", Action.CLIP))
        play(acting, range(6), 5)
        acting.put(result(5))
        assert acting.close(PATIENCE)
        assert [number for _, number in numbers_in(told.clips[0][1])] == [0, 2, 4, 5]


class TestActions:
    def test_each_rule_does_what_it_says(self, make: Make, told: Told, tmp_path: Path) -> None:
        acting = make(
            rule("heard", Action.SOUND),
            rule("seen", Action.NOTIFY),
            rule("sent", Action.SEND),
            rule("kept", Action.SNAPSHOT),
            rule("noted"),
        )
        acting.put(result(0, "heard", "seen", "sent", "kept", "noted", "unknown"))
        assert acting.close(PATIENCE)
        assert [each.event.rule for each in told.sounds] == ["heard"]
        assert [each.event.rule for each in told.notices] == ["seen"]
        (message,) = told.messages
        assert message.title == "sent"
        assert message.text.startswith("Someone enters: Door, Camera 0, ")
        assert (message.fields["rule"], message.fields["people_so_far"]) == ("sent", 3)
        assert message.picture is not None
        assert message.picture.startswith(b"\xff\xd8")
        (snapshot,) = (tmp_path / "pictures").iterdir()
        assert snapshot.name.startswith("Camera-0_kept_2026-03-01_")
        assert snapshot.suffix == ".png"
        assert not (tmp_path / "clips").exists()


class TestQueue:
    @pytest.fixture
    def held(self, told: Told) -> Iterator[threading.Event]:
        """Holds the thread at the first sound until it is set."""
        go_on = threading.Event()
        yield go_on
        go_on.set()

    def hold(self, make: Make, go_on: threading.Event, *rules: Rule, wait: bool = False) -> Acting:
        reached = threading.Event()

        def sound(alert: Alert) -> None:
            reached.set()
            assert go_on.wait(PATIENCE)

        acting = make(
            rule("hold", Action.SOUND), *rules, handlers=ActionHandlers(on_sound=sound), wait=wait
        )
        acting.put(result(0, "hold"))
        assert reached.wait(PATIENCE)
        return acting

    def test_put_never_waits_and_memory_is_bounded(
        self, make: Make, held: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(acting_module, "MEMORY", 8 * FRAME_BYTES)
        monkeypatch.setattr(acting_module, "MOST_QUEUED", 100)
        acting = self.hold(make, held, rule("a", Action.CLIP))
        for index in range(1, 151):
            acting.put(result(index))
        # Beside those of alerts there is room for four pictures, 2, 4, 6 and 8. From 10 on each is
        # due and left out, and from 101 on the results are.
        assert acting.dropped == 91 + 50
        assert acting._queued_bytes == 4 * FRAME_BYTES

    def test_pictures_of_alerts_have_room_of_their_own(
        self, make: Make, held: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(acting_module, "MEMORY", 8 * FRAME_BYTES)
        acting = self.hold(make, held, rule("a", Action.CLIP))
        for index in range(1, 31):
            acting.put(result(index))
        for index in range(31, 41):
            acting.put(result(index, "a"))
        assert acting._queued_bytes == 8 * FRAME_BYTES

    def test_it_waits_for_room_where_it_is_to(
        self, make: Make, held: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(acting_module, "MEMORY", 2 * FRAME_BYTES)
        acting = self.hold(make, held, rule("a", Action.CLIP), wait=True)
        acting.put(result(2))
        thread = threading.Thread(target=lambda: acting.put(result(4)))
        thread.start()
        thread.join(0.05)
        assert acting._queued_bytes == FRAME_BYTES
        assert thread.is_alive()
        held.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert acting.dropped == 0

    def test_clips_are_written_while_results_come(
        self, make: Make, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(acting_module, "MOST_QUEUED", 10)
        acting = make(rule("a", Action.CLIP))
        for start in range(0, 1000, 100):
            play(acting, range(start, start + 100), start + 10)
            # Complete at 36: ten results later it was written, as there is room for the others.
            assert len(told.clips) == start // 100 + 1

    @pytest.mark.parametrize(("memory", "order"), [(0, "clip sound"), (2**30, "sound clip")])
    def test_results_go_first_while_there_is_memory_for_clips(
        self,
        options: ActionOptions,
        monkeypatch: pytest.MonkeyPatch,
        memory: int,
        order: str,
    ) -> None:
        monkeypatch.setattr(acting_module, "CLIP_MEMORY", memory)
        happened: list[str] = []
        handlers = ActionHandlers(
            on_sound=lambda alert: happened.append("sound"),
            on_clip=lambda event, path: happened.append("clip"),
        )
        rules = rule("a", Action.CLIP), rule("b", Action.SOUND)
        acting = Acting("Camera 0", options, handlers, rules)
        play(acting, range(90), 10)  # complete at 36
        play(acting, range(90, 91), 90, name="b")
        acting.start()
        assert acting.close(PATIENCE)
        assert happened == order.split()

    def test_without_rules_nothing_waits(self, told: Told, options: ActionOptions) -> None:
        acting = Acting("Camera 0", options, told.handlers())
        play(acting, range(50), 5)
        assert acting._queued_bytes == 0
        acting.set_rules([rule("a", Action.SOUND)])
        play(acting, range(50))
        assert acting._queued_bytes == 0

    def test_pictures_that_are_too_near_are_not_taken(
        self, told: Told, options: ActionOptions
    ) -> None:
        acting = Acting("Camera 0", options, told.handlers(), [rule("a", Action.CLIP)])
        for index in range(60):
            acting.put(result(index, time=index / 30))
        # Not started, it takes nothing from its queue: 15 a second are in it.
        assert acting._queued_bytes == 30 * FRAME_BYTES

    def test_closing_does_not_wait_for_ever(self, make: Make, held: threading.Event) -> None:
        acting = self.hold(make, held)
        assert not acting.close(0.01)
        held.set()
        assert acting.close(PATIENCE)
