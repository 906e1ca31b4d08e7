"""A collector with receiver processes, and clients that send to it."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil

from tests.collector.chunks import START
from tests.servers import Server, running

COUNT = 2
WAIT_S = 20.0


@contextmanager
def collecting(folder: Path, *more: str) -> Iterator[Server]:
    command = ("-m", "collector", "--port", "0", "--data", str(folder), "--receivers", str(COUNT))
    with running(*command, *more) as server:
        wait_until(lambda: ready(server) == COUNT)
        yield server


def wait_until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def ready(server: Server) -> int:
    """Return how many receiver processes have become ready since the start."""
    return sum("takes connections" in line for line in server.log)


def receivers(server: Server) -> list[psutil.Process]:
    """Return the receiver processes, those started first first."""
    return sorted(psutil.Process(server.process.pid).children(), key=lambda child: child.pid)


@contextmanager
def connected(server: Server) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)) as each:
        yield each


def body(traces: dict[int, int], failed: tuple[int, ...] = ()) -> bytes:
    """Return traces with so many spans each."""
    return msgspec.msgpack.encode(
        [
            [
                {
                    "trace_id": trace,
                    "span_id": number + 1,
                    "parent_id": number,
                    "service": "web",
                    "name": "op",
                    "start": START + trace,
                    "duration": 5,
                    "error": int(trace in failed),
                }
                for number in range(spans)
            ]
            for trace, spans in traces.items()
        ]
    )


def put(connection: http.client.HTTPConnection, spans: bytes) -> int:
    return status(connection, "PUT", "/v0.4/traces", spans)


def status(
    connection: http.client.HTTPConnection, method: str, path: str, sent: bytes = b""
) -> int:
    connection.request(method, path, sent)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def answered(
    server: Server, method: str, path: str, sent: bytes, media_type: str
) -> tuple[int, dict[str, str], bytes]:
    with connected(server) as connection:
        connection.request(method, path, sent, {"Content-Type": media_type})
        answer = connection.getresponse()
        headers = {name: value for name, value in answer.getheaders() if name != "Date"}
        return answer.status, headers, answer.read()


def stats(server: Server) -> dict[str, Any]:
    with connected(server) as connection:
        connection.request("GET", "/stats")
        report: dict[str, Any] = json.loads(connection.getresponse().read())
        return report


def send_until(
    port: int,
    seed: int,
    acknowledged: dict[int, int],
    enough: threading.Event,
    once: bool = False,
) -> None:
    """Send traces, again and again until each body is acknowledged (or `once` it was not)."""
    rng = random.Random(seed)
    while not enough.is_set():
        traces = {rng.getrandbits(60) | 1: rng.randrange(1, 5) for _ in range(4)}
        spans = body(traces)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        while True:
            try:
                taken = put(connection, spans) == 200
            except (OSError, http.client.HTTPException):
                taken = False
                connection.close()
            if taken:
                acknowledged.update(traces)
                break
            if once:
                return
            time.sleep(0.01)
        connection.close()


def found_traces(server: Server) -> dict[int, int]:
    """Return the spans of each trace that searches find."""
    found: dict[int, int] = {}
    with connected(server) as connection:
        cursor: str | None = ""
        while cursor is not None:
            after = f"&cursor={cursor}" if cursor else ""
            connection.request("GET", f"/api/traces?limit=2000{after}")
            page = json.loads(connection.getresponse().read())
            for trace in page["traces"]:
                assert int(trace["trace_id"], 16) not in found
                found[int(trace["trace_id"], 16)] = trace["spans"]
            cursor = page["next"]
    return found
