"""Unitary sampling: each span decides for itself. It breaks traces, on purpose."""

from __future__ import annotations

from collections.abc import Mapping

from ..span import Span
from .decision import KEEP, Decision
from .hashing import bound, datadog

RATE_TAG = "_dd.span_sampling.rule_rate"
"""The tag of a span that was chosen alone, as Datadog has it, with its probability."""


class UnitarySampler:
    """Keeps a share of all spans, wherever they are.

    All counts of spans, and their durations, can be told from it as well as from whole traces, at
    the price of what connects them: parents are missing, and with them the critical path.
    """

    def __init__(self, rate: float) -> None:
        """Keep `rate` of all spans, from 0 to 1. Raises `ValueError` if it is anything else."""
        if not 0 <= rate <= 1:
            raise ValueError(f"a sample rate must be between 0 and 1, not {rate!r}")
        self.rate = rate
        self._bound = bound(rate)

    def decide(
        self, trace_id: int, service: str, name: str, resource: str, tags: Mapping[str, object]
    ) -> Decision:
        """Let each span of the trace decide for itself, in all services."""
        return Decision(KEEP)

    def chosen(self, spans: list[Span]) -> list[Span]:
        """Return the spans that are kept, and say on each of them with what probability."""
        kept = [span for span in spans if datadog(span.span_id) < self._bound]
        for span in kept:
            span.tags[RATE_TAG] = self.rate
        return kept
