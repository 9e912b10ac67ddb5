import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.ui.player.player import Player
from pedcam.ui.presets.selection import Condition
from pedcam.video.stream.stream import Result, StreamState


def opened(qtbot: QtBot, player: Player, streams: list[Any], source: str = "a.mp4") -> Any:
    count = len(streams)
    player.open(source)
    qtbot.waitUntil(lambda: len(streams) > count and player.playback.source.title != "")
    return streams[-1]


def current(player: Player) -> str:
    message = player.messages.current
    return message.text if message else ""


def test_opening_starts_a_stream_with_the_choices(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    player.set_threshold(0.25)
    player.preset_control.set_detail(Detail.FINER)
    stream = opened(qtbot, player, streams)
    assert stream.started
    assert (stream.preset, stream.threshold, stream.loop) == ("half", 0.25, False)
    assert stream.detail is Detail.FINER
    assert (stream.spec.kind, player.playback.source.title) == ("file", "a.mp4")


def test_the_demo_loops(qtbot: QtBot, player: Player, streams: list[Any]) -> None:
    assert opened(qtbot, player, streams, "demo").loop


def test_opening_another_closes_the_first_off_this_thread(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    first = opened(qtbot, player, streams)
    second = opened(qtbot, player, streams, "b.mp4")
    assert first.closed.is_set()
    assert first.closing_thread is not threading.current_thread()
    assert not second.closed.is_set()
    assert player.playback.source.title == "b.mp4"


def test_opening_twice_at_once_leaves_one_open(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    player.open("a.mp4")
    player.open("b.mp4")
    qtbot.waitUntil(lambda: len(streams) == 2 and streams[0].closed.is_set())
    qtbot.waitUntil(lambda: player.playback.source.title == "b.mp4")
    assert not streams[1].closed.is_set()


def test_a_source_is_let_go_before_the_next_starts_even_if_nobody_heard_of_it(
    player: Player, streams: list[Any]
) -> None:
    player.open("0")
    player.open("1")
    deadline = time.monotonic() + 5
    # Without the event loop, so that the window's thread does not hear of the first stream.
    while not (len(streams) == 2 and streams[1].started) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert streams[1].started
    assert streams[1].beside == []


@pytest.mark.parametrize("leave", [Player.shutdown, Player.close_source])
def test_a_source_that_is_still_opening_is_closed(
    player: Player, streams: list[Any], leave: Callable[[Player], object]
) -> None:
    player.open("a.mp4")
    leave(player)
    assert player.shutdown()
    assert [stream.closed.is_set() for stream in streams] == [True]


def test_a_choice_made_while_opening_is_not_lost(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    player.open("a.mp4")
    player.preset_control.choose("float")
    player.set_threshold(0.7)
    player.preset_control.set_detail(Detail.AUTO)
    qtbot.waitUntil(lambda: bool(streams) and streams[0].preset == "float")
    assert (streams[0].threshold, streams[0].detail) == (0.7, Detail.AUTO)


def test_results_and_statuses_of_an_earlier_stream_are_ignored(
    qtbot: QtBot, player: Player, streams: list[Any], make_result: Callable[..., Result]
) -> None:
    first = opened(qtbot, player, streams)
    second = opened(qtbot, player, streams, "b.mp4")
    results: list[Result | None] = []
    player.result_arrived.connect(results.append)
    first.on_result(make_result(preset="float"))
    first.say(StreamState.ENDED)
    second.say(StreamState.PLAYING)
    second.on_result(make_result(preset="half", index=5))
    qtbot.waitUntil(lambda: len(results) == 1)
    assert results[0] is not None
    assert results[0].frame.index == 5
    assert player.playback.state is StreamState.PLAYING


def test_pause_resume_and_play_again(
    qtbot: QtBot, player: Player, streams: list[Any], make_result: Callable[..., Result]
) -> None:
    stream = opened(qtbot, player, streams)
    player.toggle_pause()
    assert not stream.paused  # nothing to pause before it plays
    stream.say(StreamState.PLAYING)
    stream.on_result(make_result())
    qtbot.waitUntil(lambda: player.playback.state is StreamState.PLAYING)
    player.toggle_pause()
    assert stream.paused
    qtbot.waitUntil(lambda: player.playback.state is StreamState.PAUSED)
    player.toggle_pause()
    assert not stream.paused
    stream.say(StreamState.ENDED)
    qtbot.waitUntil(lambda: player.playback.state is StreamState.ENDED)
    player.toggle_pause()
    qtbot.waitUntil(lambda: len(streams) == 2)
    assert stream.closed.is_set()
    assert streams[1].spec == stream.spec


def test_details_are_known_once_it_plays(qtbot: QtBot, player: Player, streams: list[Any]) -> None:
    stream = opened(qtbot, player, streams)
    stream.say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: player.playback.source.size == (64, 48))
    assert (player.playback.source.rate, player.playback.source.duration) == (25.0, 12.0)


def test_a_source_that_cannot_be_opened_leads_back_to_the_start(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    stream = opened(qtbot, player, streams)
    stream.say(StreamState.FAILED, "There is no such file.")
    qtbot.waitUntil(lambda: not player.playback.has_source)
    assert current(player) == "There is no such file."
    qtbot.waitUntil(stream.closed.is_set)
    opened(qtbot, player, streams, "b.mp4")
    assert current(player) == ""


def test_a_text_that_names_no_source_is_explained(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    player.open("rtsp://")
    qtbot.waitUntil(lambda: not player.playback.has_source)
    assert "host" in current(player)
    assert streams == []


def test_an_unforeseen_error_while_opening_leads_back_to_the_start(
    qtbot: QtBot, pool: DetectorPool
) -> None:
    def make(*args: object, **options: object) -> Any:
        raise RuntimeError("no home")

    player = Player(pool, "half", make_stream=make)
    try:
        with qtbot.captureExceptions() as caught:
            player.open("a.mp4")
            assert player.playback.has_source
            qtbot.waitUntil(lambda: not player.playback.has_source)
        # What reports it is the application's handler.
        assert [str(error) for _, error, _ in caught] == ["no home"]
        assert current(player) == ""
    finally:
        assert player.shutdown()


def test_a_source_that_fails_later_keeps_its_last_picture(
    qtbot: QtBot, player: Player, streams: list[Any], make_result: Callable[..., Result]
) -> None:
    stream = opened(qtbot, player, streams)
    stream.on_result(make_result())
    stream.say(StreamState.FAILED, "The file is damaged.")
    qtbot.waitUntil(lambda: player.playback.state is StreamState.FAILED)
    assert current(player) == "The file is damaged."
    player.restart()
    qtbot.waitUntil(lambda: len(streams) == 2)


def test_playing_again_keeps_speed_and_loop(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    stream = opened(qtbot, player, streams, "demo")
    stream.say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: player.playback.state is StreamState.PLAYING)
    player.set_loop(False)
    player.set_speed(0.5)
    for count in (2, 4):
        # The second time before anything came of the first.
        player.restart()
        player.restart()
        qtbot.waitUntil(lambda count=count: len(streams) == count + 1)
        qtbot.waitUntil(lambda: streams[-1].speed == 0.5)
        assert (player.playback.loop, player.playback.speed) == (False, 0.5)
        assert not streams[-1].loop
    player.open("demo")
    qtbot.waitUntil(lambda: len(streams) == 6 and player.playback.loop)
    assert (streams[-1].loop, streams[-1].speed, player.playback.speed) == (True, 1.0, 1.0)


def test_reconnecting_is_said_and_taken_back(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    stream = opened(qtbot, player, streams)
    stream.say(StreamState.RECONNECTING, "The camera does not answer.")
    qtbot.waitUntil(lambda: current(player) == "The camera does not answer.")
    stream.say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: current(player) == "")


def test_closing_the_source(qtbot: QtBot, player: Player, streams: list[Any]) -> None:
    stream = opened(qtbot, player, streams)
    player.close_source()
    assert not player.playback.has_source
    qtbot.waitUntil(stream.closed.is_set)


def test_warming_marks_presets_ready(qtbot: QtBot, player: Player) -> None:
    player.preset_control.warm()
    qtbot.waitUntil(
        lambda: all(
            player.presets.condition(name) is Condition.READY for name in ("float", "half", "full")
        )
    )
    assert player.presets.provider("float") == "cpu"


def test_a_broken_preset_is_shown_once_and_replaced(
    qtbot: QtBot, player: Player, streams: list[Any], fake_detector: Any
) -> None:
    fake_detector.broken = frozenset({"half"})
    stream = opened(qtbot, player, streams)
    player.preset_control.warm()
    qtbot.waitUntil(lambda: player.presets.condition("half") is Condition.FAILED)
    assert "half.onnx" in current(player)
    assert player.messages.count == 1
    assert player.presets.selected == stream.preset == "float"


def test_a_stream_that_died_of_its_preset_is_opened_with_another(
    qtbot: QtBot, player: Player, pool: DetectorPool, streams: list[Any], fake_detector: Any
) -> None:
    fake_detector.broken = frozenset({"half"})
    stream = opened(qtbot, player, streams)
    with pytest.raises(PresetError):
        pool.get("half")
    stream.say(StreamState.FAILED, "half cannot be run", preset="half")
    qtbot.waitUntil(lambda: len(streams) == 2)
    assert streams[1].preset == "float"
    assert player.playback.has_source


def test_without_any_preset_nothing_plays_and_the_reason_is_shown(qtbot: QtBot) -> None:
    player = Player(DetectorPool([]))
    try:
        assert "no preset" in current(player)
        player.messages.dismiss()
        player.open("a.mp4")
        assert not player.playback.has_source
        assert "no preset" in current(player)
    finally:
        assert player.shutdown()


def test_errors_and_an_unknown_preset_are_shown_at_the_start(
    qtbot: QtBot, pool: DetectorPool
) -> None:
    player = Player(pool, "tiny", [PresetError("one is damaged"), PresetError("two is damaged")])
    try:
        assert current(player) == "one is damaged"
        assert player.messages.count == 3
        assert player.presets.selected == "full"
    finally:
        assert player.shutdown()


def test_shutdown_closes_the_stream_and_may_be_repeated(
    qtbot: QtBot, player: Player, streams: list[Any]
) -> None:
    stream = opened(qtbot, player, streams)
    assert player.shutdown()
    assert stream.closed.is_set()
    assert player.shutdown()
