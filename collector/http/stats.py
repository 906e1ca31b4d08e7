"""Counters of what the collector has received since its start."""

from __future__ import annotations

import threading
import time
from collections import Counter

from collector.receivers.payload import Payload

REJECTIONS = (
    "malformed",
    "too_large",
    "unknown_type",
    "unknown_encoding",
    "busy",
    "not_stored",
    "no_answer",
    "client_gone",
)


class Stats:
    """What came in and what became of it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._received = Counter(requests=0, bytes=0, spans=0, traces=0)
        self._bad_requests = Counter(dict.fromkeys(REJECTIONS, 0))
        self._bad_spans: Counter[str] = Counter()
        self._unsampled = 0
        self._unfinished = 0
        self._duplicates = 0
        self._impossible_times = 0
        self._last_span_ns: int | None = None
        self._spans_by_receiver: Counter[str] = Counter()
        self._unread_by_receiver: Counter[str] = Counter()

    def request_rejected(self, kind: str, size: int, receiver: str) -> None:
        """Count a request of which nothing was kept. `size` is its bytes as sent."""
        with self._lock:
            self._received["requests"] += 1
            self._received["bytes"] += size
            self._bad_requests[kind] += 1
            self._unread_by_receiver[receiver] += 1

    def request_kept(
        self, payload: Payload, traces: int, size: int, duplicates: int, receiver: str
    ) -> None:
        """Count a request whose readable spans, of so many traces, are stored. `size` is its bytes
        as sent."""
        with self._lock:
            self._received["requests"] += 1
            self._received["bytes"] += size
            self._received["spans"] += payload.spans
            self._received["traces"] += traces
            self._spans_by_receiver[receiver] += payload.spans
            self._bad_spans.update(payload.rejected)
            self._unsampled += payload.unsampled
            self._unfinished += payload.unfinished
            self._duplicates += duplicates
            self._impossible_times += payload.impossible_times
            if payload.spans:
                self._last_span_ns = time.time_ns()

    def of_receiver(self, receiver: str) -> dict[str, int]:
        """Return how many spans came in by a receiver, and of how many requests or datagrams
        nothing was kept."""
        with self._lock:
            spans, unread = self._spans_by_receiver[receiver], self._unread_by_receiver[receiver]
        return {"spans": spans, "unread": unread}

    def report(self) -> dict[str, object]:
        """Return the counters in the form of `GET /stats`."""
        with self._lock:
            last = self._last_span_ns
            return {
                "uptime": round(time.monotonic() - self._started, 3),
                "received": dict(self._received),
                "rejected": {
                    "requests": dict(self._bad_requests),
                    "spans": dict(self._bad_spans),
                },
                "unsampled": self._unsampled,
                "unfinished": self._unfinished,
                "duplicates": self._duplicates,
                "impossible_times": self._impossible_times,
                "last_span_received": None if last is None else str(last),
            }
