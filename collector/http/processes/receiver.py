"""A receiver process: `python -m collector.http.processes.receiver`, which only the storing process
runs."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from flask import Response, request
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from collector.http.answers import error
from collector.http.api_app import api_app
from collector.http.intake.intake import Intake
from collector.http.intake.routes import INTAKES
from collector.http.processes.connections import (
    PassedConnections,
    PassingChannel,
    brings_spans,
    pass_on,
)
from collector.http.processes.remote_sink import RemoteSink
from collector.http.server_settings import SETTINGS
from collector.printable import make_logs_printable
from collector.process_memory import collect_garbage_rarely, return_freed_memory

LAST_ANSWERS_S = 5.0
"""Time for the last answers, once the storing process has ended."""


def main(link_file: int, messages_file: int, host: str, port: int) -> None:
    """Serve the connections that come by a link, until the storing process ends.

    The files are the numbers of two that are open already: the link, and what messages go through.
    `host` and `port` are what the collector listens on.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the storing process
    make_logs_printable()
    return_freed_memory()
    collect_garbage_rarely()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # queueing is expected
    link = socket.socket(fileno=link_file)
    sink = RemoteSink(Connection(messages_file))
    turned = threading.Event()
    server = _server(link, sink, host, port, turned.set)
    threading.Thread(target=_answer_until_the_end, args=(sink,), daemon=True).start()
    threading.Thread(target=_say_ready_again, args=(sink, turned), daemon=True).start()
    server.run()


def _server(
    link: socket.socket, sink: RemoteSink, host: str, port: int, on_turn: Callable[[], None]
) -> PassedConnections:
    app = api_app("receiver", host)
    for name, routes in INTAKES.items():
        app.register_blueprint(routes(Intake(sink, name)))
    app.before_request(_refuse_what_others_answer)

    class OwnChannel(PassingChannel):
        def passes(self, head: bytes, connection: socket.socket) -> bool:
            return not brings_spans(head) and pass_on(link, connection)

    dispatcher = ThreadedTaskDispatcher()
    more: dict[str, Any] = {"map": {}, "dispatcher": dispatcher}
    settings = Adjustments(asyncore_use_poll=True, **SETTINGS)
    server = PassedConnections(
        app, link=link, port=port, on_end=_end, on_turn=on_turn, adj=settings, **more
    )
    server.channel_class = OwnChannel
    dispatcher.set_thread_count(settings.threads)
    return server


def _refuse_what_others_answer() -> Response | None:
    """Refuse a request that another process answers: one sent before that ahead of it was answered,
    else the connection would be there by now. Clients may send it again (RFC 9110, 15.5.20)."""
    if brings_spans(f"{request.method} {request.path} ".encode()):
        return None
    return error(421, "send this again, on a connection of its own or after the answer before it")


def _say_ready_again(sink: RemoteSink, turned: threading.Event) -> None:
    """Tell the storing process each time that the loop has turned. A thread of its own: the loop
    must not wait until there is room for a message."""
    while turned.wait():
        turned.clear()
        sink.say_ready()


def _answer_until_the_end(sink: RemoteSink) -> None:
    sink.take_answers()
    time.sleep(LAST_ANSWERS_S)
    os._exit(1)  # the link did not end the server, or a thread does not come back


def _end() -> NoReturn:
    """End the server's loop, which then waits for the answers that are being made."""
    raise SystemExit(0)


if __name__ == "__main__":
    link_file, messages_file, host, port = sys.argv[1:]
    main(int(link_file), int(messages_file), host, int(port))
