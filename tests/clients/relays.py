"""Running the relay (`relay_app.py`) under the tracers of different systems."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients.conftest import ClientEnvironment
from tests.servers import Server, running

RELAY = str(Path(__file__).with_name("relay_app.py"))


@contextmanager
def on_opentelemetry(
    collector: Server,
    client_environment: ClientEnvironment,
    service: str,
    propagators: str,
    next_url: str = "",
    **more: str,
) -> Iterator[Server]:
    """Run a service on OpenTelemetry's SDK with its Flask and Requests instrumentations. `more` are
    further settings."""
    python = client_environment("opentelemetry-flask")
    settings = {
        "OTEL_SERVICE_NAME": service,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_PROPAGATORS": ",".join(dict.fromkeys(propagators.split(","))),
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "NEXT_URL": next_url,
    }
    command = str(python.with_name("opentelemetry-instrument")), str(python), RELAY
    with running(*command, python=python, env=settings | more, timeout=60) as server:
        yield server


@contextmanager
def on_ddtrace(
    collector: Server,
    client_environment: ClientEnvironment,
    service: str,
    style: str,
    next_url: str = "",
    **more: str,
) -> Iterator[Server]:
    """Run a service on Datadog's client."""
    python = client_environment("ddtrace")
    settings = {
        "DD_SERVICE": service,
        "DD_TRACE_AGENT_URL": collector.url,
        "DD_TRACE_PROPAGATION_STYLE": style,
        "DD_CRASHTRACKING_ENABLED": "false",
        "NEXT_URL": next_url,
    }
    command = str(python.with_name("ddtrace-run")), str(python), RELAY
    with running(*command, python=python, env=settings | more, timeout=60) as server:
        yield server


@contextmanager
def on_our_tracer(
    collector: Server, service: str, propagation: str, next_url: str = "", **more: str
) -> Iterator[Server]:
    """Run a service on the project's own tracer."""
    settings = {
        "SERVICE": service,
        "COLLECTOR_URL": collector.url,
        "TRACE_PROPAGATION": propagation,
        "NEXT_URL": next_url,
    }
    with running("-m", "tracer.run", sys.executable, RELAY, env=settings | more) as server:
        yield server
