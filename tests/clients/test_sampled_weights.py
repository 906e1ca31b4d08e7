"""Traces of which other systems' clients have kept a share: together, they weigh as much as were
begun."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.clients.conftest import ClientEnvironment
from tests.clients.sending import get, open_collector, port_of, run_client
from tests.servers import ROOT, Server
from tests.waiting import wait_until

RULES = [
    {"service": "one-rate", "rate": 0.3},
    {"service": "rates-of-operations", "name": "taste", "rate": 0.07},
    {"service": "rates-of-operations", "rate": 0.4},
    {"service": "told-by-rules", "resource": "GET /beer", "rate": 0.3},
    {"service": "told-by-rules", "rate": 0},
]
DEVIATIONS = 5
"""Standard deviations by which chance differs from what is expected, but once in two million
times."""


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open, and these rules."""
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        body = json.dumps({"rules": RULES}).encode()
        put = urllib.request.Request(f"{server.url}/sampling/rules", body, method="PUT")
        put.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(put, timeout=20) as answer:
            assert answer.status == 200
        yield server


def test_opentelemetrys_consistent_sampler(
    collector: Server, client_environment: ClientEnvironment
) -> None:
    python = client_environment("opentelemetry")
    ports = collector.port, port_of(collector, "otlp-grpc")
    for told in run_client(python, "sampled_opentelemetry_app.py", *ports):
        check_followed(told)
        check_weights(told, stored(collector, told))


@pytest.mark.skipif(find_spec("ddtrace") is None, reason="pip install -e .[peers]")
@pytest.mark.parametrize("way", ["datadog", "otlp"])
def test_datadogs_client_which_says_it_twice_in_otlp(collector: Server, way: str) -> None:
    settings = {
        "PYTHONPATH": str(ROOT),
        "DD_SERVICE": f"ddtrace-{way}",
        "DD_CRASHTRACKING_ENABLED": "false",
        "DD_TRACE_AGENT_URL": collector.url,
        "DD_TRACE_RATE_LIMIT": "-1",
        "DD_TRACE_SAMPLING_RULES": '[{"sample_rate": 0.3}]',
    }
    if way == "otlp":
        settings |= {
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/v1/traces",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        }
    (told,) = run_client(Path(sys.executable), "sampled_ddtrace_app.py", env=settings)
    check_followed(told)
    check_weights(told, stored(collector, told))
    root = stored_root(collector, told)
    assert root["_dd.rule_psr"] == 0.3
    assert ("th:b333333333333" in root.get("w3c.tracestate", "")) == (way == "otlp")


def test_jaegers_samplers_as_the_collector_tells_them(
    collector: Server, client_environment: ClientEnvironment
) -> None:
    python = client_environment("opentracing")
    ports = port_of(collector, "jaeger-compact"), port_of(collector, "jaeger-sampling")
    for told in run_client(python, "sampled_jaeger_app.py", *ports):
        check_followed(told)
        check_weights(told, stored(collector, told))


def test_xrays_sdk_follows_the_rules_but_does_not_say_by_which_rate(
    collector: Server, client_environment: ClientEnvironment
) -> None:
    python = client_environment("opentracing")
    ports = port_of(collector, "xray-daemon"), port_of(collector, "xray")
    beer, health = run_client(python, "sampled_xray_app.py", *ports)
    check_followed(beer)
    assert health["kept"] == 0
    assert stored(collector, beer)["represents"] == beer["kept"]


def check_followed(told: dict[str, Any]) -> None:
    """Assert that a client has kept the share that it was told to keep."""
    begun, rate = told["begun"], told["rate"]
    allowed = DEVIATIONS * sqrt(begun * rate * (1 - rate))
    assert abs(told["kept"] - begun * rate) < allowed, told


def check_weights(told: dict[str, Any], sample: dict[str, Any]) -> None:
    """Assert that the traces that were kept stand for all that were begun."""
    assert sample["represents"] == pytest.approx(told["kept"] / told["rate"], rel=1e-3)
    deviation = sample["plus_minus"] / 1.96
    assert abs(sample["represents"] - told["begun"]) < DEVIATIONS * deviation, (told, sample)


def stored_root(collector: Server, told: dict[str, Any]) -> dict[str, Any]:
    """Return the tags of a client's latest root."""
    (trace,) = get(collector, f"/api/traces?limit=1&q=service:{told['service']}")["traces"]
    exported = get(collector, f"/api/trace/{trace['trace_id']}/export?format=json")
    tags: dict[str, Any] = exported["traces"][0]["spans"][0]["tags"]
    return tags


def stored(collector: Server, told: dict[str, Any]) -> dict[str, Any]:
    """Return what the collector says of a client's traces, once all of them have been read."""
    search = f"service:{told['service']}" + (f" name:{told['name']}" if "name" in told else "")
    sample: dict[str, Any] = {}

    def is_there() -> bool:
        sample.update(get(collector, f"/api/routes?{urlencode({'q': search})}")["sample"])
        return bool(sample["folded"] == told["kept"] and not sample["pending"])

    wait_until(is_there)
    return sample
