"""OpenTelemetry's SDK sends to the collector, and reads back what it sent."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import ClientEnvironment
from tests.servers import Server


@pytest.mark.parametrize("compression", ["none", "gzip", "deflate"])
def test_what_is_sent_over_http_is_read_back_equal(
    collector: Server, client_environment: ClientEnvironment, compression: str
) -> None:
    python = client_environment("opentelemetry")
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
    }
    check(collector, run(python, "http", settings))


@pytest.mark.parametrize("compression", [{}, {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}])
def test_what_is_sent_over_grpc_is_read_back_equal(
    open_collector: Server, client_environment: ClientEnvironment, compression: dict[str, str]
) -> None:
    python = client_environment("opentelemetry")
    rows = _get(open_collector, "/api/receivers")["receivers"]
    port = next(row["port"] for row in rows if row["name"] == "otlp-grpc")
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    check(open_collector, run(python, "grpc", settings | compression))


def run(python: Path, protocol: str, settings: dict[str, str]) -> list[dict[str, Any]]:
    """Run the traced program; return its spans as it knows them."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    program = Path(__file__).with_name("opentelemetry_app.py")
    done = subprocess.run(
        [python, program, protocol],
        env=env | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    spans: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(spans) == 5
    return spans


def check(collector: Server, spans: list[dict[str, Any]]) -> None:
    """Assert that the collector has these spans."""
    stored = [_get(collector, f"/api/trace/{span['trace_id']}/span/{span['id']}") for span in spans]
    for got, sent in zip(stored, spans, strict=True):
        tags = sent.pop("tags")
        service = tags.pop("service.name")
        assert service == got["service"]
        assert tags.items() <= got["tags"].items()
        assert {key: got[key] for key in sent} == sent
    root, query, failing = stored[:3]
    assert (root["type"], root["resource"]) == ("http", "GET /pair/<kind>")
    assert root["tags"]["version"] == "step-10"
    assert (query["type"], query["resource"]) == ("sql", "SELECT * FROM beers")
    assert query["tags"]["otel.status_code"] == "OK"
    assert failing["tags"]["error.message"] == "ValueError: no such beer"
    assert failing["events"][0]["name"] == "exception"


def _get(collector: Server, path: str) -> Any:
    with urllib.request.urlopen(collector.url + path, timeout=20) as answer:
        return json.load(answer)
