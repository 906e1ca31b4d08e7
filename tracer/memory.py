"""Writers that send nothing, for tests and for programs without a collector."""

from __future__ import annotations

from .span import Span


class NoopWriter:
    """Discards all spans."""

    def put(self, spans: list[Span]) -> None:
        """Discard the spans."""

    def flush(self, timeout: float = 2.0) -> bool:
        """Return True, because there is nothing to wait for."""
        return True

    def close(self, timeout: float = 2.0) -> None:
        """Do nothing, because there is nothing to deliver."""


class InMemoryWriter(NoopWriter):
    """Keeps finished spans for a test to look at (OpenTelemetry's `InMemorySpanExporter`)."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        """Finished spans in the order in which they were put; in each segment, the root first."""

    def put(self, spans: list[Span]) -> None:
        """Keep the spans."""
        self.spans += spans
