from collections.abc import Callable

from pedcam.ui.bridge import StreamBridge
from pedcam.video.stream.stream import Result, StreamState, StreamStatus


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
