"""Datadog's own client sends to the collector, and reads back what it sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, Server

pytestmark = pytest.mark.skipif(
    find_spec("ddtrace") is None,  # not imported: it would handle SIGTERM for all other tests, too
    reason="the real client is an extra: pip install -e .[peers]",
)


@pytest.mark.parametrize("version", ["", "v0.4", "v0.5"])
def test_what_ddtrace_sends_is_read_back_equal(collector: Server, version: str) -> None:
    expected, stderr = _run(collector, version)
    assert stderr == ""
    assert len(expected) == 404
    traces = {span["trace_id"] for span in expected}
    assert {_get(collector, f"/api/trace/{trace}")["spans"] for trace in traces} == {3, 401}
    for span in (*expected[:5], expected[-1]):
        stored = _get(collector, f"/api/trace/{span['trace_id']}/span/{span['id']}")
        sent_tags = span.pop("tags")
        for key in ("_dd.p.tid", "events", "_dd.span_links"):
            sent_tags.pop(key, None)  # these became the trace's id, events and links
        assert {key: stored[key] for key in span} == span
        assert sent_tags.items() <= stored["tags"].items()

    root, query, failing = (
        _get(collector, f"/api/trace/{span['trace_id']}/span/{span['id']}") for span in expected[:3]
    )
    assert query["links"][0]["trace_id"] == root["trace_id"]
    assert query["links"][0]["span_id"] == root["id"]
    assert query["links"][0]["attributes"] == {"why": "asked by"}
    (event,) = failing["events"]
    assert event["name"] == "exception"
    assert event["attributes"]["beer"] == "ipa"
    assert event["attributes"]["attempt"] == 2
    assert event["attributes"]["exception.message"] == "no such beer"
    assert failing["error"] == 1
    assert "no such beer" in failing["tags"]["error.message"]


@pytest.mark.parametrize("protocol", ["http/json", "http/protobuf"])
def test_what_ddtrace_sends_as_otlp_is_read_back_equal(collector: Server, protocol: str) -> None:
    expected, stderr = _run(
        collector,
        "",
        OTEL_TRACES_EXPORTER="otlp",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.url}/v1/traces",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=protocol,
    )
    assert stderr == ""
    for span in (*expected[:5], expected[-1]):
        stored = _get(collector, f"/api/trace/{span['trace_id']}/span/{span['id']}")
        sent_tags = span.pop("tags")
        for key in ("events", "_dd.span_links"):
            sent_tags.pop(key, None)  # these became events and links
        assert {key: stored[key] for key in span} == span
        assert sent_tags.items() <= stored["tags"].items()
    root, query, failing = (
        _get(collector, f"/api/trace/{span['trace_id']}/span/{span['id']}") for span in expected[:3]
    )
    assert query["links"][0]["span_id"] == root["id"]
    assert failing["events"][0]["attributes"]["attempt"] == 2


def test_traces_that_ddtrace_does_not_sample_are_not_stored(collector: Server) -> None:
    before = _get(collector, "/stats")
    _run(collector, "v0.5", DD_TRACE_SAMPLING_RULES='[{"sample_rate": 0}]')
    after = _get(collector, "/stats")
    for kind in ("spans", "traces"):  # bytes may grow: digests are made in quiet moments
        assert after["stored"][kind] == before["stored"][kind]
    assert after["unsampled"] - before["unsampled"] == 404
    assert sum(after["rejected"]["requests"].values()) == 0


def _run(collector: Server, version: str, **settings: str) -> tuple[list[dict[str, Any]], str]:
    """Run the traced program; return its spans as it knows them, and its standard error."""
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("DD_")},
        "PYTHONPATH": str(ROOT),
        "DD_TRACE_AGENT_URL": collector.url,
        "DD_CRASHTRACKING_ENABLED": "false",
        **({"DD_TRACE_API_VERSION": version} if version else {}),
        **settings,
    }
    program = Path(__file__).with_name("ddtrace_app.py")
    done = subprocess.run(
        [sys.executable, program], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout), done.stderr


def _get(collector: Server, path: str) -> Any:
    with urllib.request.urlopen(collector.url + path, timeout=20) as answer:
        return json.load(answer)
