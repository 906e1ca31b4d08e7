"""A program of which OpenTelemetry's SDK keeps a share of the traces, by its consistent sampler;
prints how many it has begun, and how many of them it has kept.

Run by test_sampled_weights.py with the Python of the environment `opentelemetry`. Its arguments are
the port for HTTP and that for gRPC: each exporter sends for a service of its own.
"""

from __future__ import annotations

import json
import sys

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace._sampling_experimental import (
    composable_parent_threshold,
    composable_traceid_ratio_based,
    composite_sampler,
)
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

HTTP_PORT, GRPC_PORT = int(sys.argv[1]), int(sys.argv[2])
TRACES = 1_500


def main() -> None:
    """Begin traces in two services, at a rate each."""
    over_http = HttpExporter(f"http://127.0.0.1:{HTTP_PORT}/v1/traces")
    over_grpc = GrpcExporter(f"127.0.0.1:{GRPC_PORT}", insecure=True)
    services = [("consistent-http", over_http, 0.3), ("consistent-grpc", over_grpc, 0.07)]
    json.dump([begin(*service) for service in services], sys.stdout)


def begin(service: str, exporter: SpanExporter, rate: float) -> dict[str, object]:
    """Begin traces of a request and a query each; return what became of them."""
    sampler = composite_sampler(composable_parent_threshold(composable_traceid_ratio_based(rate)))
    provider = TracerProvider(sampler, Resource({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("beer.scope")
    kept = 0
    for _ in range(TRACES):
        with tracer.start_as_current_span("request") as request:
            tracer.start_span("query").end()
        kept += request.is_recording() or request.get_span_context().trace_flags.sampled
    assert provider.force_flush()
    provider.shutdown()
    return {"service": service, "rate": rate, "begun": TRACES, "kept": kept}


main()
