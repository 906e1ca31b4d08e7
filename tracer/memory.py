"""Writers that send nothing: for tests, and for programs without a collector."""

from __future__ import annotations

from .span import Span


class NoopWriter:
    """Forgets all spans."""

    def put(self, spans: list[Span]) -> None:
        """Forget them."""

    def flush(self, timeout: float = 2.0) -> bool:
        """Return True: there is nothing to wait for."""
        return True

    def close(self, timeout: float = 2.0) -> None:
        """Do nothing."""


class InMemoryWriter(NoopWriter):
    """Keeps finished spans, to be looked at by a test."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        """Finished spans in the order in which they were put: of each segment the root first."""

    def put(self, spans: list[Span]) -> None:
        """Keep them."""
        self.spans += spans
