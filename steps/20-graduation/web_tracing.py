"""How web is traced: by OpenTelemetry's SDK, with an instrumentation for each library."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.propagators import (
    TraceResponsePropagator,
    set_global_response_propagator,
)
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

COLLECTOR_URL = os.environ.get("COLLECTOR_URL") or "http://127.0.0.1:8126"

tracer = trace.get_tracer("web")


def trace_app(app: Flask) -> None:
    """Trace `app`, its SQL, its Redis commands and its calls, and send all of it to the
    collector."""
    version = os.environ.get("VERSION", "")
    provider = TracerProvider(
        resource=Resource.create({"service.name": "web", "service.version": version})
    )
    exporter = OTLPSpanExporter(f"{COLLECTOR_URL}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    trace.set_tracer_provider(provider)
    set_global_response_propagator(TraceResponsePropagator())
    FlaskInstrumentor().instrument_app(app, excluded_urls="ping,dials", request_hook=mark_tests)
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True)  # it doesn't know SQLAlchemy 2.1 yet
    RedisInstrumentor().instrument()
    RequestsInstrumentor().instrument()


def mark_tests(span: trace.Span, environ: dict[str, Any]) -> None:
    """Mark the requests that checks make, so that lists can leave them out."""
    if environ.get("HTTP_USER_AGENT", "").startswith("workshop-check"):
        span.set_attribute("user_agent.synthetic.type", "test")
