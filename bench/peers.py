"""The tracers that `bench.span` compares ours with, each set up to send nothing.

There is a function per peer. It raises `ImportError` if the peer is not installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any


def _nothing() -> None:
    pass


@dataclass
class Contender:
    """A tracer to be measured."""

    name: str
    start: Callable[[str], AbstractContextManager[Any]]
    """Starts a span."""
    forget: Callable[[], object]
    """Discards what has been recorded, after each measurement and outside of it."""
    prepare: Callable[[], object] = _nothing
    """Sets it up before each measurement."""
    encode: Callable[[], object] = _nothing
    """Encodes what has been recorded, as part of the measurement."""


def ddtrace() -> Iterator[Contender]:
    """Yield Datadog's client; what reaches its writer is kept in a list, or encoded natively."""
    # Nothing must leave this machine.
    os.environ.update(
        DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
        DD_REMOTE_CONFIGURATION_ENABLED="false",
        DD_CRASHTRACKING_ENABLED="false",
        DD_TRACE_STARTUP_LOGS="false",
        DD_TRACE_AGENT_URL="http://127.0.0.1:9",
    )
    from ddtrace._trace.sampler import DatadogSampler
    from ddtrace._trace.sampling_rule import SamplingRule
    from ddtrace.internal._encoding import MsgpackEncoderV04
    from ddtrace.internal.writer import TraceWriter
    from ddtrace.trace import tracer

    class KeepingWriter(TraceWriter):
        """A writer without a thread and without a connection."""

        def __init__(self) -> None:
            self.traces: list[Any] = []

        def write(self, spans: Any = None) -> None:
            self.traces.append(spans)

        def recreate(self, *args: Any, **kwargs: Any) -> KeepingWriter:
            return self

        def stop(self, timeout: float | None = None) -> None:
            pass

        def flush_queue(self) -> None:
            pass

    writer = KeepingWriter()
    aggregator = tracer._span_aggregator
    aggregator.writer = writer

    def keep(rate: float) -> Callable[[], None]:
        sampler = DatadogSampler(rules=[SamplingRule(sample_rate=rate)], rate_limit=-1)

        def prepare() -> None:
            tracer._sampler = aggregator.sampling_processor.sampler = sampler

        return prepare

    def encode() -> None:
        encoder = MsgpackEncoderV04(1 << 26, 1 << 26)
        for trace in writer.traces:
            encoder.put(trace)
        assert encoder.encode()

    forget = writer.traces.clear
    yield Contender("ddtrace", tracer.trace, forget, keep(1))
    yield Contender("ddtrace, encoded by its native encoder", tracer.trace, forget, keep(1), encode)
    yield Contender("ddtrace, not sampled", tracer.trace, forget, keep(0))


def opentelemetry() -> Iterator[Contender]:
    """Yield the OpenTelemetry SDK with its batch processor and an exporter that does nothing."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

    class NoExporter(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    for name, sampler in (
        ("OpenTelemetry SDK, batch processor", ALWAYS_ON),
        ("OpenTelemetry SDK, not sampled", ALWAYS_OFF),
    ):
        provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(NoExporter(), max_queue_size=1 << 20))
        yield Contender(
            name, provider.get_tracer("bench").start_as_current_span, provider.force_flush
        )
