"""Head sampling: whether a trace is kept is decided at its first span, for all services alike."""

from __future__ import annotations

KEEP = 1
REJECT = 0
"""Sampling priorities as Datadog numbers them; what a person decided by hand is 2 and -1."""

_FACTOR = 1111111111111111111
_SPACE = 1 << 64


class RateSampler:
    """Keeps a share of all traces.

    The decision is a function of the trace id alone, so two services that decide for themselves
    agree. The multiplication spreads ids that are not random enough (Knuth's multiplicative
    hash, with the factor all Datadog clients share).
    """

    def __init__(self, rate: float = 1.0) -> None:
        """Keep `rate` of all traces, from 0 (none) to 1 (all); ValueError for anything else."""
        if not 0 <= rate <= 1:
            raise ValueError(f"a sample rate lies between 0 and 1, not {rate!r}")
        self.rate = rate
        self._bound = int(rate * _SPACE)

    def priority(self, trace_id: int) -> int:
        """Return KEEP or REJECT."""
        return KEEP if trace_id * _FACTOR % _SPACE < self._bound else REJECT
