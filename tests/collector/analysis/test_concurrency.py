"""What ran side by side."""

from __future__ import annotations

from hypothesis import given, settings

from collector.analysis.concurrency import overlap_groups
from collector.analysis.tree import build_tree
from collector.model import Span
from tests.collector.analysis.traces import span, traces


def groups(*times: tuple[float, float]) -> list[list[int]]:
    """Groups of spans, each given by start and end, as lists of their places."""
    spans = [span(i, 0, start, end) for i, (start, end) in enumerate(times, 1)]
    tree = build_tree(spans)
    found = overlap_groups(tree, range(len(tree)))
    return [[tree.spans[row].span_id - 1 for row in group] for group in found]


def test_one_after_another_is_a_group_each() -> None:
    assert groups((0, 10), (10, 20), (25, 30)) == [[0], [1], [2]]


def test_a_span_that_overlaps_any_earlier_one_is_in_its_group() -> None:
    assert groups((0, 100), (10, 20), (30, 40), (101, 102)) == [[0, 1, 2], [3]]


def test_a_clock_error_is_not_an_overlap() -> None:
    assert groups((0, 10.1), (10, 20)) == [[0], [1]]
    assert groups((0, 10.2), (10, 20)) == [[0, 1]]


@settings(max_examples=300)
@given(traces())
def test_every_row_is_in_one_group(spans: list[Span]) -> None:
    tree = build_tree(spans)
    found = overlap_groups(tree, range(len(tree)))
    assert sorted(row for group in found for row in group) == list(range(len(tree)))
