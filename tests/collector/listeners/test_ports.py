"""Why a port is not open, and where to send instead."""

from __future__ import annotations

import errno

import pytest

from collector.listeners.ports import RECEIVERS, why_not

RECEIVER = {receiver.name: receiver for receiver in RECEIVERS}


@pytest.mark.parametrize(
    ("name", "what", "instead"),
    [
        ("zipkin", "port 9411 (HTTP) for Zipkin", "send to the collector's own port"),
        ("jaeger-compact", "port 6831 (UDP) for Jaeger, compact Thrift", "send by HTTP to the"),
        ("otlp-grpc", "port 4317 (gRPC) for OpenTelemetry, gRPC", "send by HTTP to the"),
    ],
)
def test_a_taken_port_has_a_way_around_it(name: str, what: str, instead: str) -> None:
    why = why_not(OSError(errno.EADDRINUSE, "in use"), RECEIVER[name])
    assert why.startswith(f"{what} is taken; stop what listens there and start the collector again")
    assert f"or {instead}" in why


def test_another_reason_is_said_as_the_system_has_it() -> None:
    why = why_not(OSError(errno.EACCES, ""), RECEIVER["zipkin"])
    assert why == "port 9411 (HTTP) for Zipkin cannot be listened on: Permission denied"
    assert why_not(OSError("no such host"), RECEIVER["zipkin"]).endswith("on: no such host")
