"""What a receiver read from one request's body."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from collector import limits
from collector.model import Chunk
from collector.receivers.body import BodyError

MAX_REASONS = 20
"""Rejected spans that an answer names; all of them are counted."""


class SpanError(Exception):
    """One span that cannot be kept. `kind` is the name it is counted under."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(slots=True)
class Payload:
    """The readable part of a request, and an account of the rest."""

    chunks: list[Chunk] = field(default_factory=list)
    """What to store."""
    spans: int = 0
    """Spans received, including those that are not stored."""
    unsampled: int = 0
    """Spans of traces that the client decided not to keep."""
    unfinished: int = 0
    """Spans that are not over yet, and will come again: they are not stored."""
    announced: int = 0
    """Spans in the body, as far as it was looked at."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Spans that could not be kept, by kind."""
    reasons: list[str] = field(default_factory=list)
    """What is wrong with the first `MAX_REASONS` rejected spans, and where they are."""

    def announce(self, spans: int) -> None:
        """Count spans that are about to be read.

        Raises `BodyError` if the body has more than anybody sends: a few bytes, compressed, could
        else keep a processor busy for minutes.
        """
        self.announced += spans
        if self.announced > limits.ITEMS:
            message = f"the body has more than {limits.ITEMS:,} spans; send fewer at a time"
            raise BodyError(413, "too_large", message)

    def reject(self, place: str, problem: SpanError) -> None:
        """Count a span that cannot be kept."""
        self.spans += 1
        self.rejected[problem.kind] += 1
        if len(self.reasons) < MAX_REASONS:
            self.reasons.append(f"{place}: {problem}")
