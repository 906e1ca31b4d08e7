"""A program that asks for a list and then for each of its items, traced by OpenTelemetry's
SQLAlchemy instrumentation; prints the id of its trace.

Run by test_foreign_detectors.py with the Python of the environment `opentelemetry-sqlalchemy`.
"""

from __future__ import annotations

import time

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from sqlalchemy import create_engine, event, text

DONUTS = 12
ROUND_TRIP_S = 0.002
"""A database that is far away: one within the process answers in no time."""


def main() -> None:
    """Make one trace, send it, and print its id."""
    provider = TracerProvider(resource=Resource.create({"service.name": "menu"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bakers (id INTEGER PRIMARY KEY, name TEXT)"))
    SQLAlchemyInstrumentor().instrument(engine=engine, tracer_provider=provider)
    event.listen(engine, "before_cursor_execute", lambda *_: time.sleep(ROUND_TRIP_S))
    tracer = provider.get_tracer("menu")
    with tracer.start_as_current_span("GET /menu", kind=SpanKind.SERVER) as root:
        root.set_attributes({"http.method": "GET", "http.route": "/menu"})
        with engine.connect() as connection:
            for number in range(DONUTS):
                one = text("SELECT name FROM bakers WHERE id = :id")
                connection.execute(one, {"id": number}).all()
    provider.shutdown()
    print(f"{root.get_span_context().trace_id:032x}")


main()
