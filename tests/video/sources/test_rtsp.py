"""Network cameras speak RTSP; this is the least server that can be taken for one."""

import base64
import re
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import av
import pytest

from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import open_source
from pedcam.video.stream.stream import Stream, StreamState
from tests.factories import number_in, numbered_image
from tests.video.standins import PATIENCE, Audience, Bench

FRAMES = 60
CLOCK = 90_000
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=Camera\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    "a=control:track1\r\n"
)


def encoded_pictures() -> list[list[bytes]]:
    """The H.264 units of each of the numbered pictures."""
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 128, 64, "yuv420p"
    context.framerate = 25
    context.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "5"}
    pictures = []
    for number in range(FRAMES):
        frame = av.VideoFrame.from_ndarray(numbered_image(number), format="bgr24")
        frame.pts = number
        for packet in context.encode(frame):
            pictures.append(
                [unit for unit in re.split(rb"\x00\x00\x00?\x01", bytes(packet)) if unit]
            )
    return pictures


PICTURES = encoded_pictures()


class Camera(socketserver.StreamRequestHandler):
    """Sends all pictures at once over the connection; then closes it or falls silent."""

    password: str | None = None
    silent: threading.Event | None = None
    visits = 0

    def handle(self) -> None:
        while request := self.rfile.readline().decode():
            headers = {}
            while line := self.rfile.readline().decode().strip():
                name, value = line.split(":", 1)
                headers[name.lower()] = value.strip()
            method = request.split()[0]
            if self.password and not self.allowed(headers):
                self.answer(headers, "401 Unauthorized", 'WWW-Authenticate: Basic realm="x"')
            elif method == "DESCRIBE":
                self.answer(headers, "200 OK", "Content-Type: application/sdp", body=SDP)
            elif method == "SETUP":
                if "TCP" not in headers["transport"]:
                    self.answer(headers, "461 Unsupported Transport")
                    continue
                transport = f"Transport: {headers['transport']}"
                self.answer(headers, "200 OK", transport, "Session: 1")
            elif method == "PLAY":
                self.answer(headers, "200 OK", "Session: 1")
                type(self).visits += 1
                self.send_pictures()
                if self.silent is not None:
                    self.silent.wait(PATIENCE)
                return
            else:
                self.answer(headers, "200 OK", "Public: DESCRIBE, SETUP, PLAY, TEARDOWN")

    def allowed(self, headers: dict[str, str]) -> bool:
        expected = base64.b64encode(f"admin:{self.password}".encode()).decode()
        return headers.get("authorization") == f"Basic {expected}"

    def answer(self, headers: dict[str, str], status: str, *lines: str, body: str = "") -> None:
        head = [f"RTSP/1.0 {status}", f"CSeq: {headers.get('cseq', 0)}", *lines]
        head.append(f"Content-Length: {len(body)}")
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())

    def send_pictures(self) -> None:
        sequence = 0
        for number, units in enumerate(PICTURES):
            for place, unit in enumerate(units):
                last = 0x80 if place == len(units) - 1 else 0
                time = number * CLOCK // 25
                packet = struct.pack("!BBHII", 0x80, last | 96, sequence, time, 7) + unit
                self.wfile.write(struct.pack("!cBH", b"$", 0, len(packet)) + packet)
                sequence += 1


@contextmanager
def camera(**attributes: object) -> Iterator[tuple[str, type[Camera]]]:
    handler = type("ThisCamera", (Camera,), attributes)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", handler
        server.shutdown()


@pytest.fixture
def silent() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_pictures_arrive_until_it_falls_silent(silent: threading.Event) -> None:
    with camera(silent=silent) as (host, _):
        source = open_source(f"rtsp://{host}/live", timeout=1.0)
        assert (source.live, source.duration, source.size) == (True, None, (128, 64))
        numbers = []
        message = ""
        try:
            while (frame := source.read()) is not None:
                numbers.append(number_in(frame.image))
        except SourceError as error:
            message = str(error)
        source.close()
    assert numbers == list(range(numbers[0], FRAMES))
    assert message == f"Lost rtsp://{host}/live: no answer within 1 s."


def test_it_is_found_again_after_it_went_away(audience: Audience, bench: Bench) -> None:
    with camera() as (host, handler):
        stream = Stream(
            f"rtsp://{host}/live",
            bench.pool,
            "a",
            on_result=audience.on_result,
            on_status=audience.on_status,
            first_retry=0.0,
        )
        stream.start()
        audience.wait_state(StreamState.PLAYING, 2)
        stream.close()
    assert handler.visits >= 2
    assert audience.statuses[2].state is StreamState.RECONNECTING


def test_a_password_opens_it_and_a_wrong_one_is_said(silent: threading.Event) -> None:
    with camera(password="s3cret", silent=silent) as (host, _):
        source = open_source(f"rtsp://admin:s3cret@{host}/live", timeout=5.0)
        assert source.title == f"rtsp://{host}/live"
        source.close()
        with pytest.raises(SourceError) as error:
            open_source(f"rtsp://admin:wr0ng@{host}/live", timeout=5.0)
    assert str(error.value) == (
        f"Cannot reach rtsp://{host}/live: the user name or password was refused. "
        "Write them as in rtsp://name:password@host/stream."
    )
