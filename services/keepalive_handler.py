"""One connection of the development server, kept open for one request after another.

Werkzeug's own handler closes the connection after each response, which would hide the difference
that a kept connection makes (bottleneck 3). This one, too, speaks HTTP/1.1 (RFC 9112) on one side
and WSGI (PEP 3333) on the other; a response of unknown length is sent in chunks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import IO, Any, cast

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wsgi import LimitedStream, get_content_length

from services.printable import printable

MAX_SKIPPED_BYTES = 1 << 20
"""Bytes of a request body that the app did not read and that are skipped to keep the connection."""

IDLE_TIMEOUT_S = 300
"""Time until an unused connection is closed."""
STALL_TIMEOUT_S = 30
"""Time in which more of a request must arrive, or more of a response be taken."""


class Handler(WSGIRequestHandler):
    """Reads requests from one connection and answers them."""

    server: Any
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # sends head and body in one packet
    timeout = IDLE_TIMEOUT_S

    def setup(self) -> None:
        """Set up the connection, after the time that a handshake takes."""
        self.server.shake_hands()
        super().setup()

    def handle_one_request(self) -> None:
        """Wait for a request, and answer it."""
        self.connection.settimeout(IDLE_TIMEOUT_S)
        self.close_connection = not self.rfile.peek(1)  # type: ignore[attr-defined]
        if not self.close_connection:
            self.connection.settimeout(STALL_TIMEOUT_S)
            super().handle_one_request()

    def run_wsgi(self) -> None:
        """Answer one request."""
        with self.server.connections.busy(self.connection):
            self._run_wsgi()

    def _run_wsgi(self) -> None:
        self.environ = self.make_environ()
        unread = self._limit_body()
        with self.server.turn(self.environ["PATH_INFO"]):
            try:
                self._answer()
            except (ConnectionError, TimeoutError):  # the client has gone
                self.close_connection = True
            except Exception as problem:
                line = printable(f"{self.requestline}: {problem!r}")
                print(line, file=sys.stderr, flush=True)
                self.close_connection = True
        if not self.close_connection:
            self.close_connection = not skip(unread)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write the request to the access log, unless it could not be read."""
        if hasattr(self, "headers"):
            agent = self.headers.get("User-Agent", "-")
            self.server.access_log.write(self.command, self.path, code, agent)

    def _limit_body(self) -> IO[bytes]:
        """Return the request's body, limited so that nobody reads on into the next request."""
        length = get_content_length(self.environ)
        if "HTTP_TRANSFER_ENCODING" in self.environ or (
            length is None and self.environ.get("CONTENT_LENGTH")
        ):
            self.close_connection = True  # finding the end of the body is too much for this server
            return self.environ["wsgi.input"]
        body = cast("IO[bytes]", LimitedStream(cast("IO[bytes]", self.rfile), length or 0))
        self.environ["wsgi.input"] = body
        return body

    def _answer(self) -> None:
        head: list[Any] = []

        def start_response(
            status: str, headers: Any, exc_info: Any = None
        ) -> Callable[[bytes], object]:
            head[:] = [status, headers]
            return self.wfile.write

        parts = self.server.app(self.environ, start_response)
        try:
            self._send(head, parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _send(self, head: list[Any], parts: Iterable[bytes]) -> None:
        chunked = False
        started = False
        for part in parts:
            if not started:
                chunked = self._send_head(*head)
                started = True
            if part:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                self.wfile.flush()
        if not started:
            chunked = self._send_head(*head)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _send_head(self, status: str, headers: list[tuple[str, str]]) -> bool:
        """Write status and headers; return whether the body must come in chunks."""
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        sized = any(name.lower() == "content-length" for name, _ in headers)
        bodiless = self.command == "HEAD" or code in ("204", "304")
        chunked = not sized and not bodiless and self.request_version == "HTTP/1.1"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not sized and not bodiless:
            self.close_connection = True  # the end of the connection is the end of the body
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        return chunked


def skip(body: IO[bytes]) -> bool:
    """Skip what the app has not read of a request's body; return whether that worked."""
    try:
        rest = body.read(MAX_SKIPPED_BYTES + 1)
    except (OSError, ClientDisconnected):
        return False
    return len(rest) <= MAX_SKIPPED_BYTES
