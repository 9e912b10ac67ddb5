"""A server on 127.0.0.1 that takes what webhooks get."""

from __future__ import annotations

import base64
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """Answers with ``status``; ``received`` gets each body, with the picture as bytes."""

    def __init__(self, port: int = 0) -> None:
        self.status = 200
        self.content_types: list[str] = []
        self.received: queue.Queue[Any] = queue.Queue()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = self.headers["Content-Type"]
                hook.content_types.append(kind)
                hook.received.put(_decoded(body) if kind == "application/json" else body)
                self.send_response(hook.status)
                if 300 <= hook.status < 400:
                    self.send_header("Location", f"http://127.0.0.1:{hook.port}/elsewhere")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"json://user:hunter2@127.0.0.1:{self.port}/hunter2?+X-Token=hunter2"

    def next(self) -> Any:
        return self.received.get(timeout=30)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Webhook:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _decoded(body: bytes) -> Any:
    document = json.loads(body)
    for attachment in document["attachments"]:
        attachment["base64"] = base64.b64decode(attachment["base64"])
    return document
