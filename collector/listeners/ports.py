"""Where each format comes in: on the collector's own port, and on its clients' usual one."""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

NOT_ASKED_FOR = "not asked for: start the collector with --open"
ANY_FREE, USUAL = "any", "usual"
"""Which ports to open besides the collector's own: any that are free, or the usual ones."""
PROTOCOLS = {"http": "HTTP", "udp": "UDP", "grpc": "gRPC"}
"""The protocols of receivers, as people write them."""


class Receiver(NamedTuple):
    """One way in for a format."""

    name: str
    """What its spans are counted under."""
    format: str
    """As people call it."""
    protocol: str
    """One of `PROTOCOLS`."""
    route: str
    """Where to send by HTTP, also on the collector's own port; "" for UDP and gRPC."""
    usual_port: int
    """The port that its clients use by default; 0 if that is the collector's own."""


RECEIVERS = (
    Receiver("otlp", "OpenTelemetry", "http", "/v1/traces", 4318),
    Receiver("otlp-grpc", "OpenTelemetry, gRPC", "grpc", "", 4317),
    Receiver("datadog", "Datadog", "http", "/v0.5/traces", 0),
    Receiver("zipkin", "Zipkin", "http", "/api/v2/spans", 9411),
    Receiver("jaeger", "Jaeger", "http", "/api/traces", 14268),
    Receiver("jaeger-compact", "Jaeger, compact Thrift", "udp", "", 6831),
    Receiver("jaeger-binary", "Jaeger, binary Thrift", "udp", "", 6832),
    Receiver("jaeger-sampling", "Jaeger, how many to keep", "http", "/sampling", 5778),
    Receiver("xray-daemon", "X-Ray", "udp", "", 2000),
    Receiver("xray", "X-Ray", "http", "/TraceSegments", 2000),
)


class OpenPorts:
    """What the collector listens on, and why not on the rest."""

    def __init__(self) -> None:
        self.own = 0
        """The collector's own port; 0 until it listens."""
        self._open: dict[str, int] = {}
        self._problems = {receiver.name: NOT_ASKED_FOR for receiver in RECEIVERS}

    def opened(self, name: str, port: int) -> None:
        """Note that a receiver's port is listened on."""
        self._open[name] = port
        self._problems.pop(name, None)

    def failed(self, name: str, problem: str) -> None:
        """Note why a receiver's port cannot be listened on."""
        self._problems[name] = problem

    def all(self) -> set[tuple[str, int]]:
        """Return every port that is listened on, with its protocol."""
        protocols = {receiver.name: receiver.protocol for receiver in RECEIVERS}
        return {("http", self.own)} | {(protocols[name], port) for name, port in self._open.items()}

    def failures(self) -> list[str]:
        """Return, in sentences, why ports that were asked for are not open."""
        return [problem for problem in self._problems.values() if problem != NOT_ASKED_FOR]

    def report(self) -> list[dict[str, object]]:
        """Return the receivers, in the form of `GET /api/receivers` but for what is counted."""
        return [
            {
                "name": receiver.name,
                "format": receiver.format,
                "protocol": receiver.protocol,
                "route": receiver.route,
                "port": self._open.get(receiver.name, receiver.usual_port) or self.own,
                "open": receiver.name in self._open or not receiver.usual_port,
                "problem": self._problems.get(receiver.name, "") if receiver.usual_port else "",
            }
            for receiver in RECEIVERS
        ]


def why_not(problem: OSError, receiver: Receiver) -> str:
    """Return, in a sentence, why a receiver's port cannot be listened on."""
    what = f"port {receiver.usual_port} ({PROTOCOLS[receiver.protocol]}) for {receiver.format}"
    if problem.errno == errno.EADDRINUSE:
        where = "to the" if receiver.protocol == "http" else "by HTTP to the"
        return (
            f"{what} is taken; stop what listens there and start the collector again, or send"
            f" {where} collector's own port"
        )
    reason = os.strerror(problem.errno) if problem.errno else problem
    return f"{what} cannot be listened on: {reason}"
