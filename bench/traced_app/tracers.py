"""The tracers that the app can run under: ours, others in its place, or none.

The app's files are the same for all of them. Whatever they import from `tracer` comes from a
stand-in instead, which hands each call on to another tracer, or does nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

INTERVAL_S = 0.25
"""Seconds between two deliveries: our tracer's, and now that of all."""
COLLECTOR_URL = os.environ.get("COLLECTOR_URL", "")


class StandIn:
    """What the app needs of a tracer, doing nothing."""

    def configure(self, **settings: Any) -> None:
        """Ignore the settings."""

    def trace(self, name: str, service: str | None = None) -> Any:
        """Return a `with` block that records nothing."""
        return _nothing

    def current_span(self) -> Any:
        """Return None: there is no span."""

    def current_context(self) -> None:
        """Return None: answers that quote a trace's id have none to quote."""

    def shutdown(self) -> None:
        """Do nothing."""


class NoSpan:
    """Takes tags and forgets them."""

    def set_tag(self, key: str, value: Any) -> None:
        """Ignore the tag."""


_nothing = nullcontext(NoSpan())


def without(service: str) -> None:
    """Run the app without any tracer."""
    _put_in_place(StandIn())


def ours(service: str) -> None:
    """Run the app as it is."""


def ours_disabled(service: str) -> None:
    """Run the app as it is, with our tracer turned off."""
    from tracer import tracer

    tracer.configure(enabled=False)


def ours_sampled(service: str) -> None:
    """Run the app as it is, and keep one trace in a hundred."""
    from tracer import tracer

    tracer.configure(sampling=0.01)


def ddtrace(service: str) -> None:
    """Run the app under Datadog's client, set up as in lesson 20."""
    os.environ |= {
        "DD_SERVICE": service,
        "DD_TRACE_AGENT_URL": COLLECTOR_URL,
        "DD_TRACE_PROPAGATION_STYLE": "tracecontext,datadog",
        "DD_TRACE_WRITER_INTERVAL_SECONDS": f"{INTERVAL_S}",
        "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
        "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    }
    from ddtrace import patch
    from ddtrace.trace import tracer

    class Datadog(StandIn):
        trace = tracer.trace
        current_span = tracer.current_span

    patch(flask=True, sqlalchemy=True, redis=True, requests=True)
    _put_in_place(Datadog())


def opentelemetry(service: str) -> None:
    """Run the app under OpenTelemetry's SDK, set up as in lesson 20."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.redis import RedisInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(f"{COLLECTOR_URL}/v1/traces")
    provider.add_span_processor(
        BatchSpanProcessor(exporter, schedule_delay_millis=INTERVAL_S * 1000)
    )
    trace.set_tracer_provider(provider)
    own = provider.get_tracer("app")
    # The app says `set_tag`, and so does each of its spans now.
    trace.Span.set_tag = lambda span, key, value: span.set_attribute(key, value)  # type: ignore[attr-defined]

    class OpenTelemetry(StandIn):
        def trace(self, name: str, service: str | None = None) -> Any:
            return own.start_as_current_span(name)

        def current_span(self) -> Any:
            return trace.get_current_span()

    SQLAlchemyInstrumentor().instrument(skip_dep_check=True)  # it doesn't know SQLAlchemy 2.1 yet
    RedisInstrumentor().instrument()
    RequestsInstrumentor().instrument()
    _put_in_place(
        OpenTelemetry(),
        lambda app, tracer: FlaskInstrumentor().instrument_app(app, excluded_urls="ping,dials"),
    )


def _put_in_place(
    tracer: StandIn, trace_requests: Callable[[Any, Any], object] = lambda app, tracer: None
) -> None:
    """Have the app import this tracer for ours."""
    module = ModuleType("tracer")
    module.__dict__.update(
        tracer=tracer, TraceMiddleware=trace_requests, patch=lambda **libraries: None
    )
    sys.modules["tracer"] = module


WITHOUT = "no tracer"
OURS_OFF = "ours, off"
OURS_SAMPLED = "ours, 1 %"
OURS = "ours, all"
DDTRACE = "ddtrace, all"
OPENTELEMETRY = "OpenTelemetry, all"
TRACERS = {
    WITHOUT: without,
    OURS_OFF: ours_disabled,
    OURS_SAMPLED: ours_sampled,
    OURS: ours,
    DDTRACE: ddtrace,
    OPENTELEMETRY: opentelemetry,
}
"""What prepares a process for the app, by the name of the tracing."""
