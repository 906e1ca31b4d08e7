"""Without its back edges a graph of folded traces has no cycle."""

from __future__ import annotations

from hypothesis import given

from collector.analysis.cycles import back_edges
from collector.analysis.fold import Fold, fold
from collector.analysis.span_keys import BY_OPERATION, BY_PATH, BY_SERVICE
from collector.analysis.trace import read_trace
from collector.model import Span
from tests.collector.analysis.traces import span, traces
from tests.collector.many_names import in_letters


def has_cycle(folded: Fold, without: set[tuple[str, str]]) -> bool:
    """Tell whether nodes are left when those that nobody calls are removed again and again."""
    callers = {
        called: {caller for caller in node.callers if caller and (caller, called) not in without}
        for called, node in folded.nodes.items()
    }
    while free := [called for called, left in callers.items() if not left]:
        for called in free:
            del callers[called]
        for left in callers.values():
            left.difference_update(free)
    return bool(callers)


@given(traces(), traces())
def test_what_is_left_has_no_cycle(one: list[Span], other: list[Span]) -> None:
    read = [read_trace("a" * 32, one), read_trace("b" * 32, other)]
    for keying in (BY_OPERATION, BY_SERVICE):
        folded = fold(read, keying)
        assert not has_cycle(folded, back_edges(folded))
    assert back_edges(fold(read, BY_PATH)) == set()


def test_the_edge_that_closes_the_cycle_is_named() -> None:
    there_and_back = [
        span(1, 0, 0, 10, "ask", "web"),
        span(2, 1, 1, 9, "help", "taster"),
        span(3, 2, 2, 8, "ask", "web"),
        span(4, 3, 3, 4, "ask", "web"),
    ]
    read = [read_trace("a" * 32, there_and_back)]
    assert back_edges(fold(read, BY_SERVICE)) == {("taster", "web")}
    by_operation = fold(read, BY_OPERATION)
    names = {key: node.operation.service for key, node in by_operation.nodes.items()}
    named = {(names[caller], names[called]) for caller, called in back_edges(by_operation)}
    assert named == {("taster", "web"), ("web", "web")}


def test_a_chain_of_50_000_calls_is_not_a_problem() -> None:
    deep = [span(i, i - 1, 0, 1, in_letters(i)) for i in range(1, 50_001)]
    assert back_edges(fold([read_trace("a" * 32, deep)], BY_OPERATION)) == set()
