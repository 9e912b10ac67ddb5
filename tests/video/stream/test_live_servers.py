"""Streams of real servers: lost, stalled, changed, spoiled, and found again. ``-s`` shows times."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pedcam.video.sources.spec import SourceSpec, open_source
from pedcam.video.stream.capture import Watchdog
from pedcam.video.stream.stream import Stream, StreamState
from tests.video.live_servers import FfmpegSender, Proxy, RtspServer, Sender, wait_until_listening
from tests.video.standins import Audience, Bench

S = StreamState
PATIENCE = 40.0
TIMEOUT = 2.0  # of the source; 10 s in the application

SENDERS: dict[str, Callable[[], Sender]] = {
    "rtsp-tcp": lambda: RtspServer("tcp"),
    "rtsp-udp": lambda: RtspServer("udp"),
    "ts-tcp": lambda: FfmpegSender("tcp"),
    "ts-udp": lambda: FfmpegSender("udp"),
    "http": lambda: FfmpegSender("http"),
}
THROUGH_PROXY = ["rtsp-tcp", "ts-tcp", "http"]


class Patient(Audience):
    """Waits longer than others: servers take their time to start."""

    def wait(self, condition: Callable[[], Any]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), f"never came: {self.states}"


@pytest.fixture
def audience() -> Patient:
    return Patient()


@pytest.fixture
def sender(request: pytest.FixtureRequest) -> Iterator[Sender]:
    sender = SENDERS[request.param]()
    sender.start()
    yield sender
    sender.kill()


@pytest.fixture
def proxy(sender: Sender) -> Iterator[Proxy]:
    proxy = Proxy(sender.port)
    yield proxy
    proxy.close()


@pytest.fixture
def watch(bench: Bench, audience: Patient) -> Iterator[Callable[[str], Stream]]:
    streams: list[Stream] = []

    def start(address: str, timeout: float = TIMEOUT) -> Stream:
        def opener(spec: SourceSpec) -> Any:
            return open_source(spec, timeout=timeout)

        stream = Stream(
            address,
            bench.pool,
            "a",
            on_result=audience.on_result,
            on_status=audience.on_status,
            opener=opener,
            first_retry=0.2,
            watchdog=Watchdog(stall_after=0.5),
        )
        streams.append(stream)
        stream.start()
        return stream

    yield start
    for stream in streams:
        stream.close()


def more_results(audience: Patient, count: int = 5) -> None:
    wanted = len(audience.results) + count
    audience.wait(lambda: len(audience.results) >= wanted)


def check_order(audience: Patient) -> None:
    indices = [result.frame.index for result in audience.results]
    times = [result.frame.time for result in audience.results]
    assert indices == sorted(set(indices))
    assert times == sorted(set(times))


@pytest.mark.parametrize("sender", SENDERS, indirect=True)
def test_killed_in_mid_stream_and_started_again(sender, watch, audience, request):
    stream = watch(sender.address(sender.port))
    more_results(audience)
    assert (stream.source.live, stream.source.size) == (True, (128, 64))
    sender.kill()
    killed = time.perf_counter()
    status = audience.wait_state(S.RECONNECTING)
    told = time.perf_counter()
    assert "Trying again in" in status.message
    assert status.retry_in is not None
    seen = len(audience.results)
    sender.start()
    started = time.perf_counter()
    audience.wait(lambda: audience.states[-1] is S.PLAYING and len(audience.results) > seen)
    sys.stdout.write(
        f"\n{request.node.callspec.id}: loss told after {told - killed:.1f} s, "
        f"pictures {time.perf_counter() - started:.1f} s after the restart\n"
    )
    more_results(audience)
    check_order(audience)
    assert audience.results[-1].frame.segment > audience.results[seen - 1].frame.segment
    assert S.FAILED not in audience.states


@pytest.mark.parametrize("sender", THROUGH_PROXY, indirect=True)
def test_a_stall_that_ends_by_itself(sender, proxy, watch, audience):
    watch(sender.address(proxy.port), timeout=20.0)
    more_results(audience)
    proxy.stall()
    status = audience.wait_state(S.STALLED)
    assert status.message.startswith("Nothing comes from ")
    proxy.resume()
    audience.wait(lambda: audience.states[-1] is S.PLAYING)
    more_results(audience)
    check_order(audience)
    assert S.RECONNECTING not in audience.states
    assert {result.frame.segment for result in audience.results} == {0}


@pytest.mark.parametrize("sender", ["rtsp-tcp"], indirect=True)
def test_a_stall_for_ever(sender, proxy, watch, audience):
    watch(sender.address(proxy.port))
    more_results(audience)
    proxy.stall()
    audience.wait_state(S.STALLED)
    status = audience.wait_state(S.RECONNECTING)
    assert "no answer within 2 s" in status.message
    connections = proxy.connections
    proxy.drop()
    proxy.resume()
    audience.wait(lambda: audience.states[-1] is S.PLAYING)
    more_results(audience)
    assert proxy.connections > connections
    check_order(audience)


@pytest.mark.parametrize("sender", ["rtsp-tcp"], indirect=True)
def test_a_connection_that_is_cut(sender, proxy, watch, audience):
    watch(sender.address(proxy.port))
    more_results(audience)
    for round_ in range(3):
        proxy.drop()
        audience.wait_state(S.RECONNECTING, round_ + 1)
        audience.wait_state(S.PLAYING, round_ + 2)
        more_results(audience, 2)
    check_order(audience)


@pytest.mark.parametrize(
    ("sender", "codec"), [("rtsp-tcp", "mjpeg"), ("ts-udp", "mpeg2")], indirect=["sender"]
)
def test_it_comes_back_with_another_size_and_codec(sender, codec, watch, audience):
    stream = watch(sender.address(sender.port))
    more_results(audience)
    sender.kill()
    audience.wait_state(S.RECONNECTING)
    sender.size, sender.codec = (96, 48), codec
    sender.start()
    audience.wait(lambda: audience.results[-1].frame.image.shape == (48, 96, 3))
    assert stream.source.size == (96, 48)
    more_results(audience)
    check_order(audience)


@pytest.mark.parametrize("sender", ["ts-tcp", "http"], indirect=True)
def test_spoiled_packets_cost_pictures_and_nothing_else(sender, proxy, watch, audience):
    watch(sender.address(proxy.port), timeout=20.0)
    more_results(audience)
    proxy.corrupt(10)
    more_results(audience, 30)
    assert {S.FAILED, S.RECONNECTING, S.ENDED}.isdisjoint(audience.states)
    check_order(audience)


@pytest.mark.parametrize("sender", ["rtsp-tcp"], indirect=True)
@pytest.mark.parametrize("state", [S.CONNECTING, S.PLAYING, S.STALLED, S.RECONNECTING, S.PAUSED])
def test_closing_takes_less_than_a_second(sender, proxy, watch, audience, state):
    before = {thread for thread in threading.enumerate() if thread.name.startswith("pedcam-")}
    if state is S.CONNECTING:
        proxy.stall()
    stream = watch(sender.address(proxy.port))
    if state is S.CONNECTING:
        audience.wait(lambda: proxy.connections)
    else:
        more_results(audience)
    if state in (S.STALLED, S.RECONNECTING):
        proxy.stall()
    if state is S.PAUSED:
        stream.pause()
    audience.wait_state(state)
    started = time.perf_counter()
    stream.close()
    assert time.perf_counter() - started < 1.0
    # A read that hangs ends with the time-out of the source.
    for thread in threading.enumerate():
        if thread.name.startswith("pedcam-") and thread not in before:
            thread.join(PATIENCE)
            assert not thread.is_alive(), thread.name
    assert audience.states[-1] is S.CLOSED


def test_where_we_are_the_one_who_listens(watch, audience):
    sender = FfmpegSender("tcp")
    address = f"tcp://127.0.0.1:{sender.port}?listen=1"
    command = [part.replace("?listen=1", "") for part in sender.command()]
    sender.command = lambda: command
    watch(address, timeout=PATIENCE)
    wait_until_listening(sender.port)
    Sender.start(sender)
    more_results(audience)
    sender.kill()
