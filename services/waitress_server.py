"""Waitress, a server made for load; `dev_server` has the one for development."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Flask

from services import current_trace, dev_server
from services.access_log import AccessLog
from services.bounded_server import create_server
from services.printable import make_logs_printable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def run(app: Flask, name: str, port: int, threads: int) -> None:
    """Serve `app` with that many `threads` until SIGTERM or Ctrl-C; otherwise as `dev_server.run`.

    A request that finds all threads busy waits in a queue that no trace of `app` shows.
    """
    make_logs_printable()
    listener = dev_server.listener_for(name, port)
    log = AccessLog(name)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # queueing is expected
    waitress = create_server(logged(app, log), sockets=[listener], threads=threads)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    print(f"{name} listening on http://{listener.getsockname()[0]}:{waitress.effective_port}")
    waitress.run()  # until SystemExit; then it lets its threads finish
    waitress.close()
    log.close()
    current_trace.shutdown()


def logged(app: WSGIApplication, log: AccessLog) -> WSGIApplication:
    """Wrap `app` so that each of its responses is written to the access log."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, *more: Any) -> Any:
            method, address = environ["REQUEST_METHOD"], environ["REQUEST_URI"]
            agent = environ.get("HTTP_USER_AGENT", "-")
            log.write(method, address, status.partition(" ")[0], agent)
            return start_response(status, *more)

        return app(environ, start)

    return answer


def _stop(*_: object) -> NoReturn:
    raise SystemExit
