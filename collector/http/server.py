"""The HTTP server: waitress, set up to report errors as the API does."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
from collections.abc import Iterator
from http import HTTPStatus
from types import FrameType

import msgspec
from waitress.task import ErrorTask

from collector import limits
from collector.http.app import Collector
from collector.http.bounded_server import MAX_HELD_BYTES, Channel, create_server
from collector.http.more_ports import open_more_ports

THREADS = 40
"""Each serves one request at a time; a reader of the live stream occupies one all the time."""


class PortTakenError(Exception):
    """The server cannot listen on the port; the message says why and what to do."""


def serve(collector: Collector, host: str, port: int, more_ports: str = "") -> None:
    """Serve until SIGTERM or SIGINT. `more_ports` says which others to open
    (`collector.listeners.ports`), "" for none.

    Raises `PortTakenError` if the port cannot be listened on, `LoopError` if the collector is to
    forward to itself.
    """
    try:
        server = create_server(
            collector.app,
            _Channel,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            # The app answers 413 in its own words; this only stops what is far beyond.
            max_request_body_size=4 * limits.BODY_BYTES,
            inbuf_overflow=MAX_HELD_BYTES,  # bodies need no room on a disk
            outbuf_high_watermark=2 * 1024 * 1024,
            recv_bytes=262_144,
            # So that the server notices clients that go away while their requests are handled.
            channel_request_lookahead=1,
            clear_untrusted_proxy_headers=True,
        )
    except OSError as problem:
        raise PortTakenError(_why(problem, host, port)) from None
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # queueing is expected
    collector.ports.own = int(server.effective_port)
    if more_ports:
        open_more_ports(collector, server, host, more_ports)
    collector.forwarding.must_not_reach(collector.ports.all())
    collector.digester.start()
    collector.answers.start()
    with _stopping(collector):
        address = f"http://{_authority(host, server.effective_port)}"
        with contextlib.suppress(OSError):  # the disk with the log is full
            print(f"collector listening on {address}", flush=True)
        server.run()
    server.close()
    for listener in collector.listeners:
        listener.stop()


@contextlib.contextmanager
def _stopping(collector: Collector) -> Iterator[None]:
    """Turn SIGTERM and SIGINT into the exception that ends the server's loop."""

    def stop(signum: int, frame: FrameType | None) -> None:
        collector.digester.stop()
        collector.answers.close()
        collector.auditor.close()
        collector.live.close()  # the server waits for its threads, and a stream has no end
        raise SystemExit(0)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Error(ErrorTask):
    """Answers a request that waitress itself refuses: as JSON, and as the client's error that it
    is."""

    def execute(self) -> None:
        problem = self.request.error
        is_full = problem.code == HTTPStatus.SERVICE_UNAVAILABLE
        status = problem.code if problem.code < 500 or is_full else 400
        body = msgspec.json.encode({"error": f"{problem.reason}: {problem.body}"})
        if is_full:
            self.response_headers.append(("Retry-After", "1"))
        self.status = f"{status} {HTTPStatus(status).phrase}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(Channel):
    error_task_class = _Error


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _why(problem: OSError, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is taken; stop what listens there or choose another one with"
            " --port"
        )
    if problem.errno == errno.EACCES:
        return f"only the superuser may listen on port {port}; choose one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {problem.strerror or problem}"
