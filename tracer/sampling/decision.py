"""What is decided about a trace at its head, and what decides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from .tracestate import member

KEEP, REJECT = 1, 0
"""The sampling priorities of traces to keep and not to keep, as Datadog numbers them."""
WANTED, DROP = 2, -1
"""The same, if a person or the app has asked for it."""


class Decision(NamedTuple):
    """Whether a trace is kept, and what one has to know to count it right."""

    priority: int
    """One of the sampling priorities: kept if above 0."""
    probability: float | None = None
    """With which probability a trace like this one is kept; None if that is not known."""
    randomness: int | None = None
    """The trace's 56 bits of randomness, if the decision depends on nothing else but the
    probability; None if it does not, as at a limit per second."""

    @property
    def tracestate(self) -> str:
        """What tells OpenTelemetry's clients of a decision that they could have made, too."""
        probability, randomness = self.probability, self.randomness
        if self.priority <= 0 or probability is None or probability == 1 or randomness is None:
            return ""
        return member(probability, randomness)


class Sampler(Protocol):
    """Decides whether a trace is kept (OpenTelemetry's `Sampler`)."""

    def decide(
        self, trace_id: int, service: str, name: str, resource: str, tags: Mapping[str, object]
    ) -> Decision:
        """Decide on a trace that begins with such a span."""
