"""The relations between calls that are left when requests have refuted all others."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from collector.infer.critical_shares import critical_shares
from collector.infer.forest import Forest
from collector.infer.hypotheses import (
    EXCLUSION,
    HAPPENS_BEFORE,
    PIPELINE,
    Hypotheses,
    Relation,
    find_relations,
)
from collector.infer.operations import Operation
from collector.infer.records import Record

WEB = Operation("web", "GET /")
Call = tuple[str, int, int]
"""Name, start and duration."""
requests = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20), st.integers(1, 5)), max_size=6),
    max_size=6,
)


def forest(made: list[list[Call]]) -> Forest:
    """A forest of requests to web, each with these calls of other services."""
    records: list[Record] = []
    parents: list[int] = []
    for number, calls in enumerate(made):
        begin = number * 1000
        root = len(records)
        records.append(Record("web", "GET /", begin, begin + 100))
        parents.append(-1)
        for name, start, duration in calls:
            records.append(Record(name, "", begin + start, begin + start + duration))
            parents.append(root)
    return Forest(records, parents)


def holds(relation: Relation, calls: list[Call]) -> bool:
    """Whether a relation holds in one request, by its definition."""
    first = sorted((s, s + d) for name, s, d in calls if name == relation.first.service)
    then = sorted((s, s + d) for name, s, d in calls if name == relation.then.service)
    if relation.kind == HAPPENS_BEFORE:
        return all(a[1] <= b[0] for a in first for b in then)
    if relation.kind == PIPELINE:
        return len(first) == len(then) and all(
            a[1] <= b[0] for a, b in zip(first, then, strict=True)
        )
    pairs = (
        permutations(first, 2)
        if relation.first == relation.then
        else ((a, b) for a in first for b in then)
    )
    return all(a[1] <= b[0] or b[1] <= a[0] for a, b in pairs)


@given(requests)
def test_no_refuted_relation_is_kept_and_none_is_refuted_for_nothing(
    made: list[list[Call]],
) -> None:
    found = find_relations(forest(made))
    for relation, examples in found.left():
        with_both = [
            calls
            for calls in made
            if {relation.first.service, relation.then.service} <= {name for name, _, _ in calls}
        ]
        assert examples <= len(with_both)
        assert all(holds(relation, calls) for calls in with_both)
    for relation in found.refuted:
        assert not all(holds(relation, calls) for calls in made if calls)


@given(requests, requests)
def test_more_requests_never_bring_a_refuted_relation_back(
    some: list[list[Call]], more: list[list[Call]]
) -> None:
    assert (
        find_relations(forest(some)).refuted.keys()
        <= find_relations(forest(some + more)).refuted.keys()
    )


@given(requests)
def test_what_follows_from_a_stronger_relation_is_left_unsaid(made: list[list[Call]]) -> None:
    found = find_relations(forest(made))
    said, left = dict(found.strongest()), dict(found.left())
    assert said.items() <= left.items()
    for relation in left.keys() - said.keys():
        pair = {relation.first, relation.then}
        assert any(
            other.kind == HAPPENS_BEFORE and {other.first, other.then} == pair for other in said
        )


def test_what_may_be_anothers_call_refutes_nothing() -> None:
    overlapping = forest([[("a", 0, 10), ("b", 5, 10)]])
    assert find_relations(overlapping).refuted
    assert not find_relations(overlapping, guessed={2}).refuted


def test_shares_are_of_all_time() -> None:
    one = forest([[("a", 10, 20), ("b", 40, 30)]])
    assert critical_shares(one, find_relations(one)) == {"web": 0.5, "a": 0.2, "b": 0.3}


def test_a_call_that_runs_beside_another_elsewhere_is_not_waited_for_here() -> None:
    both = forest([[("a", 0, 10), ("b", 20, 10)], [("a", 20, 20), ("b", 0, 30)]])
    relations = find_relations(both)
    a, b = Operation("a", ""), Operation("b", "")
    assert Relation(EXCLUSION, WEB, a, b) in relations.refuted
    assert not relations.waits(WEB, a, b)
    assert critical_shares(both, relations) == {"web": 0.85, "a": 0.1, "b": 0.05}
    assert critical_shares(both, Hypotheses())["a"] > 0.1
