"""Waitress, a server made for load; `dev_server` has the one for development."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server

from services import dev_server
from services.access_log import AccessLog
from tracer import tracer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def run(app: Flask, name: str, port: int, threads: int) -> None:
    """Serve `app` with that many `threads` until SIGTERM or Ctrl-C; otherwise as `dev_server.run`.

    A request that finds all threads busy waits in a queue that no trace of `app` shows.
    """
    listener = dev_server.listener_for(name, port)
    log = AccessLog(name)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # queueing is expected
    waitress = create_server(logged(app, log), sockets=[listener], threads=threads)
    waitress.channel_class = _Channel
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    print(f"{name} listening on http://{listener.getsockname()[0]}:{waitress.effective_port}")
    waitress.run()  # until SystemExit; then it lets its threads finish
    waitress.close()
    log.close()
    tracer.shutdown()


def logged(app: WSGIApplication, log: AccessLog) -> WSGIApplication:
    """Wrap `app` so that each of its responses is written to the access log."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, *more: Any) -> Any:
            query = environ.get("QUERY_STRING")
            address = environ["PATH_INFO"] + (f"?{query}" if query else "")
            agent = environ.get("HTTP_USER_AGENT", "-")
            log.write(environ["REQUEST_METHOD"], address, status.partition(" ")[0], agent)
            return start_response(status, *more)

        return app(environ, start)

    return answer


class _Parser(HTTPRequestParser):
    """Does not ask for a body that the request does not have: waitress would wait for it, while the
    client waits for the answer."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if not (self.chunked or self.content_length):
            self.expect_continue = False


class _Channel(HTTPChannel):
    parser_class = _Parser


def _stop(*_: object) -> NoReturn:
    raise SystemExit
