"""Kinds of network streams: what each is given, what it may lead to, and when it is given up."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av.stream
import pytest

from pedcam.video.sources.frame import Source, SourceError
from pedcam.video.sources.network import PROTOCOLS, rtsp_transport
from pedcam.video.sources.spec import open_source
from tests.factories import number_in, write_clip
from tests.video.standins import PATIENCE

Act = Callable[[socket.socket, threading.Event], None]


@pytest.fixture(autouse=True)
def _quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert capfd.readouterr() == ("", ""), "FFmpeg's own messages must not reach the terminal"


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """100 numbered pictures as MPEG-TS."""
    path = tmp_path_factory.mktemp("body") / "live.ts"
    return write_clip(path, [n / 25 for n in range(100)]).read_bytes()


@contextmanager
def serving(act: Act) -> Iterator[int]:
    """The port of a server that does ``act`` with every connection until the end is set."""
    over = threading.Event()

    def handle(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            act(connection, over)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        over.set()


@contextmanager
def files(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of a folder on a web server, and the paths that were asked for."""
    asked: list[str] = []

    class Files(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    handler = partial(Files, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def fails(address: str, timeout: float = 5.0) -> str:
    with pytest.raises(SourceError) as error:
        open_source(address, timeout=timeout)
    return str(error.value)


def until_error(source: Source) -> str:
    def read_all() -> None:
        while source.read() is not None:
            pass

    with pytest.raises(SourceError) as error:
        read_all()
    return str(error.value)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_numbers(address: str, count: int) -> list[int]:
    source = open_source(address, timeout=PATIENCE)
    assert (source.live, source.duration, source.size) == (True, None, (128, 64))
    numbers = [number_in(source.read().image) for _ in range(count)]
    source.close()
    return numbers


def test_mpeg_ts_over_tcp(body: bytes) -> None:
    def send(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(body)
        over.wait(PATIENCE)

    with serving(send) as port:
        assert read_numbers(f"tcp://127.0.0.1:{port}", 90) == list(range(90))


def test_mpeg_ts_over_tcp_that_comes_to_us(body: bytes) -> None:
    port = free_port(socket.SOCK_STREAM)
    over = threading.Event()

    def call() -> None:
        while not over.is_set():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(body)
                over.wait(PATIENCE)

    thread = threading.Thread(target=call)
    thread.start()
    try:
        assert read_numbers(f"tcp://127.0.0.1:{port}?listen=1", 90) == list(range(90))
    finally:
        over.set()
        thread.join()


@contextmanager
def sending(body: bytes, port: int, pause: float) -> Iterator[None]:
    """Sends the same pictures over UDP again and again."""
    over = threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not over.is_set():
                for start in range(0, len(body), 1316):
                    with suppress(ConnectionRefusedError):
                        out.sendto(body[start : start + 1316], ("127.0.0.1", port))
                    if over.wait(pause):
                        break

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("host", ["@", "@127.0.0.1", "127.0.0.1"])
def test_mpeg_ts_over_udp(body: bytes, host: str) -> None:
    port = free_port(socket.SOCK_DGRAM)
    with sending(body, port, 0.002):
        numbers = read_numbers(f"udp://{host}:{port}", 60)
    # It may begin anywhere.
    first = numbers[0]
    assert numbers == [(first + n) % 100 for n in range(60)]


def test_pictures_that_come_too_fast_over_udp_are_lost_and_no_more(body: bytes) -> None:
    port = free_port(socket.SOCK_DGRAM)
    # A buffer of four packets, which overflows before the first picture is shown.
    address = f"udp://@127.0.0.1:{port}?fifo_size=28"
    with sending(body, port, 0.0):
        source = open_source(address, timeout=PATIENCE)
        for _ in range(150):
            assert source.read() is not None
        source.close()


PLAYLIST = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n"


def write_hls(folder: Path, *, over: bool) -> None:
    """Two segments of 50 pictures each; a playlist that is not over is a live one."""
    for part in range(2):
        times = [(50 * part + n) / 25 for n in range(50)]
        write_clip(folder / f"{part}.ts", times)
    end = "#EXT-X-ENDLIST\n" if over else ""
    (folder / "list.m3u8").write_text(
        f"{PLAYLIST}#EXTINF:2.0,\n0.ts\n#EXTINF:2.0,\n#EXT-X-DISCONTINUITY\n1.ts\n{end}"
    )


def test_hls_of_a_recording(tmp_path: Path) -> None:
    write_hls(tmp_path, over=True)
    with files(tmp_path) as (host, _):
        source = open_source(f"{host}/list.m3u8?token=s3cret", timeout=PATIENCE)
        assert source.title == f"{host}/list.m3u8"
        assert (source.live, source.duration) == (False, 4.0)
        frames = [source.read() for _ in range(100)]
        # Each segment counts from 0.
        assert [number_in(frame.image) for frame in frames] == [*range(50), *range(50)]
        assert source.read() is None
        source.seek(1.0)
        assert number_in(source.read().image) == 25
        source.close()


def test_of_the_sizes_of_an_hls_stream_the_largest_is_read_alone(tmp_path: Path) -> None:
    master = "#EXTM3U\n"
    for width, height in ((64, 32), (256, 128), (128, 64)):
        name = f"w{width}"
        entries = ""
        for part in range(3):
            times = [(50 * part + n) / 25 for n in range(50)]
            write_clip(tmp_path / f"{name}-{part}.ts", times, size=(width, height))
            entries += f"#EXTINF:2.0,\n{name}-{part}.ts\n"
        (tmp_path / f"{name}.m3u8").write_text(f"{PLAYLIST}{entries}#EXT-X-ENDLIST\n")
        master += f"#EXT-X-STREAM-INF:BANDWIDTH={1000 * width},RESOLUTION={width}x{height}\n"
        master += f"{name}.m3u8\n"
    (tmp_path / "list.m3u8").write_text(master)
    with files(tmp_path) as (host, asked):
        source = open_source(f"{host}/list.m3u8", timeout=PATIENCE)
        assert source.size == (256, 128)
        sizes = set()
        while (frame := source.read()) is not None:
            sizes.add(frame.image.shape)
        source.close()
    assert sizes == {(128, 256, 3)}
    assert "/w256-2.ts" in asked
    if hasattr(av.stream, "Discard"):
        assert not {"/w64-2.ts", "/w128-2.ts"} & set(asked), "each would be a download for nothing"


def test_hls_live(tmp_path: Path) -> None:
    write_hls(tmp_path, over=False)
    with files(tmp_path) as (host, asked):
        source = open_source(f"{host}/list.m3u8", timeout=1.5)
        assert (source.live, source.duration) == (True, None)
        assert [number_in(source.read().image) for _ in range(40)] == list(range(40))
        # No further segment ever comes.
        message = until_error(source)
        source.close()
    assert message == f"Lost {host}/list.m3u8: no answer within 1.5 s."
    assert asked.count("/list.m3u8") >= 2


class TestStrangers:
    """Playlists that name what they have no business with."""

    @pytest.fixture
    def secret(self, tmp_path: Path) -> Path:
        """A real video that must stay closed."""
        folder = tmp_path / "private"
        folder.mkdir()
        return write_clip(folder / "secret.ts", [n / 25 for n in range(50)])

    @pytest.fixture
    def public(self, tmp_path: Path) -> Path:
        folder = tmp_path / "public"
        folder.mkdir()
        return folder

    @pytest.mark.parametrize(
        "entry", ["file:///etc/passwd", "file:{secret}", "{secret}", "subfile,,start,0,,:{secret}"]
    )
    def test_hls_that_names_a_file_here(self, secret: Path, public: Path, entry: str) -> None:
        entry = entry.format(secret=secret)
        (public / "x.m3u8").write_text(f"{PLAYLIST}#EXTINF:2.0,\n{entry}\n#EXT-X-ENDLIST\n")
        with files(public) as (host, _):
            fails(f"{host}/x.m3u8")

    def test_concat_that_names_a_file_here(self, secret: Path, public: Path) -> None:
        (public / "x.txt").write_text(f"ffconcat version 1.0\nfile 'file:{secret}'\n")
        with files(public) as (host, _):
            fails(f"{host}/x.txt")

    @pytest.mark.parametrize("name", ["x.ffconcat", "x.m3u8", "x.mp4"])
    def test_a_local_file_that_calls_others(self, tmp_path: Path, public: Path, name: str) -> None:
        write_clip(public / "there.ts", [n / 25 for n in range(50)])
        with files(public) as (host, asked):
            # The address is good: it would play if it were opened by itself.
            open_source(f"{host}/there.ts", timeout=PATIENCE).close()
            asked.clear()
            if name.endswith("m3u8"):
                text = f"{PLAYLIST}#EXTINF:2.0,\n{host}/there.ts\n#EXT-X-ENDLIST\n"
            else:
                text = f"ffconcat version 1.0\nfile '{host}/there.ts'\n"
            (tmp_path / name).write_text(text)
            fails(str(tmp_path / name))
            assert asked == []

    def test_a_redirect_to_a_file_here(self, secret: Path) -> None:
        class Redirect(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"file:{secret}")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Redirect) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            fails(f"http://127.0.0.1:{server.server_port}/x.ts")
            server.shutdown()

    def test_no_kind_leads_to_files(self) -> None:
        for allowed in PROTOCOLS.values():
            assert not {"file", "concat", "subfile", "pipe", "data"} & set(allowed.split(","))

    @pytest.mark.parametrize("address", ["subfile,,start,0,,://{secret}", "pipe://0", "cache://x"])
    def test_addresses_of_no_network(self, secret: Path, address: str) -> None:
        with pytest.raises(SourceError):
            open_source(address.format(secret=secret))


def silence(connection: socket.socket, over: threading.Event) -> None:
    over.wait(PATIENCE)


def trickle(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.05):
        connection.sendall(b"x")


def garbage(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.001):
        connection.sendall(bytes(range(256)) * 4)


def http(answer: Act, head: bytes = b"") -> Act:
    def act(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + head)
        answer(connection, over)

    return act


def hls(answer: Act) -> Act:
    def act(connection: socket.socket, over: threading.Event) -> None:
        request = connection.recv(4096)
        playlist = f"{PLAYLIST}#EXTINF:2.0,\n0.ts\n".encode() if b".m3u8" in request else b""
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + playlist)
        if not playlist:
            answer(connection, over)

    return act


@pytest.mark.parametrize("answer", [silence, trickle, garbage], ids=lambda act: act.__name__)
@pytest.mark.parametrize(
    ("address", "wrap"),
    [
        ("tcp://127.0.0.1:{}", lambda act: act),
        ("http://127.0.0.1:{}/x.ts", lambda act: act),
        ("http://127.0.0.1:{}/x.ts", http),
        ("http://127.0.0.1:{}/x.m3u8", hls),
        ("https://127.0.0.1:{}/x.ts", lambda act: act),
        ("rtsp://127.0.0.1:{}/x", lambda act: act),
        ("rtmp://127.0.0.1:{}/x", lambda act: act),
    ],
    ids=["tcp", "http head", "http body", "hls segment", "https", "rtsp", "rtmp"],
)
def test_opening_ends_with_its_time_out(
    address: str, wrap: Callable[[Act], Act], answer: Act
) -> None:
    with serving(wrap(answer)) as port:
        started = time.perf_counter()
        fails(address.format(port), timeout=0.2)
        # Far more than it takes, far less than for ever.
        assert time.perf_counter() - started < PATIENCE / 2


@pytest.mark.parametrize("answer", [silence, trickle, garbage], ids=lambda act: act.__name__)
@pytest.mark.parametrize("scheme", ["tcp", "http"])
def test_a_stream_that_goes_wrong_is_given_up(body: bytes, scheme: str, answer: Act) -> None:
    def start(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(body)
        answer(connection, over)

    with serving(start if scheme == "tcp" else http(answer, body)) as port:
        source = open_source(f"{scheme}://127.0.0.1:{port}/x.ts", timeout=0.5)
        message = until_error(source)
        source.close()
    assert message == f"Lost {scheme}://127.0.0.1:{port}/x.ts: no answer within 0.5 s."


@pytest.mark.parametrize("host", ["@", "@127.0.0.1"])
def test_nobody_sends_over_udp(host: str) -> None:
    port = free_port(socket.SOCK_DGRAM)
    assert "no answer within 0.3 s" in fails(f"udp://{host}:{port}", timeout=0.3)


@pytest.mark.parametrize(
    ("address", "transport", "first"),
    [
        ("rtsp://127.0.0.1:{}/x", None, "TCP"),
        ("rtsp://127.0.0.1:{}/x#transport=tcp", "tcp", "TCP"),
        ("RTSP://127.0.0.1:{}/x?a=b#transport=udp", "udp", "UDP"),
    ],
)
def test_rtsp_transport(address: str, transport: str | None, first: str) -> None:
    requests: list[str] = []
    sdp = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"

    def answer(connection: socket.socket, over: threading.Event) -> None:
        with connection.makefile("rwb") as file:
            while request := file.readline().decode():
                head = [request.strip()]
                while line := file.readline().decode().strip():
                    head.append(line)
                requests.append("\n".join(head))
                sequence = next(line for line in head if line.startswith("CSeq"))
                described = request.startswith("DESCRIBE")
                status = "461 Unsupported Transport" if request.startswith("SETUP") else "200 OK"
                text = sdp if described else ""
                kind = "Content-Type: application/sdp\r\n" if described else ""
                file.write(
                    f"RTSP/1.0 {status}\r\n{sequence}\r\n{kind}"
                    f"Content-Length: {len(text)}\r\n\r\n{text}".encode()
                )
                file.flush()

    with serving(answer) as port:
        address = address.format(port)
        assert rtsp_transport(address) == transport
        fails(address)
    setups = [request for request in requests if request.startswith("SETUP")]
    assert ("RTP/AVP/TCP" in setups[0]) == (first == "TCP")
    assert "transport=" not in "".join(requests), "the fragment is not for the server"
