"""Attribute values that one set of traces has more often than another."""

from __future__ import annotations

import pytest

from collector.analysis.attributes import (
    AttributeShare,
    compare_attributes,
    tally,
)
from collector.analysis.significance import WeightedValues, p_value_of_shares
from collector.model import Span
from tests.collector.analysis.traces import span


def pairings(count: int, misses: int, first: int = 1) -> list[list[Span]]:
    """Traces of which `misses` missed the cache, each with an id of its own."""
    return [
        [
            span(1, 0, 0, 10, user=f"user-{n}"),
            span(2, 1, 1, 2, "cache.get", cache__hit="false" if n - first < misses else "true"),
        ]
        for n in range(first, first + count)
    ]


def compared(a: list[list[Span]], b: list[list[Span]]) -> list[AttributeShare]:
    return compare_attributes(*(tally((1000, spans) for spans in side) for side in (a, b)))


def by_value(rows: list[AttributeShare]) -> dict[tuple[str, str], AttributeShare]:
    return {(row.attribute, row.value): row for row in rows}


def test_the_value_that_became_common_comes_first() -> None:
    rows = compared(pairings(100, misses=5), pairings(100, misses=60, first=1001))
    assert {(row.attribute, row.value) for row in rows[:2]} == {
        ("cache.hit", "false"),
        ("cache.hit", "true"),
    }
    misses = by_value(rows)["cache.hit", "false"]
    assert (misses.share_a, misses.share_b) == (0.05, 0.6)
    assert misses.verdict == "more in B"
    assert by_value(rows)["cache.hit", "true"].verdict == "less in B"
    assert ("operation", "cache.get") not in by_value(rows)


def test_values_of_one_trace_only_are_left_out() -> None:
    rows = compared(pairings(30, 3), pairings(30, 4, first=1001))
    assert {row.attribute for row in rows} == {"cache.hit"}
    assert {row.verdict for row in rows} == {"same"}


def test_few_traces_prove_nothing() -> None:
    rows = compared(pairings(19, 0), pairings(100, 100, first=1001))
    assert {row.verdict for row in rows} == {"not enough traces"}
    assert compared([], []) == []


def test_the_p_value_is_the_z_test_s() -> None:
    """60 of 100 against 40 of 100: z = 0.2 / sqrt(0.5 * 0.5 * 0.02) = 2.828, p = 0.0047."""
    assert p_value_of_shares(shares(60, 40), shares(40, 60)) == pytest.approx(0.00468, rel=0.01)
    assert p_value_of_shares(shares(50, 0), shares(50, 0)) == 1
    assert p_value_of_shares(shares(0, 0), shares(50, 0)) == 1


def shares(having: int, lacking: int) -> WeightedValues:
    weights = {0: 1000 * having, 1: 1000 * lacking}
    return WeightedValues(having + lacking, weights, weights)


def test_a_trace_counts_as_many_times_as_it_stands_for() -> None:
    a = [(100_000, spans) for spans in pairings(30, misses=30)]
    a += [(1_000, spans) for spans in pairings(300, misses=0, first=1001)]
    b = [(1_000, spans) for spans in pairings(330, misses=30, first=5001)]
    row = by_value(compare_attributes(tally(a), tally(b)))["cache.hit", "false"]
    assert row.share_a == pytest.approx(3000 / 3300)
    assert row.share_b == pytest.approx(30 / 330)
    assert row.verdict == "less in B"
