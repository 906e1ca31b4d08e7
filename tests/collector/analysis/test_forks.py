"""Forks and joins: by threads where tracers tell, by times otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.forks import Fork, find_forks
from collector.analysis.tree import build_tree
from tests.collector.analysis.traces import random_heap, span


def forks(*spans):
    """The forks of a trace, spans by their ids: parent, branches, joined, seen by."""
    tree = build_tree(spans)
    ids = [each.span_id for each in tree.spans]
    return [
        Fork(ids[f.parent], [ids[row] for row in f.rows], f.joined, f.seen_by)
        for f in find_forks(tree)
    ]


ROOT = span(1, 0, 0, 100)


def test_one_after_another_is_no_fork():
    assert forks(ROOT, span(2, 1, 0, 40), span(3, 1, 40, 80), span(4, 2, 5, 20)) == []


def test_overlapping_siblings_are_a_fork_that_joins():
    found = forks(ROOT, span(2, 1, 0, 40), span(3, 1, 10, 80), span(4, 1, 60, 70))
    assert found == [Fork(1, [2, 3, 4], True, "times")]


def test_each_run_of_overlaps_is_a_fork_of_its_own():
    found = forks(
        ROOT, span(2, 1, 0, 20), span(3, 1, 10, 20), span(4, 1, 30, 50), span(5, 1, 40, 60)
    )
    assert [fork.rows for fork in found] == [[2, 3], [4, 5]]


def test_a_hair_of_overlap_is_no_fork():
    assert forks(ROOT, span(2, 1, 0, 40.09), span(3, 1, 40, 80)) == []


def test_what_the_parent_does_not_wait_for_is_not_joined():
    found = forks(ROOT, span(2, 1, 0, 40), span(3, 1, 10, 150))
    assert found == [Fork(1, [2, 3], False, "times")]


def test_a_single_child_in_another_thread_is_a_fork():
    first = span(1, 0, 0, 100, thread__id=7)
    assert forks(first, span(2, 1, 0, 40, thread__id=8), span(3, 1, 50, 60)) == [
        Fork(1, [2], True, "threads")
    ]
    assert forks(first, span(2, 1, 0, 40, thread__id=7)) == []
    assert forks(first, span(2, 1, 0, 40), span(3, 2, 1, 30, thread__id=7)) == []


def test_below_a_branch_its_thread_goes_on():
    found = forks(
        span(1, 0, 0, 100, thread__id=7),
        span(2, 1, 0, 40, thread__id=8),
        span(3, 2, 1, 30, thread__id=8),
        span(4, 3, 2, 20, thread__id=9),
    )
    assert [(fork.parent, fork.rows) for fork in found] == [(1, [2]), (3, [4])]


def test_called_services_have_threads_and_clocks_of_their_own():
    found = forks(
        span(1, 0, 0, 100, thread__id=7),
        span(2, 1, 0, 40, kind="client"),
        span(3, 2, 1, 30, kind="server", service="taster", thread__id=8),
        span(4, 2, 2, 35, kind="server", service="taster", thread__id=9),
    )
    assert found == []


@given(st.integers(0, 20), st.integers())
def test_whatever_the_trace_each_branch_is_a_child_once(size, seed):
    tree = build_tree(random_heap(size, seed))
    branches = [(fork.parent, row) for fork in find_forks(tree) for row in fork.rows]
    assert len(set(branches)) == len(branches)
    assert all(tree.parent[row] == parent for parent, row in branches)
