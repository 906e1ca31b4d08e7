"""What is found in traces that no tracer of ours has made."""

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

QUERY = "SELECT name FROM bakers WHERE id = ?"


@pytest.mark.parametrize(
    ("conventions", "key"), [("", "db.statement"), ("database", "db.query.text")]
)
def test_n_plus_one_queries_of_opentelemetry_are_found(
    collector: Server, client_environment: ClientEnvironment, conventions: str, key: str
) -> None:
    python = client_environment("opentelemetry-sqlalchemy")
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_SEMCONV_STABILITY_OPT_IN": conventions,
    }
    done = subprocess.run(
        [python, Path(__file__).with_name("sqlalchemy_app.py")],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    trace_id = done.stdout.strip()
    insight = get(collector, f"/api/trace/{trace_id}/insight")
    (finding,) = (each for each in insight["findings"] if each["kind"] == "n_plus_one")
    assert len(finding["spans"]) == 12
    assert "× 12, one after another" in finding["what"]
    query = get(collector, f"/api/trace/{trace_id}/span/{finding['spans'][0]}")
    assert (query["type"], query["resource"]) == ("sql", QUERY)
    assert query["tags"][key] == QUERY
    assert query["tags"]["span.kind"] == "client"
    assert query["tags"]["otel.scope.name"] == "opentelemetry.instrumentation.sqlalchemy"
    assert query["tags"]["telemetry.sdk.language"] == "python"


def get(collector: Server, path: str) -> Any:
    """Return the JSON at a path."""
    with urllib.request.urlopen(collector.url + path, timeout=20) as answer:
        return json.load(answer)
