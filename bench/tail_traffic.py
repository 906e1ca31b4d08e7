"""Traces that come in parts, and clients that send each request until it is acknowledged."""

from __future__ import annotations

import http.client
import queue
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import msgspec

CONNECTIONS = 4
PARTS_PER_REQUEST = 60
PAUSE_S = 0.1
"""Between the requests of a connection: traces are to be decided while others still come."""
FAILED_SHARE = 0.03
LATE_SHARE = 0.05
"""How many parts come when their traces have long been decided, or wait for their root."""
TIMEOUT_S = 20.0


class Trace(NamedTuple):
    """A trace to send."""

    id: int
    failed: bool
    parts: list[list[dict[str, object]]]

    @property
    def spans(self) -> int:
        """How many it has."""
        return sum(map(len, self.parts))


def make_trace(rng: random.Random) -> Trace:
    """Make a trace up: a root with some calls, and what they led to in another service."""
    trace_id, failed = rng.getrandbits(63) | 1, rng.random() < FAILED_SHARE
    first = rng.getrandbits(60) | 1
    parts = [[_span(trace_id, first, 0, "web", int(failed))]]
    parts[0] += [_span(trace_id, first + n, first, "web") for n in range(1, rng.randint(2, 6))]
    for place in range(rng.randint(1, 2)):
        top = first + 100 * (place + 1)
        parts.append([_span(trace_id, top, first + 1, "taster")])
        parts[-1] += [_span(trace_id, top + n, top, "taster") for n in range(1, rng.randint(2, 5))]
    return Trace(trace_id, failed, parts)


def _span(trace: int, span: int, parent: int, service: str, error: int = 0) -> dict[str, object]:
    return {
        "trace_id": trace,
        "span_id": span,
        "parent_id": parent,
        "service": service,
        "name": "op",
        "resource": "GET /pair",
        "start": time.time_ns(),
        "duration": 1000,
        "error": error,
        "meta": {"note": "x" * 60},
    }


def requests_of(traces: list[Trace], rng: random.Random) -> Iterator[bytes]:
    """Yield the bodies that bring these traces. The parts of one come in any order, near each other
    or, if late, at the end."""
    placed = [
        (len(traces) if rng.random() < LATE_SHARE else place + 100 * rng.random(), part)
        for place, trace in enumerate(traces)
        for part in trace.parts
    ]
    parts = [part for _, part in sorted(placed, key=lambda pair: pair[0])]
    for begin in range(0, len(parts), PARTS_PER_REQUEST):
        yield msgspec.msgpack.encode(parts[begin : begin + PARTS_PER_REQUEST])


class Senders:
    """Threads that send all bodies, each until it is acknowledged."""

    def __init__(self, port: int, bodies: Iterator[bytes]) -> None:
        self._port = port
        self._bodies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        for body in bodies:
            self._bodies.put(body)
        self.all = self._bodies.qsize()
        self._threads = [threading.Thread(target=self._send) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    @property
    def left(self) -> int:
        """How many are still to be sent."""
        return self._bodies.qsize()

    def join(self) -> None:
        """Wait until all are acknowledged."""
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while True:
            try:
                body = self._bodies.get_nowait()
            except queue.Empty:
                return
            while not self._is_acknowledged(body):
                time.sleep(0.05)
            time.sleep(PAUSE_S)

    def _connection(self) -> closing[http.client.HTTPConnection]:
        return closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S))

    def _is_acknowledged(self, body: bytes) -> bool:
        try:
            with self._connection() as there:
                there.request("PUT", "/v0.4/traces", body, {"Content-Type": "application/msgpack"})
                return there.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
