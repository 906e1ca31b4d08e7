"""Which attribute values one set of traces has more often than another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from collector.analysis.compare import MIN_TRACES, SIGNIFICANCE_LEVEL
from collector.analysis.significance import WeightedValues, p_value_of_shares
from collector.analysis.weight import effective_size, squared
from collector.model import Span, number_text
from collector.name_template import template_of

MAX_ROWS = 50
"""Rows of the result: more than these nobody reads."""


class AttributeShare(msgspec.Struct, frozen=True):
    """How common one value of one attribute is in two sets of traces, A and B."""

    attribute: str
    """A tag's key (those that begin with `_` are internal to a tracer and left out), or `service`,
    `operation`, `resource`."""
    value: str
    share_a: float
    """Weighted share of A's traces in which some span has the value, 0 to 1."""
    share_b: float
    """Weighted share of B's traces in which some span has the value, 0 to 1."""
    difference: float
    """B's share less A's, -1 to 1."""
    p_value: float
    kept_a: int
    """A's traces with the value, unweighted: as many as a search for it lists."""
    kept_b: int
    verdict: str
    """`more in B`, `less in B`, `same` or `not enough traces`."""


class Evidence(msgspec.Struct, gc=False):
    """Some traces, counted and weighed; weights and their squares are in thousandths
    (`collector.analysis.weight`)."""

    traces: int = 0
    weight: int = 0
    squares: int = 0

    def add(self, weight: int) -> None:
        """Add a trace of this weight."""
        self.traces += 1
        self.weight += weight
        self.squares += squared(weight)

    @property
    def effective_size(self) -> float:
        """How many traces of equal weight would tell as much."""
        return effective_size(self.weight, self.squares)


class Tally(NamedTuple):
    """Some traces, and those of them in which each value of each attribute occurs."""

    all: Evidence
    values: dict[tuple[str, str], Evidence]


def tally(traces: Iterable[tuple[int, Iterable[Span]]]) -> Tally:
    """Count the attribute values in some traces, each given as its weight and its spans."""
    counted = Tally(Evidence(), {})
    for weight, spans in traces:
        counted.all.add(weight)
        for value in _values(spans):
            if value not in counted.values:
                counted.values[value] = Evidence()
            counted.values[value].add(weight)
    return counted


def compare_attributes(a: Tally, b: Tally) -> list[AttributeShare]:
    """Return the attribute values whose shares of the traces differ most between two sets, most
    first.

    A trace has a value if any of its spans has it. Values that are equally common in both sets, or
    seen in a single trace (ids, times), are left out. The p-value is from the two-proportion
    z-test, weighted; for a verdict it must be below 0.2 % divided by the number of values compared
    (Bonferroni), with at least 20 traces' worth of evidence on either side. The idea is Honeycomb's
    BubbleUp.
    """
    none = Evidence()
    common = [
        value
        for value in a.values.keys() | b.values.keys()
        if a.values.get(value, none).traces + b.values.get(value, none).traces > 1
    ]
    enough = min(a.all.effective_size, b.all.effective_size) >= MIN_TRACES
    rows = []
    for attribute, value in common:
        having_a = a.values.get((attribute, value), none)
        having_b = b.values.get((attribute, value), none)
        share_a = having_a.weight / max(1, a.all.weight)
        share_b = having_b.weight / max(1, b.all.weight)
        p = p_value_of_shares(
            _with_and_without(having_a, a.all), _with_and_without(having_b, b.all)
        )
        verdict = "same" if enough else "not enough traces"
        if enough and p < SIGNIFICANCE_LEVEL / len(common):
            verdict = "more in B" if share_b > share_a else "less in B"
        difference = share_b - share_a
        counts = having_a.traces, having_b.traces
        if difference:
            rows.append(
                AttributeShare(attribute, value, share_a, share_b, difference, p, *counts, verdict)
            )
    rows.sort(key=lambda row: (-abs(row.difference), row.attribute, row.value))
    return rows[:MAX_ROWS]


def _with_and_without(having: Evidence, everything: Evidence) -> WeightedValues:
    return WeightedValues(
        everything.traces,
        {0: having.weight, 1: everything.weight - having.weight},
        {0: having.squares, 1: everything.squares - having.squares},
    )


def _values(spans: Iterable[Span]) -> set[tuple[str, str]]:
    values = set()
    for span in spans:
        values.add(("service", span.service))
        values.add(("operation", template_of(span.name)))
        values.add(("resource", template_of(span.resource)))
        values.update(
            (key, number_text(value)) for key, value in span.tags.items() if key[:1] != "_"
        )
    return values
