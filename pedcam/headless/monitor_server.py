"""Tells other programs on this computer how a source that is watched is doing, over HTTP."""

from __future__ import annotations

import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pedcam.errors import UserError
from pedcam.headless.monitor import CONTENT_TYPE, Monitor

HOST = "127.0.0.1"
PATIENCE = 5.0  # seconds for a request
PLAIN = "text/plain; charset=utf-8"

_log = logging.getLogger(__name__)


class MonitorServer:
    """Answers ``/healthz`` and ``/metrics`` on the loopback interface, until closed.

    ``/healthz`` is 200 while frames come, else 503 with the reason.
    """

    def __init__(self, monitor: Monitor, port: int) -> None:
        """Begin to answer; with port 0 the system chooses one.

        Raises:
            UserError: The port cannot be used.
        """
        try:
            self._server = _Server(monitor, port)
        except OSError as error:
            raise UserError(
                f"Port {port} cannot be used: {error.strerror}. Choose another one with --port."
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="pedcam-monitor", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._server.server_port}"

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, monitor: Monitor, port: int) -> None:
        self.monitor = monitor
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        # The base class asks the resolver for this computer's name, which can take long.
        socket.socket.bind(self.socket, self.server_address)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Mostly somebody who hung up.
        _log.debug("a request failed", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE

    def do_GET(self) -> None:
        monitor, path = self.server.monitor, self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, CONTENT_TYPE, monitor.metrics())
        elif path == "/healthz":
            trouble = monitor.trouble
            self._answer(503 if trouble else 200, PLAIN, (trouble or "ok") + "\n")
        else:
            self._answer(404, PLAIN, "There is /healthz and /metrics.\n")

    def do_HEAD(self) -> None:
        self.do_GET()

    def version_string(self) -> str:
        return "pedcam"

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode(errors="backslashreplace")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
