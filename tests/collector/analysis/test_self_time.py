"""Self time is what no child covers."""

from __future__ import annotations

from hypothesis import given, settings

from collector.analysis.self_time import self_times
from collector.analysis.tree import Tree, build_tree
from collector.model import Span
from tests.collector.analysis.traces import MS, heaps, span, traces


def own_ms(*spans: Span) -> list[float]:
    return [own / MS for own in self_times(build_tree(spans))]


def test_a_leaf_keeps_its_whole_duration() -> None:
    assert own_ms(span(1, 0, 0, 10)) == [10]


def test_overlapping_children_are_subtracted_once() -> None:
    assert own_ms(span(1, 0, 0, 10), span(2, 1, 1, 5), span(3, 1, 3, 7)) == [4, 4, 4]


def test_a_child_within_its_sibling_takes_nothing_more() -> None:
    assert own_ms(span(1, 0, 0, 10), span(2, 1, 1, 9), span(3, 1, 2, 3)) == [2, 8, 1]


def test_a_child_counts_only_inside_its_parent() -> None:
    early = span(2, 1, -5, 2)
    late_server = span(3, 1, 8, 15, kind="server")
    assert own_ms(span(1, 0, 0, 10), early, late_server) == [6, 7, 7]


def test_a_child_left_running_takes_nothing() -> None:
    assert own_ms(span(1, 0, 0, 10), span(2, 1, 5, 30)) == [10, 25]


def by_counting(tree: Tree, row: int) -> int:
    """Self time the slow way: look at each millisecond."""
    waited_for = [child for child in tree.children(row) if not tree.asynchronous[child]]
    return MS * sum(
        not any(tree.start[child] <= moment < tree.end[child] for child in waited_for)
        for moment in range(tree.start[row], tree.end[row], MS)
    )


@settings(max_examples=1000)
@given(traces())
def test_it_is_what_counting_gives(spans: list[Span]) -> None:
    tree = build_tree(spans)
    assert self_times(tree) == [by_counting(tree, row) for row in range(len(tree))]


@settings(max_examples=500)
@given(heaps())
def test_it_is_never_negative_nor_above_the_duration(heap: list[Span]) -> None:
    tree = build_tree(heap)
    for own, s in zip(self_times(tree), tree.spans, strict=True):
        assert 0 <= own <= s.duration
