"""Precision and recall, and the error of shares: laws, and cases done by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.infer.forest import Forest
from collector.infer.matching import match
from collector.infer.records import Record
from collector.infer.score import compare, score, shares_error
from collector.infer.truth import Truth
from tests.collector.infer.simulated import MS, simulate

counts = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 100))
weights = st.dictionaries(st.sampled_from("abcd"), st.floats(0.01, 100), min_size=1)


@given(counts, counts)
def test_precision_one_way_is_recall_the_other_way(
    some: dict[str, int], others: dict[str, int]
) -> None:
    there, back = compare(some, others), compare(others, some)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert 0 <= there.precision <= 1
    assert 0 <= there.recall <= 1


@given(counts)
def test_the_truth_is_right(true: dict[str, int]) -> None:
    ratio = compare(true, true)
    assert (ratio.precision, ratio.recall) == (1, 1)


@given(weights, weights)
def test_an_error_of_shares_is_a_distance(some: dict[str, float], more: dict[str, float]) -> None:
    one, other = (
        {name: weight / sum(weights.values()) for name, weight in weights.items()}
        for weights in (some, more)
    )
    assert shares_error(one, one) == 0
    assert shares_error(one, other) == pytest.approx(shares_error(other, one))
    assert 0 <= shares_error(one, other) <= 1 + 1e-9


def test_shares_without_anything_in_common_are_all_wrong() -> None:
    assert shares_error({"a": 1.0}, {"b": 1.0}) == 1.0


def truth(records: list[Record], callers: list[int]) -> Truth:
    """The truth about records that are all of one trace."""
    of_one = [record._replace(request_id="t") for record in records]
    return Truth(of_one, callers, Counter({("t", "web"): 3, ("t", "taster"): 1, ("u", "x"): 9}))


def test_the_true_trees_have_a_full_score() -> None:
    records, callers = simulate(3, 30, ids=True)
    result = score(Forest(records, callers), truth(records, callers), {"web": 0.75, "taster": 0.25})
    for ratio in (result.edges, result.weighted, result.spans):
        assert (ratio.precision, ratio.recall) == (1, 1)
    assert result.shares_error == 0
    assert result.matched == len(records)
    assert (result.only_records, result.only_traces) == (0, 0)
    assert result.missing == result.wrong == {}


def test_a_call_given_to_the_wrong_request_is_wrong_though_the_edge_is_right() -> None:
    records = [
        Record("web", "GET /", 0, 1000 * MS),
        Record("web", "GET /", 500 * MS, 1700 * MS),
        Record("taster", "GET /taste", 600 * MS, 700 * MS),
    ]
    result = score(Forest(records, [-1, -1, 0]), truth(records, [-1, -1, 1]), {})
    assert (result.edges.precision, result.weighted.precision) == (1, 1)
    assert (result.spans.precision, result.spans.recall) == (0, 0)


def test_wrong_and_missing_edges_are_named() -> None:
    records = [
        Record("a", "GET /", 0, 1000 * MS),
        Record("b", "GET /", 100 * MS, 900 * MS),
        Record("c", "GET /", 200 * MS, 800 * MS),
    ]
    result = score(Forest(records, [-1, 0, 0]), truth(records, [-1, 0, 1]), {})
    assert result.wrong == {("a", "c"): 1}
    assert result.missing == {("b", "c"): 1}
    assert result.edges.precision == result.edges.recall == 0.5


def test_what_only_one_side_knows_is_not_compared() -> None:
    records = [
        Record("nginx", "GET /", 0, 1000 * MS),
        Record("web", "GET /", 100 * MS, 900 * MS),
        Record("taster", "GET /taste", 200 * MS, 800 * MS),
    ]
    traced = [record for record in records if record.service != "nginx"]
    result = score(Forest(records, [-1, 0, 1]), truth(traced, [-1, 0]), {})
    assert result.unknown == ("nginx",)
    assert (result.spans.precision, result.spans.recall) == (1, 1)
    assert result.edges.claimed == 1


def test_requests_of_the_same_millisecond_are_told_apart_by_the_ids_of_their_lines() -> None:
    lines = [
        Record("web", "GET /pair/beer", start=i, end=MS - i, line_id=f"id-{i}") for i in range(5)
    ]
    traced = [line._replace(start=line.end % 3, end=MS, request_id="") for line in lines[::-1]]
    found = match(Forest(lines, [-1] * 5), traced)
    assert {lines[index].line_id: traced[place].line_id for index, place in found.items()} == {
        f"id-{i}": f"id-{i}" for i in range(5)
    }
    others = [request._replace(line_id="another") for request in traced]
    assert match(Forest(lines, [-1] * 5), others) == {}, "both say who they are"
    unnamed = [request._replace(line_id="") for request in traced]
    assert len(match(Forest(lines, [-1] * 5), unnamed)) == 5, "then times have to do"
