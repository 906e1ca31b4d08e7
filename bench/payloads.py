"""Realistic payloads of spans in Datadog's v0.4 msgpack, made quickly enough to load a collector.

A payload is encoded once. Each time it is sent, its ids, moments and one tag per trace are written
over in place, so that no two spans are the same and the sender's own work stays small.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator

import msgspec

_MARK = 0xFEDC_BA00_0000_0000
"""Placeholders are numbers above this one: none else in a payload begins so."""
_OPERATIONS = [
    ("web", "sqlalchemy.query", "sql", "SELECT * FROM bakers WHERE id = ?", "db"),
    ("web", "redis.command", "redis", "GET", "redis"),
    ("web", "requests.request", "http", "GET /taste", "web"),
    ("taster", "flask.request", "http", "GET /taste", "taster"),
    ("taster", "palate.taste", "", "palate.taste", "taster"),
]


class Payload:
    """The spans of several traces, encoded, with the places of what changes."""

    def __init__(self, spans: int, spans_per_trace: int, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.spans = spans
        self.traces = spans // spans_per_trace
        marks = iter(range(_MARK, _MARK + 10_000_000))
        traces = [_trace(spans_per_trace, marks, rng) for _ in range(self.traces)]
        self._body = bytearray(msgspec.msgpack.encode(traces))
        first = _MARK
        self._traces = []
        self.last_request_id = ""
        """The value that only the last trace made has in its tag `request.id`."""
        for _ in traces:
            # In the order in which _trace took the marks: trace, request, then a pair a span.
            trace_id = self._find(first, spans_per_trace)
            request_id = self._body.index(f"{first + 1:016x}".encode())
            pairs = []
            for span in range(spans_per_trace):
                pairs.append((self._find(first + 2 + 2 * span), self._find(first + 3 + 2 * span)))
            self._traces.append((trace_id, request_id, pairs))
            first += 2 + 2 * spans_per_trace

    def _find(self, mark: int, most: int = 10_000) -> list[int]:
        pattern = struct.pack(">Q", mark)
        places: list[int] = []
        at = self._body.find(pattern)
        while at >= 0 and len(places) <= most:
            places.append(at)
            at = self._body.find(pattern, at + 8)
        return places

    def fresh(self, rng: random.Random) -> bytes:
        """The payload with new ids, as of now."""
        body = self._body
        pack = struct.Struct(">Q").pack_into
        now = time.time_ns()
        for trace_places, request, pairs in self._traces:
            trace_id = rng.getrandbits(63) | 1
            for place in trace_places:
                pack(body, place, trace_id)
            self.last_request_id = f"{rng.getrandbits(64):016x}"
            body[request : request + 16] = self.last_request_id.encode()
            span_id = rng.getrandbits(62) | 1
            for number, (id_places, start_places) in enumerate(pairs):
                for place in id_places:
                    pack(body, place, span_id + number)
                for place in start_places:
                    pack(body, place, now + number * 1000)
        return bytes(body)


def _trace(size: int, marks: Iterator[int], rng: random.Random) -> list[dict[str, object]]:
    """A trace as clients send it: a root, and queries, commands and calls below it."""
    trace_id, request_id = next(marks), next(marks)
    root_id = 0
    spans = []
    for number in range(size):
        span_id, start = next(marks), next(marks)
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
