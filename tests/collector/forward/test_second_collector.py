"""What a collector sends on to a second one is there as it was, as far as the format can say it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from collector.files.writers import otlp
from collector.model import Chunk, Event, Link, Span
from tests.servers import Server, running
from tests.waiting import wait_until

NOW = time.time_ns() // 1_000_000_000 * 1_000_000_000 - 60_000_000_000
KINDS = ("server", "client", "producer", "consumer", "internal")
WIDE, NARROW = "5b8efff798038103d269b633813fc60c", "0" * 16 + "d269b633813fc60c"


def traces() -> list[Chunk]:
    """Return a trace with every field and kind, and one with an id of 64 bits."""
    root = Span(7, 0, "web", "flask.request", "GET /beers", "http", NOW, 90_123_000)
    root.tags = {"span.kind": "server", "http.route": "/beers", "rows": 60, "share": 0.25}
    root.links = (Link("1" * 32, 3, {"why": "retry"}),)
    failed = Span(2**63 + 8, 7, "db", "sql.query", "SELECT 1", "sql", NOW + 1_000, 0, 1)
    failed.tags = {"error.message": "no such table: bières", "span.kind": "client"}
    failed.events = (
        Event(NOW + 2_000, "exception", {"exception.type": "OSError", "exception.message": "no"}),
    )
    others = [
        Span(
            20 + number,
            7,
            "taster",
            f"taste.{kind}",
            f"taste {kind}",
            "",
            NOW + number * 1_000,
            5_000,
        )
        for number, kind in enumerate(KINDS)
    ]
    for span, kind in zip(others, KINDS, strict=True):
        span.tags = {"span.kind": kind}
    small = Span(9, 0, "web", "ping", "GET /ping", "http", NOW, 4_000)
    return [Chunk(WIDE, [root, failed, *others]), Chunk(NARROW, [small])]


SPANS = sum(len(trace.spans) for trace in traces())


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Server]:
    options = ("--port", "0", "--open", "any", "--data", str(tmp_path / "second"))
    with running("-m", "collector", *options) as server:
        yield server


def address(server: Server, name: str) -> str:
    if name != "xray":
        return f"{name}={server.url}"
    rows = requests.get(f"{server.url}/api/receivers", timeout=10).json()["receivers"]
    (port,) = [row["port"] for row in rows if row["name"] == "xray-daemon"]
    return f"xray=udp://127.0.0.1:{port}"


def as_said(name: str, span: dict[str, Any]) -> dict[str, Any]:
    """Return what a format can say of a span."""
    said = {key: value for key, value in span.items() if key != "arrived"}
    own = ("_sampling_priority_v1", "aws.xray.fault")
    said["tags"] = {key: value for key, value in span["tags"].items() if key not in own}
    if name == "zipkin":
        said["tags"] = {key: str(value) for key, value in said["tags"].items()}
        said["links"] = []
        said["events"] = [{**event, "attributes": {}} for event in span["events"]]
    if name == "xray":  # its exceptions have no times
        said["events"] = [{**event, "time": ""} for event in span["events"]]
    return said


def stored(server: Server, name: str, trace_id: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{server.url}/api/trace/{trace_id}/export?format=json", timeout=10)
    spans = answer.json()["traces"][0]["spans"]
    return sorted((as_said(name, span) for span in spans), key=lambda span: str(span["id"]))


def stored_spans(server: Server) -> int:
    return int(requests.get(f"{server.url}/stats", timeout=10).json()["stored"]["spans"])


@pytest.mark.parametrize("name", ["otlp", "zipkin", "datadog", "xray"])
def test_it_loses_nothing_that_the_format_can_say(
    tmp_path: Path, second: Server, name: str
) -> None:
    options = ("--port", "0", "--data", str(tmp_path / "first"))
    with running("-m", "collector", *options, "--forward", address(second, name)) as first:
        requests.post(
            f"{first.url}/v1/traces",
            data=b"".join(otlp.write(traces())),
            headers={"Content-Type": "application/json"},
            timeout=10,
        ).raise_for_status()
        wait_until(lambda: stored_spans(second) == SPANS)
        for trace_id in (WIDE, NARROW):
            assert stored(second, name, trace_id) == stored(first, name, trace_id)
        (report,) = requests.get(f"{first.url}/stats", timeout=10).json()["forward"]
        assert (report["refused"], report["dropped"], report["problem"]) == (0, 0, "")
