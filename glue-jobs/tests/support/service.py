"""A real HTTP service on loopback that answers as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class Said:
    """An answer. `cut` bytes at its end are announced and never sent; without `announced` its end is where it ends."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    announced: bool = True


@dataclass
class Service:
    url: str
    answers: Callable[[Asked], Said] = lambda asked: Said(status=404)
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def service(answers: Callable[[Asked], Said]) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers))
            found.asked.append(asked)
            said = found.answers(asked)
            body = said.body if isinstance(said.body, bytes | str) else json.dumps(said.body)
            content = body.encode() if isinstance(body, str) else body
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.announced:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) - said.cut])
            self.close_connection = bool(said.cut) or not said.announced

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Service(f"http://127.0.0.1:{server.server_address[1]}", answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
