"""The calling tree, as an outline."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.calling_tree import calling_tree
from collector.analysis.fold import Fold, fold
from collector.analysis.span_keys import BY_PATH
from collector.analysis.trace import read_trace
from collector.model import Span
from tests.collector.analysis.traces import MS, heaps, span


def test_it_is_an_outline_with_the_most_time_first() -> None:
    """`busy` itself does nothing, but what it calls takes longest."""
    spans = [
        span(1, 0, 0, 100, "root"),
        span(2, 1, 0, 20, "short"),
        span(3, 1, 20, 90, "busy"),
        span(4, 3, 20, 90, "leaf"),
    ]
    graph = fold([read_trace("0" * 32, spans), read_trace("1" * 32, spans[:2])], BY_PATH)
    lines = [
        (line.depth, graph.nodes[line.key].operation.name, line.critical / MS)
        for line in calling_tree(graph)
    ]
    assert lines == [(0, "root", 100), (1, "busy", 35), (2, "leaf", 35), (1, "short", 20)]


def test_nothing_has_an_empty_outline() -> None:
    assert calling_tree(Fold()) == []


@settings(max_examples=300)
@given(st.lists(heaps(), max_size=3))
def test_any_fold_by_path_has_every_node_once_and_all_its_time(several: list[list[Span]]) -> None:
    graph = fold([read_trace("0" * 32, spans) for spans in several], BY_PATH)
    lines = calling_tree(graph)
    assert sorted(line.key for line in lines) == sorted(graph.nodes)
    at_the_top = sum(line.critical for line in lines if line.depth == 0)
    assert at_the_top == pytest.approx(graph.duration / max(1, graph.traces))


def test_a_path_50_000_deep_is_ordinary() -> None:
    chain = [span(i, i - 1, i / 1e6, 1000) for i in range(1, 50_001)]
    lines = calling_tree(fold([read_trace("0" * 32, chain)], BY_PATH))
    assert lines[-1].depth == 49_999
