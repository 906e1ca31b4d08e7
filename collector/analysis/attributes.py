"""Which attribute values one set of traces has more often than another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import erfc, sqrt
from typing import NamedTuple

import msgspec

from collector.analysis.compare import MIN_TRACES, SIGNIFICANCE_LEVEL
from collector.model import Span
from collector.name_template import template_of
from collector.trace_summary import number_text

MAX_ROWS = 50
"""Rows of the result: more than these nobody reads."""


class AttributeShare(msgspec.Struct, frozen=True):
    """How common one value of one attribute is in two sets of traces, A and B."""

    attribute: str
    """A tag's key (those that begin with `_` are internal to a tracer and left out), or `service`,
    `operation`, `resource`."""
    value: str
    share_a: float
    """Share of A's traces in which some span has the value, 0 to 1."""
    share_b: float
    """Share of B's traces in which some span has the value, 0 to 1."""
    difference: float
    """B's share less A's, -1 to 1."""
    p_value: float
    kept_a: int
    """A's traces with the value, unweighted: as many as a search for it lists."""
    kept_b: int
    verdict: str
    """`more in B`, `less in B`, `same` or `not enough traces`."""


class Tally(NamedTuple):
    """A number of traces, and in how many of them each value of each attribute occurs."""

    traces: int
    values: Counter[tuple[str, str]]


def tally(traces: Iterable[Iterable[Span]]) -> Tally:
    """Count the attribute values in some traces, each given as its spans."""
    count = 0
    values: Counter[tuple[str, str]] = Counter()
    for spans in traces:
        count += 1
        values.update(_values(spans))
    return Tally(count, values)


def compare_attributes(a: Tally, b: Tally) -> list[AttributeShare]:
    """Return the attribute values whose shares of the traces differ most between two sets, most
    first.

    A trace has a value if any of its spans has it. Values that are equally common in both sets, or
    seen in a single trace (ids, times), are left out. The p-value is from the two-proportion
    z-test; for a verdict it must be below 1 % divided by the number of values compared
    (Bonferroni), with at least 20 traces on either side. The idea is Honeycomb's BubbleUp.
    """
    count_a, values_a = a
    count_b, values_b = b
    common = [
        value
        for value in values_a.keys() | values_b.keys()
        if values_a[value] + values_b[value] > 1
    ]
    enough = min(count_a, count_b) >= MIN_TRACES
    rows = []
    for attribute, value in common:
        share_a = values_a[attribute, value] / max(1, count_a)
        share_b = values_b[attribute, value] / max(1, count_b)
        p = proportions_p_value(share_a, count_a, share_b, count_b)
        verdict = "same" if enough else "not enough traces"
        if enough and p < SIGNIFICANCE_LEVEL / len(common):
            verdict = "more in B" if share_b > share_a else "less in B"
        difference = share_b - share_a
        counts = values_a[attribute, value], values_b[attribute, value]
        if difference:
            rows.append(
                AttributeShare(attribute, value, share_a, share_b, difference, p, *counts, verdict)
            )
    rows.sort(key=lambda row: (-abs(row.difference), row.attribute, row.value))
    return rows[:MAX_ROWS]


def proportions_p_value(share_a: float, count_a: int, share_b: float, count_b: int) -> float:
    """Return the probability of shares at least this different in two samples of one population
    (two-proportion z-test with the pooled share)."""
    if not count_a or not count_b:
        return 1.0
    pooled = (share_a * count_a + share_b * count_b) / (count_a + count_b)
    variance = pooled * (1 - pooled) * (1 / count_a + 1 / count_b)
    if variance <= 0:
        return 1.0  # all have it, or none
    return erfc(abs(share_a - share_b) / sqrt(2 * variance))


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
