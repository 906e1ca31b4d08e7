"""Every nanosecond of a difference is blamed on a path, once."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.compare import Comparison, Shift, compare, share_out
from collector.analysis.fold import Fold, fold
from collector.analysis.span_keys import BY_OPERATION, BY_PATH, Keying
from collector.analysis.trace import Trace, read_trace
from collector.model import Span
from tests.collector.analysis.traces import MS, span, traces


def pairing(queries: int, query: float, taste: float, trace_id: str = "0" * 32) -> Trace:
    """A handler that makes queries of `query` ms, then tastes for `taste` ms; 10 ms of its own."""
    spans = []
    cursor = 5.0
    for i in range(queries):
        spans.append(span(i + 2, 1, cursor, cursor + query, "query", "db"))
        cursor += query
    spans.append(span(1000, 1, cursor, cursor + taste, "taste"))
    return read_trace(trace_id, [span(1, 0, 0, cursor + taste + 5, "handler"), *spans])


def noisy(count: int, queries: int, taste: float, seed: int) -> Fold:
    rng = random.Random(seed)
    return fold(
        [
            pairing(queries, rng.uniform(1.8, 2.2), rng.gauss(taste, taste / 20))
            for _ in range(count)
        ],
        BY_PATH,
    )


def by_name(comparison: Comparison) -> dict[str, Shift]:
    return {shift.name: shift for shift in comparison.shifts}


def test_a_difference_is_split_into_calls_and_cost_per_call() -> None:
    a, b = fold([pairing(4, 2, 40)], BY_PATH), fold([pairing(6, 3, 40)], BY_PATH)
    comparison = compare(a, b)
    assert comparison.mean_a == 58 * MS
    assert comparison.difference == 10 * MS
    query = by_name(comparison)["query"]
    assert query.difference == 10 * MS
    assert query.calls_effect == 2 * 2.5 * MS
    assert query.per_call_effect == 1 * 5 * MS
    assert query.structure == "more"
    assert by_name(comparison)["taste"].difference == 0


def test_an_added_path_is_all_calls() -> None:
    a, b = fold([pairing(0, 2, 40)], BY_PATH), fold([pairing(3, 2, 40)], BY_PATH)
    added = by_name(compare(a, b))["query"]
    assert (added.structure, added.calls_effect, added.per_call_effect) == ("added", 6 * MS, 0)
    removed = by_name(compare(b, a))["query"]
    assert (removed.structure, removed.calls_effect, removed.per_call_effect) == (
        "removed",
        -6 * MS,
        0,
    )


def test_only_the_operation_that_changed_is_reported_as_changed() -> None:
    comparison = compare(noisy(300, 5, 40, seed=1), noisy(300, 5, 20, seed=2))
    changed = [shift for shift in comparison.shifts if shift.verdict == "changed"]
    assert [shift.name for shift in changed] == ["taste"]
    assert changed[0].difference == pytest.approx(-20 * MS, rel=0.1)


def test_equals_do_not_differ() -> None:
    comparison = compare(noisy(300, 5, 40, seed=3), noisy(300, 5, 40, seed=4))
    assert {shift.verdict for shift in comparison.shifts} == {"same"}


def test_two_outliers_are_no_change_however_large() -> None:
    usual, outlier = pairing(1, 2, 40), pairing(1, 2, 400)
    a = fold([usual] * 25, BY_PATH)
    b = fold([usual] * 23 + [outlier] * 2, BY_PATH)
    taste = by_name(compare(a, b))["taste"]
    assert taste.difference == pytest.approx(28.8 * MS)
    assert taste.verdict == "same"


def test_a_path_that_more_traces_take_has_changed() -> None:
    with_queries, without = pairing(5, 2, 40), pairing(0, 2, 40)
    a = fold([with_queries] * 20 + [without] * 80, BY_PATH)
    b = fold([with_queries] * 90 + [without] * 10, BY_PATH)
    assert by_name(compare(a, b))["query"].verdict == "changed"


def test_nineteen_traces_are_not_enough_to_say() -> None:
    comparison = compare(noisy(300, 5, 40, seed=1), noisy(19, 5, 20, seed=2))
    assert not comparison.enough
    assert {shift.verdict for shift in comparison.shifts} == {"not enough traces"}


def test_an_empty_side_is_compared_all_the_same() -> None:
    comparison = compare(Fold(), fold([pairing(3, 2, 40)], BY_PATH))
    assert comparison.difference == 56 * MS
    assert {shift.structure for shift in comparison.shifts} == {"added"}
    assert compare(Fold(), Fold()).shifts == []


sets = st.lists(st.tuples(traces(max_size=8), st.sampled_from([1, 0.3, 0.01])), max_size=6)


def folded(some: list[tuple[list[Span], float]], keying: Keying) -> Fold:
    for spans, rate in some:
        spans[0].tags["_dd.rule_psr"] = rate
    return fold([read_trace("0" * 32, spans) for spans, _ in some], keying)


@pytest.mark.parametrize("keying", [BY_PATH, BY_OPERATION])
@settings(max_examples=500)
@given(sets, sets)
def test_the_differences_add_up_to_the_difference_of_the_means(
    keying: Keying,
    some: list[tuple[list[Span], float]],
    others: list[tuple[list[Span], float]],
) -> None:
    a, b = folded(some, keying), folded(others, keying)
    comparison = compare(a, b)
    exact = Fraction(b.duration, max(1, b.traces)) - Fraction(a.duration, max(1, a.traces))
    assert abs(comparison.difference - exact) <= Fraction(1, 2)
    assert sum(shift.difference for shift in comparison.shifts) == comparison.difference
    for shift in comparison.shifts:
        assert shift.calls_effect + shift.per_call_effect == shift.difference
        assert abs(shift.difference - (shift.critical_b - shift.critical_a)) < 1.001


@settings(max_examples=1000)
@given(st.lists(st.integers(-(10**12), 10**12), max_size=20), st.integers(1, 10**6))
def test_shares_are_whole_and_add_up(numerators: list[int], denominator: int) -> None:
    shares = share_out(numerators, denominator)
    assert abs(sum(shares) - Fraction(sum(numerators), denominator)) <= Fraction(1, 2)
    for share, numerator in zip(shares, numerators, strict=True):
        assert abs(share - Fraction(numerator, denominator)) < 1
