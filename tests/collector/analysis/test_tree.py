"""Whatever arrives becomes a tree, and its anomalies are named."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.tree import Tree, build_tree
from collector.model import Span
from tests.collector.analysis.traces import heaps, span, traces


def shape(spans: list[Span]) -> list[tuple[int, int]]:
    """The tree as (depth, span id) in display order."""
    tree = build_tree(spans)
    return [(depth, s.span_id) for depth, s in zip(tree.depth, tree.spans, strict=True)]


def oddities(tree: Tree) -> list[tuple[str, int]]:
    return [(odd.kind, odd.span_id) for odd in tree.anomalies]


def test_rows_are_depth_first_and_children_by_start() -> None:
    spans = [span(4, 2, 3, 4), span(3, 1, 5, 9), span(2, 1, 1, 5), span(1, 0, 0, 10)]
    tree = build_tree(spans)
    assert shape(spans) == [(0, 1), (1, 2), (2, 4), (1, 3)]
    assert tree.parent == [-1, 0, 1, 0]
    assert tree.size == [4, 2, 1, 1]
    assert list(tree.children(0)) == [1, 3]
    assert list(tree.roots()) == [0]
    assert tree.root_received
    assert tree.anomalies == []


def test_nothing_gives_an_empty_tree() -> None:
    tree = build_tree([])
    assert len(tree) == 0
    assert list(tree.roots()) == []
    assert not tree.root_received


def test_an_orphan_is_promoted_after_the_true_root() -> None:
    tree = build_tree([span(5, 99, 0, 1), span(1, 0, 2, 10)])
    assert [s.span_id for s in tree.spans] == [1, 5]
    assert oddities(tree) == [("orphan", 5)]
    assert "0000000000000063" in tree.anomalies[0].what


def test_a_trace_whose_root_is_missing_says_so() -> None:
    tree = build_tree([span(2, 1, 0, 1), span(3, 1, 1, 2)])
    assert not tree.root_received
    assert oddities(tree) == [("orphan", 2), ("orphan", 3), ("no_root", 2)]


def test_several_roots_are_all_kept() -> None:
    tree = build_tree([span(2, 0, 5, 6), span(1, 0, 0, 1)])
    assert list(tree.roots()) == [0, 1]
    assert oddities(tree) == [("many_roots", 2)]


def test_a_span_received_twice_is_kept_once() -> None:
    tree = build_tree([span(1, 0, 0, 9), span(2, 1, 1, 2), span(2, 1, 1, 2)])
    assert [s.span_id for s in tree.spans] == [1, 2]
    assert oddities(tree) == [("duplicate", 2)]


def test_different_spans_under_one_id_are_both_kept() -> None:
    tree = build_tree([span(2, 1, 3, 4), span(1, 0, 0, 9), span(2, 1, 1, 2)])
    assert [s.span_id for s in tree.spans] == [1, 2, 2]
    assert tree.start == sorted(tree.start)
    assert oddities(tree) == [("shared_id", 2)]
    assert tree.numbers == {2: 2}
    assert [odd.number for odd in tree.anomalies] == [2]


def test_spans_under_one_id_with_impossible_times_are_told_apart_by_what_they_say() -> None:
    root, early, late = span(1, 0, 10, 19), span(2, 1, 0, 5), span(2, 1, 7, 12)
    early.arrived = late.arrived = root.end
    tree = build_tree([late, root, early, late])
    assert [(s.span_id, s.start, s.duration) for s in tree.spans] == [
        (1, root.start, root.duration),
        (2, root.start, 0),
        (2, root.start, 0),
    ]
    assert tree.as_sent == {1: early, 2: late}
    assert tree.numbers == {2: 2}
    assert oddities(tree) == [("duplicate", 2), ("shared_id", 2), *[("impossible_time", 2)] * 2]
    assert [odd.number for odd in tree.anomalies] == [2, 2, 1, 2]


@pytest.mark.parametrize("server_parent", [0, 1, 5])
def test_client_and_server_under_one_id_are_parent_and_child(server_parent: int) -> None:
    """Zipkin's way; the server's half may or may not name its parent."""
    tree = build_tree(
        [
            span(1, 0, 0, 10, service="web"),
            span(5, server_parent, 2, 8, service="taster", kind="server"),
            span(5, 1, 1, 9, service="web", kind="client"),
            span(6, 5, 3, 4, service="taster"),
            span(7, 5, 1, 2, service="web"),
        ]
    )
    where = [(s.span_id, s.service, p) for s, p in zip(tree.spans, tree.parent, strict=True)]
    assert where == [
        (1, "web", -1),
        (5, "web", 0),
        (7, "web", 1),
        (5, "taster", 1),
        (6, "taster", 3),
    ]
    assert tree.anomalies == []


def test_several_servers_of_one_call_are_all_its_children() -> None:
    ends = [
        span(5, 0, 0, 9, service="web", kind="client"),
        span(5, 0, 1, 3, service="web", kind="server"),
        span(5, 0, 4, 8, service="taster", kind="server"),
    ]
    within = [span(6, 5, 2, 3, service="web"), span(7, 5, 5, 6, service="taster")]
    unknown = span(8, 5, 7, 8, service="db")
    tree = build_tree([*within, *ends[::-1], unknown])
    where = [(s.span_id, s.service, p) for s, p in zip(tree.spans, tree.parent, strict=True)]
    assert where == [
        (5, "web", -1),
        (5, "web", 0),
        (6, "web", 1),
        (8, "db", 1),
        (5, "taster", 0),
        (7, "taster", 4),
    ]
    assert tree.anomalies == []


def test_a_span_that_is_its_own_parent_becomes_a_root() -> None:
    tree = build_tree([span(1, 1, 0, 9), span(2, 1, 1, 2)])
    assert tree.parent == [-1, 0]
    assert oddities(tree) == [("no_root", 1), ("cycle", 1)]


def test_a_cycle_is_cut_before_its_earliest_span_and_keeps_its_descendants() -> None:
    circle = [span(2, 4, 3, 9), span(3, 2, 2, 8), span(4, 3, 4, 5), span(9, 4, 0, 1)]
    tree = build_tree([span(1, 0, 0, 9), *circle])
    assert [s.span_id for s in tree.spans] == [1, 3, 4, 9, 2]
    assert tree.parent == [-1, -1, 1, 2, 2]
    assert oddities(tree) == [("cycle", 3)]


@settings(max_examples=500)
@given(heaps(), st.randoms(use_true_random=False))
def test_any_heap_gives_a_sound_tree_that_does_not_depend_on_the_order_received(
    heap: list[Span], rng: random.Random
) -> None:
    tree = build_tree(heap)
    dropped = sum(odd.what == "it was received more than once" for odd in tree.anomalies)
    assert len(tree) == len(heap) - dropped
    for row, parent in enumerate(tree.parent):
        assert parent < row
        assert tree.depth[row] == (tree.depth[parent] + 1 if parent >= 0 else 0)
        assert tree.size[row] == 1 + sum(tree.size[child] for child in tree.children(row))
        starts = [tree.start[child] for child in tree.children(row)]
        assert starts == sorted(starts)
    assert sum(tree.size[root] for root in tree.roots()) == len(tree)

    addresses = {(span.span_id, tree.numbers.get(row, 1)) for row, span in enumerate(tree.spans)}
    assert len(addresses) == len(tree)

    shuffled = heap.copy()
    rng.shuffle(shuffled)
    again = build_tree(shuffled)
    assert again.parent == tree.parent
    assert again.spans == tree.spans
    assert again.numbers == tree.numbers
    assert sorted(again.anomalies) == sorted(tree.anomalies)


@given(traces())
def test_an_honest_trace_has_no_anomalies(spans: list[Span]) -> None:
    tree = build_tree(spans)
    assert tree.anomalies == []
    for row, parent in enumerate(tree.parent[1:], 1):
        assert tree.spans[parent].span_id == tree.spans[row].parent_id


def test_a_chain_50_000_deep_is_ordinary() -> None:
    chain = [span(i, i - 1, i / 1e6, 1000) for i in range(1, 50_001)]
    random.Random(1).shuffle(chain)
    assert build_tree(chain).depth == list(range(50_000))


def test_a_cycle_of_50_000_is_cut_once() -> None:
    circle = [span(i, i % 50_000 + 1, i, i + 1) for i in range(1, 50_001)]
    tree = build_tree(circle)
    assert oddities(tree) == [("no_root", 1), ("cycle", 1)]
    assert max(tree.depth) == 49_999


def test_one_id_for_everything_is_not_quadratic() -> None:
    crowd = [span(7, 7, i, i + 1, service=f"s{i % 3}") for i in range(20_000)]
    assert len(build_tree(crowd)) == 20_000


def test_spans_cut_out_of_cycles_are_roots_in_the_order_of_their_starts() -> None:
    tree = build_tree(
        [
            span(1, 4, 0, 1, "below the later cycle"),
            *(span(2, 3, 1, 9, "first"), span(3, 2, 2, 3)),
            *(span(4, 5, 5, 9, "second"), span(5, 4, 6, 7)),
        ]
    )
    assert [tree.spans[row].name for row in tree.roots()] == ["first", "second"]
