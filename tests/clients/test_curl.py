"""The examples with curl from the documentation, typed as they are printed there."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.curl import needs_curl
from tests.servers import Server

pytestmark = needs_curl


def curl(collector: Server, *arguments: str, body: bytes | None = None) -> Any:
    words = [word.replace("localhost:8126", f"127.0.0.1:{collector.port}") for word in arguments]
    done = subprocess.run(["curl", "-sS", *words], input=body, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SPAN = """
[[{"trace_id": 1, "span_id": 2, "name": "hello", "service": "me",
   "start": 1700000000000000000, "duration": 5000000}]]
"""


def test_a_span_by_hand(collector: Server) -> None:
    sent = curl(
        collector,
        *("-X", "PUT", "-H", "Content-Type: application/json", "-d", SPAN),
        "localhost:8126/v0.4/traces",
    )
    assert sent == {"rate_by_service": {"service:,env:": 1}}
    answer = curl(
        collector,
        *("-G", "localhost:8126/api/traces", "--data-urlencode", "q=service:me duration:>1ms"),
    )
    assert answer["matched"] == 1
    assert curl(collector, "localhost:8126/api/trace/1")["spans"] == 1


def test_chunked_and_compressed(collector: Server) -> None:
    sent = curl(
        collector,
        *("-X", "POST", "-H", "Content-Type: application/json"),
        *("-H", "Transfer-Encoding: chunked", "--data-binary", "@-"),
        "localhost:8126/v0.3/traces",
        body=SPAN.encode(),
    )
    assert "rejected" not in sent
    services = curl(collector, "--compressed", "localhost:8126/api/services")
    assert services["services"][0]["name"] == "me"


def test_a_body_that_is_too_large(collector: Server) -> None:
    answer = curl(
        collector,
        *("-X", "PUT", "-H", "Content-Type: application/msgpack", "--data-binary", "@-"),
        "localhost:8126/v0.4/traces",
        body=bytes(17 * 1024 * 1024),
    )
    assert "16,777,216" in answer["error"]
