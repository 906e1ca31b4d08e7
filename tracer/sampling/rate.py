"""Keeping a share of all traces."""

from __future__ import annotations

from collections.abc import Mapping

from .decision import KEEP, REJECT, Decision
from .hashing import Hash, bound, datadog, randomness


class RateSampler:
    """Keeps a share of all traces (OpenTelemetry's `TraceIdRatioBased` sampler).

    The decision is a function of the trace id alone, so two services that decide for themselves
    agree.
    """

    def __init__(self, rate: float = 1.0, hash: Hash = datadog) -> None:
        """Keep `rate` of all traces, from 0 (none) to 1 (all).

        Raises `ValueError` if the rate is anything else.
        """
        if not 0 <= rate <= 1:
            raise ValueError(f"a sample rate must be between 0 and 1, not {rate!r}")
        self.rate = rate
        self._hash = hash
        self._bound = bound(rate)

    def priority(self, trace_id: int) -> int:
        """Return `KEEP` or `REJECT` for a trace."""
        return KEEP if self._hash(trace_id) < self._bound else REJECT

    def decide(
        self, trace_id: int, service: str, name: str, resource: str, tags: Mapping[str, object]
    ) -> Decision:
        """Decide on a trace, whatever it begins with."""
        number = self._hash(trace_id)
        priority = KEEP if number < self._bound else REJECT
        return Decision(priority, self.rate, randomness(number))
