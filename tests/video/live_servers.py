"""Live sources for tests: an RTSP server, ffmpeg as sender and as server, and a proxy that spoils.

Everything listens on the loopback interface only and ends with the test.
"""

import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

GSTREAMER_PYTHON = "/usr/bin/python3"
READY_WITHIN = 20.0  # seconds


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sender:
    """Something that sends live video, in a process of its own that can be killed and restarted."""

    def __init__(self) -> None:
        self.port = free_port()
        self.size = 128, 64
        self.codec = "h264"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def address(self, port: int) -> str:
        """What to open, where a proxy may listen on another port."""
        raise NotImplementedError

    def start(self) -> None:
        self._process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None


class RtspServer(Sender):
    """GStreamer's RTSP server, as many network cameras have it."""

    def __init__(self, transport: str) -> None:
        super().__init__()
        if not Path(GSTREAMER_PYTHON).exists() or not _has_gstreamer():
            pytest.skip("needs Debian's gir1.2-gst-rtsp-server-1.0 and python3-gi")
        self._transport = transport

    def command(self) -> list[str]:
        script = str(Path(__file__).with_name("gst_rtsp_server.py"))
        return [GSTREAMER_PYTHON, script, str(self.port), *map(str, self.size), self.codec]

    def address(self, port: int) -> str:
        return f"rtsp://127.0.0.1:{port}/live#transport={self._transport}"

    def start(self) -> None:
        super().start()
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "the RTSP server did not start"


_gstreamer: list[bool] = []


def _has_gstreamer() -> bool:
    if not _gstreamer:
        check = "import gi; gi.require_version('GstRtspServer', '1.0')"
        pipeline = "from gi.repository import Gst; Gst.init(None)"
        elements = "assert all(map(Gst.ElementFactory.find, ('x264enc', 'rtph264pay', 'jpegenc')))"
        done = subprocess.run(
            [GSTREAMER_PYTHON, "-c", f"{check}; {pipeline}; {elements}"],
            capture_output=True,
            timeout=READY_WITHIN,
            check=False,
        )
        _gstreamer.append(done.returncode == 0)
    return _gstreamer[0]


_CODECS = {
    "h264": ["libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10"],
    "mpeg2": ["mpeg2video", "-g", "10", "-b:v", "1M"],
}


class FfmpegSender(Sender):
    """ffmpeg with MPEG-TS: over TCP as the side that listens, over UDP, or as an HTTP server."""

    def __init__(self, scheme: str) -> None:
        super().__init__()
        if shutil.which("ffmpeg") is None:
            pytest.skip("needs ffmpeg")
        self._scheme = scheme
        if scheme == "udp":
            self.port = free_port(socket.SOCK_DGRAM)

    def command(self) -> list[str]:
        width, height = self.size
        target = {
            "tcp": f"tcp://127.0.0.1:{self.port}?listen=1",
            "udp": f"udp://127.0.0.1:{self.port}?pkt_size=1316",
            "http": f"http://127.0.0.1:{self.port}/live.ts",
        }[self._scheme]
        listen = ["-listen", "1"] if self._scheme == "http" else []
        return [
            *("ffmpeg", "-v", "quiet", "-re", "-f", "lavfi"),
            *("-i", f"testsrc2=size={width}x{height}:rate=25"),
            *("-c:v", *_CODECS[self.codec], "-pix_fmt", "yuv420p"),
            *("-f", "mpegts", "-flush_packets", "1", *listen, target),
        ]

    def address(self, port: int) -> str:
        path = "/live.ts" if self._scheme == "http" else ""
        return f"{self._scheme}://{'@' if self._scheme == 'udp' else ''}127.0.0.1:{port}{path}"

    def start(self) -> None:
        super().start()
        # Whoever listens takes one connection, so a look at whether it does would use it up.
        if self._scheme != "udp":
            wait_until_listening(self.port)


def wait_until_listening(port: int) -> None:
    """Wait until somebody listens, or did and was called before this could see it."""
    deadline = time.monotonic() + READY_WITHIN
    wanted, listening, connected = f"0100007F:{port:04X}", "0A", "01"
    while time.monotonic() < deadline:
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if local == wanted and state in (listening, connected):
                return
        threading.Event().wait(0.02)
    raise AssertionError(f"nobody listens on port {port}")


class Proxy:
    """Stands between a TCP server and whoever connects, and spoils what passes when asked."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.connections = 0
        self._target = target
        self._flowing = threading.Event()
        self._flowing.set()
        self._spoil = 0
        self._closing = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def stall(self) -> None:
        """Forward nothing more, with every connection left open."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def drop(self) -> None:
        """Cut every connection."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def corrupt(self, pieces: int) -> None:
        """Flip bits in the next so many pieces that come from the server."""
        self._spoil = pieces

    def close(self) -> None:
        self._closing = True
        self.resume()
        self._server.close()
        self.drop()

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._sockets += [client, server]
            for source, sink, spoiled in ((client, server, False), (server, client, True)):
                threading.Thread(
                    target=self._pump, args=(source, sink, spoiled), name="proxy", daemon=True
                ).start()

    def _pump(self, source: socket.socket, sink: socket.socket, spoiled: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1500):
                self._flowing.wait()
                if spoiled and self._spoil > 0 and len(data) > 400:
                    self._spoil -= 1
                    # Behind the headers, where the picture is.
                    middle = len(data) // 2
                    data = data[:middle] + bytes(200) + data[middle + 200 :]
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
