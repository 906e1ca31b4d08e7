"""A server in place of a script that does not run: it answers on the script's port and says why."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tutor.failure import CheckFailed
from tutor.sandbox.allowed_hosts import AllowedHosts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BROKEN_HEADER = "workshop-broken"
"""The header with the place of the mistake, `mine/web.py:3`. Checks know the server by it."""


class ErrorServer:
    """Answers every request with the reason: 200 to `/ping`, so that the stack stays up, 503 to all
    else."""

    def __init__(self, host: str, port: int, failure: CheckFailed) -> None:
        text = "\n".join(part for part in (failure.seen, failure.look, failure.detail) if part)
        text += "\n\nFix it and save the file again: it restarts by itself.\n"
        app = AllowedHosts(_app(text.encode("utf-8"), failure.look), host)
        self._server = make_server(host, port, app, _ThreadingServer, _SilentHandler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _app(body: bytes, place: str) -> WSGIApplication:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        (BROKEN_HEADER, place.encode("ascii", "replace").decode()),
        ("Workshop-Stack", os.environ.get("STACK_ID", "")),
    ]

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_ping = environ["PATH_INFO"] == "/ping"
        start_response("200 OK" if is_ping else "503 Service Unavailable", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return answer


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the reason was printed when the script ended."""
