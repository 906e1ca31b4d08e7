"""Forwarding, in words, by real collectors."""

from __future__ import annotations

import time
from pathlib import Path

from tests.servers import Server, running
from tutor import http
from tutor.collector import Collector
from tutor.forwarding import forwarding

TIMEOUT_S = 20
JSON = {"Content-Type": "application/json"}
SPAN = (
    b'[{"traceId": "f0a4d", "id": "1", "name": "sent on", "timestamp": 1700000000000000,'
    b' "duration": 5, "localEndpoint": {"serviceName": "forward"}}]'
)


def said_in_the_end(data: Path, targets: str, awaited: str) -> list[str]:
    """Return what is said of a collector that forwards one span, once `awaited` is in it."""
    command = ("-m", "collector", "--port", "0", "--data", str(data), "--forward", targets)
    with running(*command) as server:
        answer = http.ask("POST", f"{server.url}/api/v2/spans", SPAN, TIMEOUT_S, JSON)
        assert answer.status in (200, 202), answer
        deadline = time.monotonic() + TIMEOUT_S
        sentences: list[str] = []
        while awaited not in " ".join(sentences) and time.monotonic() < deadline:
            sentences = forwarding(Collector(server.url))
            time.sleep(0.02)
        return sentences


def test_how_much_was_accepted(collector_server: Server, tmp_path: Path) -> None:
    target = f"zipkin={collector_server.url}/api/v2/spans"
    said = said_in_the_end(tmp_path, target, "1 span")
    assert said == [f"Forwarded: 1 span to {target}."]


def test_what_is_wrong(closed_port: int, tmp_path: Path) -> None:
    target = f"otlp=http://127.0.0.1:{closed_port}/v1/traces"
    said = said_in_the_end(tmp_path, target, "refused")
    assert said == [f"Forwarded: 0 spans to {target}. At present: no answer: Connection refused."]


def test_nothing_is_said_where_nothing_is_forwarded(collector_server: Server) -> None:
    assert forwarding(Collector(collector_server.url)) == []
