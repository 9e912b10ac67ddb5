"""More live sources for tests: numbered pictures, JPEG pictures, files over HTTP, frozen servers.

With :mod:`tests.video.live_servers` these are all the servers that the tests start.
"""

import re
import shutil
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import pytest

from tests.factories import numbered_image, write_clip
from tests.video.live_servers import (
    READY_WITHIN,
    FfmpegSender,
    RtspServer,
    Sender,
    free_port,
    wait_until_listening,
)

RATE = 25
PICTURES = 250  # numbers that a numbered source counts through before it begins again


class Freezable(Sender):
    """One whose process can be stopped: it keeps its sockets, and the system accepts for it."""

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "not started"
        self._process.send_signal(number)


class FreezableRtspServer(Freezable, RtspServer):
    pass


class FreezableFfmpeg(Freezable, FfmpegSender):
    pass


def _need_ffmpeg() -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg")


def _numbered_clip(path: Path) -> Path:
    return write_clip(path, [number / RATE for number in range(PICTURES)], keyframe_every=10)


class NumberedSender(Freezable):
    """ffmpeg sending MPEG-TS whose pictures hold their numbers, 25 a second, again and again.

    Args:
        scheme: ``tcp`` or ``udp``.
        folder: Where the clip is kept.
        calls: Whether it connects to us over TCP instead of listening; start it when we listen.
    """

    def __init__(self, scheme: str, folder: Path, *, calls: bool = False) -> None:
        super().__init__()
        _need_ffmpeg()
        self._scheme = scheme
        self._calls = calls
        if scheme == "udp":
            self.port = free_port(socket.SOCK_DGRAM)
        self._clip = _numbered_clip(folder / "numbered.ts")

    def command(self) -> list[str]:
        query = {"udp": "?pkt_size=1316", "tcp": "" if self._calls else "?listen=1"}[self._scheme]
        return [
            *("ffmpeg", "-v", "quiet", "-re", "-stream_loop", "-1", "-i", str(self._clip)),
            *("-c", "copy", "-f", "mpegts", "-flush_packets", "1"),
            f"{self._scheme}://127.0.0.1:{self.port}{query}",
        ]

    def address(self, port: int) -> str:
        return f"{self._scheme}://127.0.0.1:{port}{'?listen=1' if self._calls else ''}"

    def start(self) -> None:
        if self._calls:
            wait_until_listening(self.port)
        super().start()
        if self._scheme == "tcp" and not self._calls:
            wait_until_listening(self.port)


class HlsSender(Sender):
    """ffmpeg writing a live playlist, ``live.m3u8``, into a folder; old segments go."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        _need_ffmpeg()
        self._playlist = folder / "live.m3u8"
        self._clip = _numbered_clip(folder / "numbered.mp4")

    def command(self) -> list[str]:
        return [
            *("ffmpeg", "-v", "quiet", "-re", "-stream_loop", "-1", "-i", str(self._clip)),
            *("-c", "copy", "-f", "hls", "-hls_time", "0.4", "-hls_list_size", "4"),
            *("-hls_flags", "delete_segments+temp_file", str(self._playlist)),
        ]

    def start(self) -> None:
        self._playlist.unlink(missing_ok=True)
        super().start()
        deadline = time.monotonic() + READY_WITHIN
        while not self._playlist.exists():
            assert time.monotonic() < deadline, "ffmpeg wrote no playlist"
            threading.Event().wait(0.02)


class JpegCamera:
    """A camera with a web page: numbered JPEG pictures over HTTP, to any number of visitors.

    Attributes:
        port: Where it listens, also after a restart.
        size: Of the pictures that it sends from now on.
        visits: Connections that it has answered.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.size = 128, 64
        self.visits = 0
        self._number = 0
        self._server: ThreadingHTTPServer | None = None
        self._frozen = self._over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/live.mjpg"

    def start(self) -> None:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._frozen, self._over = threading.Event(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def kill(self) -> None:
        """Hang up and refuse everybody until it is started again."""
        self._over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def hang_up(self) -> None:
        """Close the connections of now; whoever comes next is answered."""
        before, self._over = self._over, threading.Event()
        before.set()

    def freeze_visitors(self) -> None:
        """Send nothing more to whoever is there now; whoever comes next is answered."""
        before, self._frozen = self._frozen, threading.Event()
        before.set()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        frozen, over = self._frozen, self._over
        self.visits += 1
        with suppress(OSError):
            handler.send_response(200)
            handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            handler.end_headers()
            while not over.wait(1 / RATE):
                if frozen.is_set():
                    over.wait()
                    return
                image = numbered_image(self._number % PICTURES, *self.size)
                self._number += 1
                jpeg = cv2.imencode(".jpg", image)[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                handler.wfile.write(head.encode() + jpeg + b"\r\n")


class FileServer(ThreadingHTTPServer):
    """Files of a folder, also in parts.

    Attributes:
        parts: First bytes of the parts that were asked for.
        limit: Bytes after which connections are closed, ``None`` for all that was asked for.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
        self.parts: list[int] = []
        self.limit: int | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a player may go away in the middle of a file


class _Files(SimpleHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(wanted[1]) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Accept-Ranges", "bytes")
        if wanted:
            self.server.parts.append(first)
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.wfile.write(data[first:][: self.server.limit])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving_files(folder: Path) -> Iterator[FileServer]:
    with FileServer(folder) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def send_body(self, kind: str, body: bytes, *, length: bool = True) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def move_index_away(clip: Path, size: int) -> None:
    """Put ``size`` bytes that mean nothing between the pictures of an MP4 file and its index.

    Whoever plays it over a network must ask for the index by its place.
    """
    data = clip.read_bytes()
    place = 0
    while data[place + 4 : place + 8] != b"moov":
        place += struct.unpack_from("!I", data, place)[0]
    filling = struct.pack("!I4s", size, b"free") + bytes(size - 8)
    clip.write_bytes(data[:place] + filling + data[place:])
