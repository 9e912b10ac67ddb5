import logging
from collections.abc import Callable

import pytest

from pedcam.ui.player.subscribers import Subscribers
from pedcam.video.stream.results import Result


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
