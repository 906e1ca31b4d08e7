"""Clients that remember what they sent and what was acknowledged, and ask for it again."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from typing import Any

import msgspec

SENDERS = 4
TRACES_PER_BODY = 20
PAUSE_S = 0.1
"""After an answer that is not 200."""
TIMEOUT_S = 20.0


class Body:
    """One request: how many spans it brings for each trace."""

    def __init__(self, rng: random.Random, before: Body | None) -> None:
        """Some of the traces go on with those of the request before."""
        self.spans = {rng.getrandbits(60) | 1: rng.randrange(1, 5) for _ in range(TRACES_PER_BODY)}
        if before and rng.random() < 0.5:
            self.spans |= dict.fromkeys(rng.sample(sorted(before.spans), 3), 2)
        self.bytes = msgspec.msgpack.encode(
            [
                [_span(trace_id, rng.getrandbits(60) | 1, number) for number in range(count)]
                for trace_id, count in self.spans.items()
            ]
        )


def _span(trace_id: int, span_id: int, number: int) -> dict[str, object]:
    return {
        "trace_id": trace_id,
        "span_id": span_id,
        "parent_id": number and 1,
        "service": "web" if number % 2 else "db",
        "name": "op",
        "resource": f"GET /{trace_id % 7}",
        "start": time.time_ns(),
        "duration": 1000,
        "meta": {"user": str(trace_id % 1000), "note": "x" * 60},
    }


class Ledger:
    """What was sent: acknowledged, in order, or in doubt."""

    def __init__(self) -> None:
        self.spans: dict[int, int] = {}
        """Spans acknowledged of each trace, in the order in which the traces began: it is kept with
        its first spans, and dropped with them."""
        self.in_doubt: list[Body] = []
        self.acknowledged = 0
        self.refused = 0
        self._lock = threading.Lock()

    def acknowledge(self, body: Body) -> None:
        """The collector has it."""
        with self._lock:
            for trace_id, spans in body.spans.items():
                self.spans[trace_id] = self.spans.get(trace_id, 0) + spans
                self.acknowledged += spans

    def doubt(self, body: Body) -> None:
        """Nobody knows whether the collector has it."""
        with self._lock:
            self.in_doubt.append(body)
            self.spans.update(
                {trace_id: 0 for trace_id in body.spans if trace_id not in self.spans}
            )
            self.refused += 1

    def spans_since(self, trace_id: int) -> int:
        """How many spans are in traces that began later."""
        traces = list(self.spans)
        return sum(self.spans[later] for later in traces[traces.index(trace_id) + 1 :])

    def newest(self, spans: int) -> dict[int, int]:
        """The traces that began last, with as many spans as that."""
        newest: dict[int, int] = {}
        for trace_id in reversed(self.spans):
            spans -= self.spans[trace_id]
            if spans < 0:
                break
            newest[trace_id] = self.spans[trace_id]
        return newest


class Senders:
    """Threads that send until they are stopped or nobody answers any more."""

    def __init__(self, port: int, ledger: Ledger, seed: int) -> None:
        self._ledger = ledger
        self._port = port
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(random.Random(f"{seed}/{number}"),))
            for number in range(SENDERS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stop.set()

    def join(self) -> None:
        """Wait until all have stopped."""
        self.stop()
        for thread in self._threads:
            thread.join()

    def _send(self, rng: random.Random) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        acknowledged = None
        while not self._stop.is_set():
            body = Body(rng, acknowledged)
            try:
                status = put(connection, body)
            except (OSError, http.client.HTTPException):
                self._ledger.doubt(body)
                break
            if status == 200:
                self._ledger.acknowledge(body)
                acknowledged = body
            else:
                self._ledger.doubt(body)
                self._stop.wait(PAUSE_S)
        connection.close()


def put(connection: http.client.HTTPConnection, body: Body) -> int:
    """Send a request; return the status of the answer."""
    headers = {"Content-Type": "application/msgpack"}
    connection.request("PUT", "/v0.4/traces", body.bytes, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, Any]:
    """Ask for something; return the status and the JSON of the answer."""
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())
