"""Realistic payloads of spans in Datadog's v0.4 msgpack, made fast enough to load a collector.

A payload is encoded once. Each time it is sent, its ids, times and one tag per trace are replaced,
so that no two spans are the same and the sender's own work stays small.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator

import msgspec

_FIRST_PLACEHOLDER = 0xFEDC_BA00_0000_0000
"""Placeholders count up from this number; nothing else in a payload begins like it."""
_OPERATIONS = [
    ("web", "sqlalchemy.query", "sql", "SELECT * FROM bakers WHERE id = ?", "db"),
    ("web", "redis.command", "redis", "GET", "redis"),
    ("web", "requests.request", "http", "GET /taste", "web"),
    ("taster", "flask.request", "http", "GET /taste", "taster"),
    ("taster", "palate.taste", "", "palate.taste", "taster"),
]


class Payload:
    """The spans of several traces, encoded, with the positions of what changes."""

    def __init__(self, spans: int, spans_per_trace: int, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.spans = spans
        self.traces = spans // spans_per_trace
        placeholders = iter(range(_FIRST_PLACEHOLDER, _FIRST_PLACEHOLDER + 10_000_000))
        traces = [_trace(spans_per_trace, placeholders, rng) for _ in range(self.traces)]
        self._body = bytearray(msgspec.msgpack.encode(traces))
        first = _FIRST_PLACEHOLDER
        self._traces = []
        self.last_request_id = ""
        """The value of the tag `request.id` that only the newest trace has."""
        for _ in traces:
            # In the order in which _trace takes placeholders: trace, request, then two per span.
            trace_id = self._find(first, spans_per_trace)
            request_id = self._body.index(f"{first + 1:016x}".encode())
            pairs = []
            for span in range(spans_per_trace):
                pairs.append((self._find(first + 2 + 2 * span), self._find(first + 3 + 2 * span)))
            self._traces.append((trace_id, request_id, pairs))
            first += 2 + 2 * spans_per_trace

    def _find(self, placeholder: int, max_positions: int = 10_000) -> list[int]:
        """Return the positions of a placeholder in the body."""
        pattern = struct.pack(">Q", placeholder)
        positions: list[int] = []
        position = self._body.find(pattern)
        while position >= 0 and len(positions) <= max_positions:
            positions.append(position)
            position = self._body.find(pattern, position + 8)
        return positions

    def fresh(self, rng: random.Random) -> bytes:
        """Return the payload with new ids and the current time."""
        body = self._body
        pack = struct.Struct(">Q").pack_into
        now = time.time_ns()
        for trace_positions, request, pairs in self._traces:
            trace_id = rng.getrandbits(63) | 1
            for position in trace_positions:
                pack(body, position, trace_id)
            self.last_request_id = f"{rng.getrandbits(64):016x}"
            body[request : request + 16] = self.last_request_id.encode()
            span_id = rng.getrandbits(62) | 1
            for number, (id_positions, start_positions) in enumerate(pairs):
                for position in id_positions:
                    pack(body, position, span_id + number)
                for position in start_positions:
                    pack(body, position, now + number * 1000)
        return bytes(body)


def _trace(size: int, placeholders: Iterator[int], rng: random.Random) -> list[dict[str, object]]:
    """Return a trace as clients send it: a root, and queries, commands and calls below it."""
    trace_id, request_id = next(placeholders), next(placeholders)
    root_id = 0
    spans = []
    for number in range(size):
        span_id, start = next(placeholders), next(placeholders)
        if number == 0:
            root_id = span_id
            service, name, type_, resource = "web", "flask.request", "http", "GET /pair/beer"
            meta = {
                "http.request.method": "GET",
                "http.route": "/pair/beer",
                "url.path": f"/pair/beer?name={rng.choice(('ipa', 'stout', 'porter'))}",
                "request.id": f"{request_id:016x}",
            }
            metrics = {"http.response.status_code": rng.choice((200, 200, 200, 404))}
        else:
            _, name, type_, resource, service = rng.choice(_OPERATIONS)
            meta = {
                "span.kind": "client",
                "server.address": f"10.0.0.{rng.randrange(1, 5)}",
                "version": "step-10",
                "env": "bench",
            }
            metrics = {"rows": rng.randrange(100)}
        spans.append(
            {
                "trace_id": trace_id,
                "span_id": span_id,
                "parent_id": root_id if number else 0,
                "name": name,
                "service": service,
                "resource": resource,
                "type": type_,
                "start": start,
                "duration": rng.randrange(100_000, 50_000_000),
                "error": int(rng.random() < 0.01),
                "meta": meta,
                "metrics": metrics,
            }
        )
    return spans
