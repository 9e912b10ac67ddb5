import http.client
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from pedcam.errors import UserError
from pedcam.headless.monitor import CONTENT_TYPE, Monitor
from pedcam.headless.monitor_server import MonitorServer
from pedcam.rules.sending.dispatch import SendCounts
from pedcam.video.people.counts import Counts, Event, EventKind
from pedcam.video.people.rules import Enters, Rule
from pedcam.video.stream.results import StreamState, StreamStatus
from tests.factories import make_result

PLAYING = StreamStatus(StreamState.PLAYING)
LOST = StreamStatus(StreamState.RECONNECTING, "The cable is cut. Trying again in 0.5 s.", 0.5)


class Clock:
    time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monitor(clock: Clock) -> Monitor:
    rules = [Rule("Visitor", Enters()), Rule('a "\\" name', Enters())]
    return Monitor(rules, lambda: SendCounts(sent=3, failed=1, waiting=2), clock=clock)


class TestTrouble:
    def test_from_the_beginning_to_the_first_frame(self, monitor: Monitor) -> None:
        assert monitor.trouble == "The source is being opened."
        monitor.take_status(StreamStatus(StreamState.CONNECTING))
        assert monitor.trouble == "The source is connecting."
        monitor.take_status(PLAYING)
        assert monitor.trouble == "No frame has come yet."
        monitor.take(make_result(0))
        assert monitor.trouble == ""

    def test_a_source_that_is_lost_and_comes_back(self, monitor: Monitor) -> None:
        for status in (PLAYING, LOST, PLAYING):
            monitor.take_status(status)
            monitor.take(make_result(0))
            assert monitor.trouble == status.message

    @pytest.mark.parametrize(("gap", "patience"), [(0.04, 10.0), (5.0, 20.0)])
    def test_silence(self, monitor: Monitor, clock: Clock, gap: float, patience: float) -> None:
        monitor.take_status(PLAYING)
        for index in range(2):
            monitor.take(make_result(index))
            clock.time += gap * (index == 0)
        clock.time += patience
        assert monitor.trouble == ""
        clock.time += 1.0
        assert monitor.trouble == f"No frame has come for {patience + 1:.0f} s."


def test_all_figures(monitor: Monitor) -> None:
    alert = Event(EventKind.ALERT, 1, 0, 0.0, rule='a "\\" name')
    arrival = Event(EventKind.APPEARED, 1, 0, 0.0)
    monitor.take_status(PLAYING)
    monitor.take(make_result(0, latency_ms=250, counts=Counts(4, 4, 0.0)))
    for status in (LOST, LOST, PLAYING):
        monitor.take_status(status)
    counts = Counts(3, 4, 0.0, events=(arrival, alert))
    monitor.take(make_result(1, latency_ms=500, dropped=7, counts=counts))
    assert (
        monitor.metrics()
        == """\
# HELP pedcam_up Whether frames come.
# TYPE pedcam_up gauge
pedcam_up 1
# HELP pedcam_frames_total Frames looked at.
# TYPE pedcam_frames_total counter
pedcam_frames_total 2
# HELP pedcam_dropped_total Frames left out for newer.
# TYPE pedcam_dropped_total counter
pedcam_dropped_total 7
# HELP pedcam_people People in the last frame.
# TYPE pedcam_people gauge
pedcam_people 3
# HELP pedcam_alerts_total How often each rule fired.
# TYPE pedcam_alerts_total counter
pedcam_alerts_total{rule="Visitor"} 0
pedcam_alerts_total{rule="a \\"\\\\\\" name"} 1
# HELP pedcam_latency_seconds_total Time from capture to result, of all frames together.
# TYPE pedcam_latency_seconds_total counter
pedcam_latency_seconds_total 0.75
# HELP pedcam_reconnects_total How often the source came back after it was lost.
# TYPE pedcam_reconnects_total counter
pedcam_reconnects_total 1
# HELP pedcam_messages_total Messages that every address accepted, and that were given up.
# TYPE pedcam_messages_total counter
pedcam_messages_total{outcome="sent"} 3
pedcam_messages_total{outcome="failed"} 1
# HELP pedcam_messages_waiting Messages that wait to be accepted.
# TYPE pedcam_messages_waiting gauge
pedcam_messages_waiting 2
"""
    )


class TestServer:
    @pytest.fixture
    def server(self, monitor: Monitor) -> Iterator[MonitorServer]:
        server = MonitorServer(monitor, 0)
        yield server
        server.close()

    def ask(self, server: MonitorServer, path: str, method: str = "GET") -> tuple[int, str, str]:
        parts = urlsplit(server.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, str(answer.getheader("Content-Type")), body

    def test_health_in_both_states(self, server: MonitorServer, monitor: Monitor) -> None:
        plain = "text/plain; charset=utf-8"
        monitor.take_status(LOST)
        assert self.ask(server, "/healthz") == (503, plain, f"{LOST.message}\n")
        monitor.take_status(PLAYING)
        monitor.take(make_result(0))
        assert self.ask(server, "/healthz?from=probe") == (200, plain, "ok\n")
        assert self.ask(server, "/healthz", "HEAD") == (200, plain, "")

    def test_metrics(self, server: MonitorServer, monitor: Monitor) -> None:
        assert self.ask(server, "/metrics") == (200, CONTENT_TYPE, monitor.metrics())

    def test_anything_else(self, server: MonitorServer) -> None:
        assert self.ask(server, "/") == (
            404,
            "text/plain; charset=utf-8",
            "There is /healthz and /metrics.\n",
        )
        assert self.ask(server, "/healthz", "POST")[0] == 501

    def test_only_this_computer_is_answered(self, server: MonitorServer) -> None:
        assert server.address.startswith("http://127.0.0.1:")
        # All of 127.0.0.0/8 is this computer; a server on every interface would answer here.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", urlsplit(server.address).port or 0))

    def test_somebody_who_hangs_up_or_says_nothing_disturbs_nobody(
        self, server: MonitorServer, capfd: pytest.CaptureFixture[str]
    ) -> None:
        address = ("127.0.0.1", urlsplit(server.address).port or 0)
        with socket.create_connection(address) as silent, socket.create_connection(address) as gone:
            gone.sendall(b"GET /metrics HTTP/1.1\r\n")
            gone.close()
            assert self.ask(server, "/healthz")[0] == 503
            silent.sendall(b"\r\n")
        assert capfd.readouterr() == ("", "")

    def test_a_port_that_is_taken(self, server: MonitorServer, monitor: Monitor) -> None:
        port = urlsplit(server.address).port or 0
        with pytest.raises(UserError, match=f"Port {port} cannot be used: Address already in use"):
            MonitorServer(monitor, port)
