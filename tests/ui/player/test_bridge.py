import logging
from collections.abc import Callable

import pytest

from pedcam.ui.player.bridge import StreamBridge, Subscribers
from pedcam.video.stream.results import Result, StreamState, StreamStatus


def test_only_one_delivery_waits_and_it_takes_the_newest(
    make_result: Callable[..., Result],
) -> None:
    waiting: list[Callable[[], None]] = []
    seen: list[int] = []
    bridge = StreamBridge(
        lambda result: seen.append(result.frame.index), lambda status: None, post=waiting.append
    )
    for index in range(100):
        bridge.put_result(make_result(index=index))
    assert len(waiting) == 1
    waiting.pop()()
    assert seen == [99]
    bridge.put_result(make_result(index=100))
    waiting.pop()()
    assert seen == [99, 100]


def test_every_status_arrives_in_order() -> None:
    waiting: list[Callable[[], None]] = []
    seen: list[StreamState] = []
    bridge = StreamBridge(
        lambda result: None, lambda status: seen.append(status.state), post=waiting.append
    )
    for state in (StreamState.CONNECTING, StreamState.PLAYING, StreamState.ENDED):
        bridge.put_status(StreamStatus(state))
    for call in waiting:
        call()
    assert seen == [StreamState.CONNECTING, StreamState.PLAYING, StreamState.ENDED]


def test_a_closed_bridge_delivers_nothing(make_result: Callable[..., Result]) -> None:
    waiting: list[Callable[[], None]] = []
    seen: list[object] = []
    bridge = StreamBridge(seen.append, seen.append, post=waiting.append)
    bridge.put_result(make_result())
    bridge.put_status(StreamStatus(StreamState.CLOSED))
    bridge.close()
    for call in waiting:
        call()
    assert seen == []


def test_everybody_gets_every_result(make_result: Callable[..., Result]) -> None:
    subscribers = Subscribers()
    one: list[Result] = []
    other: list[Result] = []
    subscribers.subscribe(one.append)
    first, second = make_result(index=0), make_result(index=1)
    subscribers.put(first)
    subscribers.subscribe(other.append)
    subscribers.put(second)
    assert (one, other) == ([first, second], [second])


def test_ending_one_leaves_the_others(make_result: Callable[..., Result]) -> None:
    subscribers = Subscribers()
    heard: list[str] = []

    def tell(name: str) -> Callable[[Result], None]:
        return lambda result: heard.append(name)

    end = subscribers.subscribe(tell("one"))
    subscribers.subscribe(tell("other"))
    end()
    end()
    subscribers.put(make_result())
    assert heard == ["other"]


def test_one_that_fails_is_not_called_again(
    make_result: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    subscribers = Subscribers()
    calls: list[str] = []

    def broken(result: Result) -> None:
        calls.append("broken")
        raise RuntimeError("odd")

    subscribers.subscribe(broken)
    subscribers.subscribe(lambda result: calls.append("whole"))
    with caplog.at_level(logging.ERROR):
        subscribers.put(make_result())
        subscribers.put(make_result())
    assert calls == ["broken", "whole", "whole"]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is RuntimeError


def test_one_may_end_itself_while_it_is_called(make_result: Callable[..., Result]) -> None:
    subscribers = Subscribers()
    heard: list[str] = []

    def once(result: Result) -> None:
        heard.append("once")
        end()

    end = subscribers.subscribe(once)
    subscribers.subscribe(lambda result: heard.append("always"))
    subscribers.put(make_result())
    subscribers.put(make_result())
    assert heard == ["once", "always", "always"]
