"""What a receiver made of one request's body."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from collector.model import Chunk

REASONS_TOLD = 20
"""How many rejected spans an answer names; all of them are counted."""


class SpanError(Exception):
    """One span that cannot be kept. `kind` is the name it is counted under."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(slots=True)
class Payload:
    """The readable part of a request and an account of the rest."""

    chunks: list[Chunk] = field(default_factory=list)
    """What is to be stored."""
    spans: int = 0
    """Spans received, those not stored included."""
    unsampled: int = 0
    """Spans of traces that their client decided not to keep."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Spans that could not be kept, by kind."""
    reasons: list[str] = field(default_factory=list)
    """The first of them in words."""

    def reject(self, place: str, problem: SpanError) -> None:
        """Count a span that cannot be kept."""
        self.spans += 1
        self.rejected[problem.kind] += 1
        if len(self.reasons) < REASONS_TOLD:
            self.reasons.append(f"{place}: {problem}")
