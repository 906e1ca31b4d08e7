"""Four times as much is about four times the work, whatever a trace looks like."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from collector.aggregates.digest import KEYINGS, digest
from collector.aggregates.trace_insight import insight
from collector.aggregates.trace_order import order
from collector.analysis.calling_tree import calling_tree
from collector.analysis.change import Change, Changes
from collector.analysis.compare import compare
from collector.analysis.cycles import back_edges
from collector.analysis.fold import fold_trace
from collector.analysis.graph_summary import summarize_fold
from collector.analysis.replay import replay
from collector.analysis.span_keys import BY_OPERATION, operation_of
from collector.analysis.trace import read_trace
from collector.http.trace_json import trace_columns
from collector.model import Chunk, Event, Link, Span
from collector.receivers import datadog
from collector.receivers.body import BodyError
from collector.store.prepared import prepare
from collector.store.service_kinds import service_kinds
from collector.trace_summary import merge_summaries, summarize_trace
from tests.lines_run import lines_run

FEW_SPANS, MANY_SPANS = 60, 240
MAX_RATIO = 7
"""n log n gives less than 6 from 60 to 240, n² gives 16."""
TRACE_ID = f"{1:032x}"
CLIENT, SERVER = {"span.kind": "client"}, {"span.kind": "server"}


def _span(number: int, parent: int, **more: object) -> Span:
    span = Span(number, parent, "web", "op", "res", "sql", 10**18 + number * 10, 1_000)
    return msgspec.structs.replace(span, **more)


def _hub(n: int) -> list[Span]:
    """Many operations call one, which calls as many others."""
    return [
        span
        for at in range(1, n, 3)
        for span in (
            _span(at, 0, service=f"in{at}"),
            _span(at + 1, at, service="hub"),
            _span(at + 2, at + 1, service=f"out{at}"),
        )
    ]


SHAPES: dict[str, Callable[[int], list[Span]]] = {
    "a chain": lambda n: [_span(i, i - 1, duration=n * 100 - i) for i in range(1, n)],
    "a chain through services": lambda n: [
        _span(i, i - 1, service=f"s{i}", tags=(CLIENT, SERVER)[i % 2]) for i in range(1, n)
    ],
    "a chain of skewed clocks": lambda n: [
        _span(i, i - 1, service=f"s{i}", start=(n - i) * 10**9, tags=(CLIENT, SERVER)[i % 2])
        for i in range(1, n)
    ],
    "like siblings": lambda n: [_span(i, min(i - 1, 1), error=1) for i in range(1, n)],
    "parallel siblings": lambda n: [_span(i, min(i - 1, 1), duration=n * 100) for i in range(1, n)],
    "unlike siblings": lambda n: [_span(i, min(i - 1, 1), name=f"op{i}") for i in range(1, n)],
    "a hub": _hub,
    "orphans": lambda n: [_span(i, i + 10**9) for i in range(1, n)],
    "clients": lambda n: [_span(i, 0, service=f"s{i}", tags=CLIENT) for i in range(1, n)],
    "one circle": lambda n: [_span(i, i % (n - 1) + 1) for i in range(1, n)],
    "many circles": lambda n: [_span(i, i + 1 if i % 2 else i - 1) for i in range(1, n)],
    "tails of a circle": lambda n: [_span(n - i, n - i - 1 or 2) for i in range(1, n)],
    "one id": lambda n: [_span(7, 0, name=f"op{i}") for i in range(1, n)],
    "one moment": lambda n: [_span(i * 7919 % 10007, 0, start=5) for i in range(1, n)],
    "events and links": lambda n: [
        _span(
            1,
            0,
            events=tuple(Event(n - i, "e") for i in range(n)),
            links=tuple(Link(TRACE_ID, i) for i in range(1, n)),
        )
    ],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_on_a_trace_grows_with_its_size(shape: str) -> None:
    few, many = (_work(SHAPES[shape](n)[::-1]) for n in (FEW_SPANS, MANY_SPANS))
    beyond = {what: (few[what], many[what]) for what in few if many[what] > MAX_RATIO * few[what]}
    assert not beyond


def _work(spans: list[Span]) -> dict[str, int]:
    """Return, in lines of Python, the work of everything that is done with a trace."""
    trace = read_trace(TRACE_ID, spans)
    folds = {name: fold_trace(trace, keying) for name, keying in KEYINGS.items()}
    change = Changes([Change(operation_of(spans[-1]), "parallel", 1.0, 3)])
    work: dict[str, Callable[[], object]] = {
        "prepare": lambda: prepare(Chunk(TRACE_ID, spans)),
        "merged": lambda: merge_summaries([summarize_trace(TRACE_ID, [span]) for span in spans]),
        "digest": lambda: digest(read_trace(TRACE_ID, spans)),
        "insight": lambda: insight(trace, 0, folds["operation"]),
        "order": lambda: order(trace),
        "columns": lambda: trace_columns(summarize_trace(TRACE_ID, spans), spans),
        "calling tree": lambda: calling_tree(folds["path"]),
        "replay": lambda: replay(trace, change),
    }
    for name, fold in folds.items():
        work[f"summary by {name}"] = lambda fold=fold: summarize_fold(fold)
        work[f"circles by {name}"] = lambda fold=fold: back_edges(fold)
        work[f"comparison by {name}"] = lambda fold=fold: compare(fold, fold)
    return {what: lines_run(do) for what, do in work.items()}


def test_a_node_that_many_call_and_that_calls_many_is_summed_up_once() -> None:
    few, many = (fold_trace(read_trace(TRACE_ID, _hub(n)), BY_OPERATION) for n in (300, 2_400))
    assert lines_run(lambda: summarize_fold(many)) < 10 * lines_run(lambda: summarize_fold(few))


class CountedText(str):
    """A text that counts how often it is compared."""

    comparisons = 0

    def __eq__(self, other: object) -> bool:
        CountedText.comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_what_a_service_looks_like_is_found_without_comparing_each_with_all() -> None:
    spans = [_span(i, 0, service=CountedText(f"s{i}"), tags=CLIENT) for i in range(1, 500)]
    types = dict.fromkeys((span.service, span.type) for span in spans)
    CountedText.comparisons = 0
    kinds = service_kinds(spans, types)
    assert set(kinds.values()) == {"client"}
    assert CountedText.comparisons < 10 * len(spans)


def test_a_body_of_more_spans_than_anybody_sends_is_refused() -> None:
    spans = b"\x91\xdd" + (150_000).to_bytes(4, "big") + b"\xc0" * 150_000
    twice = b"\x92" + spans[1:] * 2
    assert datadog.read_v04(spans).rejected.total() == 150_000
    with pytest.raises(BodyError, match="more than 200,000 spans; send fewer"):
        datadog.read_v04(twice)


@pytest.mark.parametrize("start", [1, -1], ids=["right spans", "wrong spans"])
def test_one_long_text_for_all_spans_of_v05_counts_for_each(start: int) -> None:
    row = [0, 0, 0, 1, 1, 0, start, 1, 0, {1: 2}, {}, 0]
    table = ["", "key", "x" * 20_000]
    few = datadog.read_v05(msgspec.msgpack.encode([table, [[row] * 3_000]]))
    assert few.spans == 3_000
    with pytest.raises(BodyError, match="texts of more than 67,108,864 characters"):
        datadog.read_v05(msgspec.msgpack.encode([table, [[row] * 4_000]]))
