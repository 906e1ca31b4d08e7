"""Head sampling: whether a trace is kept is decided at its first span, for all services alike."""

from __future__ import annotations

KEEP = 1
"""The sampling priority of traces to keep, as Datadog numbers them; 2 if a person asked for it."""
REJECT = 0
"""The sampling priority of traces not to keep; -1 if a person asked for it."""

_FACTOR = 1111111111111111111
_ID_COUNT = 1 << 64


class RateSampler:
    """Keeps a share of all traces (OpenTelemetry's `TraceIdRatioBased` sampler).

    The decision is a function of the trace id alone, so two services that decide for themselves
    agree. The multiplication spreads ids that are not random enough (Knuth's multiplicative
    hash, with the factor all Datadog clients share).
    """

    def __init__(self, rate: float = 1.0) -> None:
        """Keep `rate` of all traces, from 0 (none) to 1 (all).

        Raises `ValueError` if the rate is anything else.
        """
        if not 0 <= rate <= 1:
            raise ValueError(f"a sample rate must be between 0 and 1, not {rate!r}")
        self.rate = rate
        self._bound = int(rate * _ID_COUNT)

    def priority(self, trace_id: int) -> int:
        """Return `KEEP` or `REJECT` for a trace."""
        return KEEP if trace_id * _FACTOR % _ID_COUNT < self._bound else REJECT
