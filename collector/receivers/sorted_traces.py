"""The spans of a request, sorted into traces: in most formats those of several are mixed."""

from __future__ import annotations

from collections import defaultdict

from collector.decode_errors import reason_of
from collector.model import Chunk, Span
from collector.receivers.payload import Payload, SpanError


class SortedTraces:
    """What was read so far of a request's body."""

    def __init__(self) -> None:
        self.payload = Payload()
        self._spans: defaultdict[int, list[Span]] = defaultdict(list)

    def keep(self, trace_id: int, span: Span) -> None:
        """Add a span to its trace."""
        self.payload.spans += 1
        self._spans[trace_id].append(span)

    def reject(self, place: str, problem: Exception) -> None:
        """Count a span that cannot be kept: for the reason that a `SpanError` gives, or because it
        cannot be read."""
        if not isinstance(problem, SpanError):
            problem = SpanError("malformed", f"the span cannot be read: {reason_of(problem)}")
        self.payload.reject(place, problem)

    def finished(self) -> Payload:
        """Return the traces, and the account of what was rejected."""
        traces = self._spans.items()
        self.payload.chunks = [Chunk(f"{trace_id:032x}", spans) for trace_id, spans in traces]
        return self.payload
