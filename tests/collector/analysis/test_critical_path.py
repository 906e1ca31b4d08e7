"""The critical path tiles the root."""

from __future__ import annotations

from hypothesis import given, settings

from collector.analysis.critical_path import critical_path, critical_times
from collector.analysis.tree import Tree, build_tree
from collector.model import Span
from tests.collector.analysis.traces import MS, SOME_TIME, heaps, span, traces


def path(*spans: Span) -> list[tuple[int, float, float]]:
    """(span id, from, to) in ms."""
    tree = build_tree(spans)
    return [
        (tree.spans[row].span_id, (start - SOME_TIME) / MS, (end - SOME_TIME) / MS)
        for row, start, end in critical_path(tree)
    ]


def test_a_lone_span_is_its_own_path() -> None:
    assert path(span(1, 0, 0, 10)) == [(1, 0, 10)]


def test_an_empty_root_has_no_sections() -> None:
    assert path(span(1, 0, 3, 3), span(2, 1, 3, 3)) == []
    assert path() == []


def test_of_parallel_children_the_last_to_end_is_waited_for() -> None:
    fork = path(span(1, 0, 0, 10), span(2, 1, 1, 5), span(3, 1, 1, 8))
    assert fork == [(1, 0, 1), (3, 1, 8), (1, 8, 10)]


def test_back_to_back_siblings_leave_the_parent_nothing() -> None:
    """A walk that asks for a child ending strictly earlier gives the parent 0 to 5."""
    assert path(span(1, 0, 0, 10), span(2, 1, 0, 5), span(3, 1, 5, 10)) == [(2, 0, 5), (3, 5, 10)]


def test_siblings_that_overlap_by_a_clock_s_error_follow_each_other() -> None:
    comb = path(span(1, 0, 0, 10), span(2, 1, 0, 5.04), span(3, 1, 5, 10))
    assert comb == [(2, 0, 5), (3, 5, 10)]
    overlap = path(span(1, 0, 0, 10), span(2, 1, 0, 5.06), span(3, 1, 5, 10))
    assert overlap == [(1, 0, 5), (3, 5, 10)]


def test_empty_children_are_no_stop() -> None:
    """A walk that merely asks for a child ending no later than the cursor never ends here."""
    assert path(span(1, 0, 0, 10), span(2, 1, 5, 5), span(3, 1, 10, 10)) == [(1, 0, 10)]


def test_children_are_cut_to_their_parent_before_they_are_compared() -> None:
    """Cut in the wrong order, the shorter child that overhangs more would win the end."""
    clipped = path(
        span(1, 0, 0, 10, kind="client"),
        span(2, 1, 1, 12, kind="server"),
        span(3, 1, 9, 15, kind="server"),
        span(4, 2, 11, 12),
    )
    assert clipped == [(1, 0, 1), (2, 1, 10)]


def test_a_child_left_running_is_not_on_the_path() -> None:
    assert path(span(1, 0, 0, 10), span(2, 1, 5, 30), span(3, 2, 6, 9)) == [(1, 0, 10)]


def test_an_orphan_is_not_on_the_path() -> None:
    assert path(span(1, 0, 0, 10), span(2, 9, 1, 30)) == [(1, 0, 10)]


def check_tiling(tree: Tree) -> None:
    sections = critical_path(tree)
    cursor = tree.start[0]
    for row, start, end in sections:
        assert start == cursor
        assert start < end
        assert tree.start[row] <= start
        assert end <= tree.end[row]
        cursor = end
    assert cursor == tree.end[0]
    times = critical_times(tree)
    assert sum(times) == tree.spans[0].duration
    assert all(0 <= time <= s.duration for time, s in zip(times, tree.spans, strict=True))


@settings(max_examples=3000)
@given(traces())
def test_sections_tile_the_root_exactly(spans: list[Span]) -> None:
    check_tiling(build_tree(spans))


@settings(max_examples=500)
@given(heaps())
def test_they_do_so_for_any_heap(heap: list[Span]) -> None:
    if heap:
        check_tiling(build_tree(heap))


def blamed(tree: Tree, row: int, moment: int, limit: int) -> int:
    """The definition, moment by moment: who is waited for just after `moment`, if the span in `row`
    must be done by `limit`. Descends into the last child that ended, if it ran then."""
    cursor = limit
    waited_for = [child for child in tree.children(row) if not tree.asynchronous[child]]
    for child in sorted(waited_for, key=lambda c: -min(tree.end[c], limit)):
        end = min(tree.end[child], limit)
        start = max(tree.start[child], tree.start[row])
        if start < end <= cursor:
            if end <= moment:
                return row
            if start <= moment:
                return blamed(tree, child, moment, end)
            cursor = start
    return row


@settings(max_examples=500)
@given(traces(max_size=12))
def test_each_moment_blames_the_right_span(spans: list[Span]) -> None:
    tree = build_tree(spans)
    for row, start, end in critical_path(tree):
        for moment in range(start, end, MS):
            assert row == blamed(tree, 0, moment, tree.end[0])


def test_a_chain_50_000_deep_is_ordinary() -> None:
    chain = [span(i, i - 1, i / 1000, 101 - i / 1000) for i in range(1, 50_001)]
    assert len(critical_path(build_tree(chain))) == 2 * 50_000 - 1


def test_100_000_siblings_are_ordinary() -> None:
    comb = [span(i, 1, i, i + 1) for i in range(2, 100_001)]
    tree = build_tree([span(1, 0, 2, 100_001), *comb])
    assert len(critical_path(tree)) == 99_999
