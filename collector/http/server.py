"""The HTTP server: waitress, set up to report errors as the API does."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from collector.aggregates.trace_analyses import analyses
from collector.http.app import Collector
from collector.http.bounded_server import create_server
from collector.http.more_ports import open_more_ports
from collector.http.processes.connections import PassingChannel
from collector.http.server_settings import SETTINGS, ApiChannel

if TYPE_CHECKING:
    from collector.http.processes.receivers import Receivers


class PortTakenError(Exception):
    """The server cannot listen on the port; the message says why and what to do."""


def serve(
    collector: Collector,
    host: str,
    port: int,
    more_ports: str = "",
    receivers: Receivers | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, with the help of receiver processes if there are to be some.
    `more_ports` says which others to open (`collector.listeners.ports`), "" for none.

    Raises `PortTakenError` if the port cannot be listened on, `LoopError` if the collector is to
    forward to itself.
    """
    try:
        channel_class = _passing_to(receivers) if receivers else ApiChannel
        server = create_server(collector.app, channel_class, host=host, port=port, **SETTINGS)
    except OSError as problem:
        raise PortTakenError(_why(problem, host, port)) from None
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # queueing is expected
    collector.ports.own = int(server.effective_port)
    if more_ports:
        open_more_ports(collector, server, host, more_ports)
    collector.forwarding.must_not_reach(collector.ports.all())
    collector.digester.start()
    collector.answers.start()
    if receivers:
        receivers.start(collector, server, host)
    with _stopping(collector, receivers):
        address = f"http://{_authority(host, server.effective_port)}"
        with contextlib.suppress(OSError):  # the disk with the log is full
            print(f"collector listening on {address}", flush=True)
        server.run()
    server.close()
    for listener in collector.listeners:
        listener.stop()
    if receivers:
        receivers.stop()


def _passing_to(receivers: Receivers) -> type[PassingChannel]:
    """Return the kind of connection that receiver processes get when it brings spans."""

    class SharedChannel(PassingChannel):
        def passes(self, head: bytes, connection: socket.socket) -> bool:
            return receivers.passes(head, connection)

    return SharedChannel


@contextlib.contextmanager
def _stopping(collector: Collector, receivers: Receivers | None) -> Iterator[None]:
    """Turn SIGTERM and SIGINT into the exception that ends the server's loop."""

    def stop(signum: int, frame: FrameType | None) -> None:
        if receivers:
            receivers.begin_to_stop()
        collector.digester.stop()
        analyses.close()
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
