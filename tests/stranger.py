"""Another program that has a port: it answers everybody, and notes what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.serving import serving


class Stranger(ThreadingHTTPServer):
    """The other program's server."""

    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @classmethod
    @contextmanager
    def listening(cls, port: int = 0) -> Iterator[Stranger]:
        """Listen on `port` until the block ends. Raises `OSError` if somebody else has it."""
        server = cls(("127.0.0.1", port), _Friendly)
        server.asked = []
        with serving(server):
            yield server


class _Friendly(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"a stranger's page")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
