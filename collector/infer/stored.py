"""Inferred traces as they are stored, read back as what they were made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from collector.analysis.tree import build_tree
from collector.infer.forest import Forest
from collector.infer.records import Record
from collector.infer.spans import CONFIDENCE, POSSIBLE, REQUEST_ID
from collector.model import Chunk, Span


@dataclass
class Stored:
    """The records of stored traces. The lists have an entry for each, parents first."""

    records: list[Record] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    """The probability of each parent, 0 to 1."""
    possible: list[int] = field(default_factory=list)
    """Number of possible parents of each."""
    span_ids: list[int] = field(default_factory=list)

    @property
    def forest(self) -> Forest:
        """Their trees."""
        return Forest(self.records, self.parents)

    @property
    def guessed(self) -> set[int]:
        """Indexes of the calls with more than one possible parent."""
        return {index for index, number in enumerate(self.possible) if number > 1}

    def confidence_to(self, index: int, above: int) -> float:
        """Return the probability that a record belongs below another one, 0 to 1."""
        confidence = 1.0
        while index >= 0 and index != above:
            confidence *= self.confidences[index]
            index = self.parents[index]
        return confidence


def read_back(traces: Iterable[Chunk]) -> Stored:
    """Return the records of inferred traces."""
    stored = Stored()
    for _, spans in traces:
        tree = build_tree(spans)
        first = len(stored.records)
        for row, span in enumerate(tree.spans):
            above = tree.parent[row]
            stored.records.append(_record(span))
            stored.parents.append(first + above if above >= 0 else -1)
            stored.confidences.append(_number(span, CONFIDENCE, 1.0))
            stored.possible.append(int(_number(span, POSSIBLE, 0)))
            stored.span_ids.append(span.span_id)
    return stored


def _record(span: Span) -> Record:
    """Return the record of a span. What was no request is a call, so that it is none here."""
    return Record(
        span.service,
        span.resource if span.tags.get("span.kind") != "server" else "",
        span.start,
        span.end,
        str(span.tags.get(REQUEST_ID, "")),
        callee="" if span.tags.get("span.kind") == "server" else span.resource or "?",
    )


def _number(span: Span, key: str, default: float) -> float:
    """Return a tag's number, from 0 to a million: somebody else may have sent it."""
    value = span.tags.get(key, default)
    return min(1e6, max(0.0, value)) if isinstance(value, (int, float)) else default
