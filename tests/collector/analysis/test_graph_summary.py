"""The numbers that people read off a fold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from collector.analysis.fold import Fold, fold
from collector.analysis.graph_summary import EdgeSummary, NodeSummary, summarize_fold
from collector.analysis.span_keys import BY_OPERATION, BY_PATH, BY_SERVICE, Keying
from collector.analysis.trace import read_trace
from collector.model import Span
from tests.collector.analysis.traces import MS, heaps, span


def combs(*teeth: int, keying: Keying = BY_OPERATION) -> Fold:
    """One trace for each number: a handler of 100 ms that makes that many queries of 10 ms."""
    return fold(
        [
            read_trace(
                f"{n:032x}",
                [
                    span(1, 0, 0, 100 + n, "flask.request", http__response__status_code=200),
                    *(
                        span(i + 2, 1, 10 * i, 10 * i + 8, "query", "db", "SELECT", "sql")
                        for i in range(times)
                    ),
                ],
            )
            for n, times in enumerate(teeth)
        ],
        keying,
    )


def the_query(graph: Fold) -> tuple[NodeSummary, EdgeSummary]:
    summary = summarize_fold(graph)
    [node] = [node for node in summary.nodes if node.name == "query"]
    [edge] = [edge for edge in summary.edges if edge.called == node.key]
    return node, edge


def test_an_edge_says_how_likely_and_how_often() -> None:
    node, edge = the_query(combs(0, 1, 2, 6))
    assert node.traces == 3
    assert node.share == 0.75
    assert edge.calls == 9
    assert edge.probability == 0.75
    assert edge.per_visit == {"0": 0.25, "1": 0.25, "2": 0.25, "3+": 0.25}
    assert edge.times == 2
    assert edge.way == "sequential"
    assert not edge.n_plus_one


def test_sixty_like_queries_are_an_n_plus_one() -> None:
    _, edge = the_query(combs(9, 9, 9))
    assert edge.times == 9
    assert edge.n_plus_one


def test_calls_are_parallel_where_most_overlap_the_one_before() -> None:
    for step, way in ((10, "sequential"), (5, "parallel")):
        comb = [span(i, 1, step * i, step * i + 10, "query") for i in range(2, 8)]
        odd_one = span(8, 1, 7 * 10 + 1, 7 * 10 + 8, "query")
        trace = read_trace("0" * 32, [span(1, 0, 0, 100), *comb, odd_one])
        assert the_query(fold([trace], BY_OPERATION))[1].way == way


def test_critical_means_add_up_to_the_mean_duration() -> None:
    graph = summarize_fold(combs(0, 1, 2, 6))
    assert graph.mean == (100 + 1.5) * MS
    assert sum(node.critical_mean for node in graph.nodes) == pytest.approx(graph.mean)
    assert sum(node.critical_share for node in graph.nodes) == pytest.approx(1)
    query = next(node for node in graph.nodes if node.name == "query")
    assert query.critical_mean == 9 * 8 * MS / 4
    assert query.critical.p50 == pytest.approx(16 * MS, rel=0.01)


def test_exemplars_lead_to_traces() -> None:
    graph = summarize_fold(combs(1, 1, 1))
    root = graph.nodes[0]
    assert root.slowest is not None
    assert root.slowest.trace_id == f"{2:032x}"
    assert root.median is not None
    assert root.last_error is None
    assert root.statuses == {"2xx": 3}


def test_a_path_in_one_of_a_hundred_and_one_traces_is_rare() -> None:
    assert the_query(combs(1, *[0] * 100))[0].rare
    assert not the_query(combs(1, *[0] * 99))[0].rare


def test_nothing_summarises_to_nothing() -> None:
    assert summarize_fold(Fold()).nodes == []


@pytest.mark.parametrize("keying", [BY_PATH, BY_OPERATION, BY_SERVICE])
@settings(max_examples=200)
@given(heaps())
def test_any_heap_can_be_summarised(keying: Keying, heap: list[Span]) -> None:
    graph = fold([read_trace("0" * 32, heap)], keying)
    summary = summarize_fold(graph)
    for edge in summary.edges:
        assert 0 < edge.probability <= 1
        assert sum(edge.per_visit.values()) == pytest.approx(1)
