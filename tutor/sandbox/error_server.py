"""A server in place of a script that does not run: it answers on the script's port and says why."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tutor.failure import CheckFailed

BROKEN_HEADER = "workshop-broken"
"""The header with the place of the mistake, `mine/web.py:3`. Checks know the server by it."""


class ErrorServer:
    """Answers every request with the reason: 200 to `/ping`, so that the stack stays up, 503 to all
    else."""

    def __init__(self, host: str, port: int, failure: CheckFailed) -> None:
        text = "\n".join(part for part in (failure.seen, failure.look, failure.detail) if part)
        text += "\n\nFix it and save the file again: it restarts by itself.\n"
        self._server = ThreadingHTTPServer((host, port), _handler(text, failure.look))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(text: str, place: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text.encode("utf-8")
            self.send_response(200 if self.path == "/ping" else 503)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header(BROKEN_HEADER, place.encode("ascii", "replace").decode())
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the reason was printed when the script ended."""

    return Handler
