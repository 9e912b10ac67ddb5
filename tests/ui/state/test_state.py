from collections.abc import Callable, Sequence

import pytest

from pedcam.detect.presets import Preset
from pedcam.ui.state.messages import Message, Messages
from pedcam.ui.state.playback import Playback
from pedcam.ui.state.presets import Condition, PresetChoice
from pedcam.ui.state.threshold import Threshold
from pedcam.video.stream.stream import StreamState, StreamStatus


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetChoice:
    return PresetChoice(presets, "half")


def test_the_deepest_preset_is_chosen_without_a_wish(presets: Sequence[Preset]) -> None:
    assert PresetChoice(presets).chosen == "full"
    assert PresetChoice(presets, "no such preset").chosen == "full"
    assert PresetChoice([]).chosen is None


def test_conditions_of_a_preset(choice: PresetChoice) -> None:
    assert choice.condition("float") is Condition.LOADING
    choice.mark_ready("float", "cuda")
    assert choice.condition("float") is Condition.READY
    assert choice.provider("float") == "cuda"
    choice.mark_running("float")
    assert choice.condition("float") is Condition.RUNNING
    choice.mark_failed("half", "broken")
    assert choice.condition("half") is Condition.FAILED
    assert choice.error("half") == "broken"


@pytest.mark.parametrize(
    ("name", "possible"), [("float", True), ("half", False), ("missing", False), ("full", False)]
)
def test_choosing(choice: PresetChoice, name: str, possible: bool) -> None:
    choice.mark_failed("full", "broken")
    assert choice.choose(name) is possible
    assert choice.chosen == (name if possible else "half")


def test_a_chosen_preset_that_fails_is_replaced_by_the_nearest(choice: PresetChoice) -> None:
    choice.mark_failed("float", "broken")
    assert choice.chosen == "half"
    choice.mark_failed("half", "broken")
    assert choice.chosen == "full"
    choice.mark_failed("full", "broken")
    assert choice.chosen is None


def test_watchers_hear_of_changes_only(choice: PresetChoice) -> None:
    heard: list[str | None] = []
    choice.subscribe(lambda: heard.append(choice.chosen))
    choice.choose("float")
    choice.choose("float")
    choice.mark_running("float")
    choice.mark_running("float")
    assert heard == ["float", "float"]


@pytest.mark.parametrize(("value", "kept"), [(0.25, 0.25), (-1.0, 0.0), (7.0, 1.0), (None, None)])
def test_threshold_is_clipped(value: float | None, kept: float | None) -> None:
    threshold = Threshold()
    assert threshold.set(value) is (value is not None)
    assert threshold.override == kept
    assert threshold.set(kept) is False


def test_playback_forgets_the_source_before() -> None:
    playback = Playback()
    assert not playback.has_source
    playback.open("one")
    assert playback.has_source
    assert not playback.can_pause
    playback.set_details(title="One", live=True, size=(4, 3), rate=30.0, duration=9.0)
    playback.set_status(StreamStatus(StreamState.PLAYING))
    assert playback.can_pause
    playback.open("two")
    assert (playback.title, playback.live, playback.size) == ("two", False, (0, 0))
    assert playback.state is StreamState.CONNECTING
    playback.close()
    assert not playback.has_source


def test_messages_wait_for_their_turn() -> None:
    messages = Messages()
    messages.post("first")
    messages.post("second")
    messages.post("first")
    assert (messages.current, messages.count) == (Message("first"), 2)
    messages.dismiss()
    assert messages.current == Message("second")
    messages.dismiss()
    messages.dismiss()
    assert messages.current is None


def test_news_of_a_topic_replaces_the_old_and_goes_first() -> None:
    messages = Messages()
    messages.post("a damaged file")
    messages.post("try 1", "source")
    messages.post("try 2", "source")
    assert (messages.current, messages.count) == (Message("try 2", "source"), 2)
    messages.withdraw("source")
    assert (messages.current, messages.count) == (Message("a damaged file"), 1)


def test_watching_ends_when_it_is_ended() -> None:
    threshold, heard = Threshold(), list[str]()
    end = threshold.subscribe(lambda: heard.append("first"))
    threshold.subscribe(lambda: heard.append("second"))
    threshold.set(0.1)
    assert heard == ["first", "second"]
    for _ in range(2):
        end()
        threshold.set(None)
        threshold.set(0.1)
    assert heard[2:] == ["second"] * 4


def test_ending_twice_ends_nothing_else() -> None:
    threshold, heard = Threshold(), list[float | None]()

    def watcher() -> None:
        heard.append(threshold.override)

    end = threshold.subscribe(watcher)
    other = threshold.subscribe(watcher)
    end()
    threshold.set(0.1)
    assert heard == [0.1]
    end()
    threshold.set(0.2)
    assert heard == [0.1, 0.2]
    other()
    threshold.set(0.3)
    assert heard == [0.1, 0.2]


def test_watching_can_end_while_a_change_is_told() -> None:
    threshold, heard = Threshold(), list[str]()
    ends: dict[str, Callable[[], None]] = {}

    def first() -> None:
        heard.append("first")
        ends["first"]()
        ends["third"]()

    ends["first"] = threshold.subscribe(first)
    threshold.subscribe(lambda: heard.append("second"))
    ends["third"] = threshold.subscribe(lambda: heard.append("third"))
    threshold.subscribe(lambda: heard.append("fourth"))
    # Nobody is left out, and who is not to hear any more does not hear of this either.
    threshold.set(0.1)
    assert heard == ["first", "second", "fourth"]
    threshold.set(0.2)
    assert heard[3:] == ["second", "fourth"]


def test_whoever_begins_to_watch_while_a_change_is_told_hears_of_the_next() -> None:
    threshold, heard = Threshold(), list[float | None]()
    threshold.subscribe(lambda: threshold.subscribe(lambda: heard.append(threshold.override)))
    threshold.set(0.1)
    assert heard == []
    threshold.set(0.2)
    assert heard == [0.2]
