"""A fold is a sum: of traces, in any order, to the last digit."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.calls import Calls, Exemplar
from collector.analysis.fold import OUTSIDE, Fold, Node, fold, fold_trace
from collector.analysis.histogram import bar, histogram
from collector.analysis.span_keys import BY_OPERATION, BY_PATH, BY_SERVICE, Keying
from collector.analysis.trace import Trace, read_trace
from collector.analysis.weight import WEIGHT_UNIT
from collector.model import Span
from tests.collector.analysis.traces import MS, heaps, span, traces

KEYINGS = [BY_PATH, BY_OPERATION, BY_SERVICE]


def comb(teeth: int = 3) -> list[Span]:
    """web's handler, which makes some like queries one after another."""
    handler = span(1, 0, 0, 100, "flask.request", kind="server", http__response__status_code=200)
    return [
        handler,
        *(
            span(i, 1, 10 * i, 10 * i + 8, "sqlalchemy.query", "db", "SELECT", "sql")
            for i in range(2, 2 + teeth)
        ),
    ]


def read(*spans: Span, trace_id: str = "a" * 32) -> Trace:
    return read_trace(trace_id, spans)


def node(graph: Fold, service: str, name: str = "") -> Node:
    [found] = [n for n in graph.nodes.values() if n.operation[:2] == (service, name)]
    return found


def edge(graph: Fold, service: str, name: str = "") -> Calls:
    [only] = node(graph, service, name).callers.values()
    return only


@pytest.mark.parametrize("keying", [BY_PATH, BY_OPERATION])
def test_like_siblings_fold_into_one_node(keying: Keying) -> None:
    graph = fold_trace(read(*comb(3)), keying)
    queries = edge(graph, "db", "sqlalchemy.query")
    assert len(graph.nodes) == 2
    assert queries.calls == 3 * WEIGHT_UNIT
    assert queries.callers == WEIGHT_UNIT
    assert queries.per_caller == {3: WEIGHT_UNIT}
    assert (queries.sequential, queries.overlapping) == (2 * WEIGHT_UNIT, 0)
    assert queries.durations == histogram([8 * MS] * 3, WEIGHT_UNIT)
    assert node(graph, "db", "sqlalchemy.query").operation.resource == "SELECT"
    assert node(graph, "db", "sqlalchemy.query").type == "sql"


def test_calls_side_by_side_are_counted_as_such() -> None:
    fork = [span(1, 0, 0, 100), *(span(i, 1, 10 + i, 50, "get") for i in range(2, 6))]
    graph = fold_trace(read(*fork), BY_PATH)
    assert (edge(graph, "web", "get").sequential, edge(graph, "web", "get").overlapping) == (
        0,
        3 * WEIGHT_UNIT,
    )
    assert (node(graph, "web", "work").forks, node(graph, "web", "work").joins) == (
        WEIGHT_UNIT,
        WEIGHT_UNIT,
    )


def test_a_fork_with_a_call_left_running_is_never_joined() -> None:
    fork = [span(1, 0, 0, 100), span(2, 1, 10, 50, "get"), span(3, 1, 20, 300, "log")]
    graph = fold_trace(read(*fork), BY_PATH)
    assert (node(graph, "web", "work").forks, node(graph, "web", "work").joins) == (WEIGHT_UNIT, 0)
    assert edge(graph, "web", "log").asynchronous == WEIGHT_UNIT


def test_paths_tell_apart_what_operations_do_not() -> None:
    spans = [
        span(1, 0, 0, 100),
        span(2, 1, 0, 10, "query"),
        span(3, 1, 20, 40, "match"),
        span(4, 3, 25, 30, "query"),
    ]
    assert len(fold_trace(read(*spans), BY_PATH).nodes) == 4
    by_operation = fold_trace(read(*spans), BY_OPERATION)
    assert len(by_operation.nodes) == 3
    callers = node(by_operation, "web", "query").callers
    assert [calls.calls for calls in callers.values()] == [WEIGHT_UNIT, WEIGHT_UNIT]


def test_a_service_is_visited_once_however_many_spans_it_opens() -> None:
    spans = [
        span(1, 0, 0, 100, "flask.request"),
        span(2, 1, 10, 90, "match"),
        span(3, 2, 20, 80, "requests.request", kind="client"),
        span(4, 3, 30, 70, "flask.request", "taster", kind="server"),
        span(5, 4, 35, 65, "palate.taste", "taster"),
        span(6, 2, 81, 85, "query", "db"),
        span(7, 1, 91, 95, "query", "db"),
    ]
    graph = fold_trace(read(*spans), BY_SERVICE)
    assert edge(graph, "web").calls == WEIGHT_UNIT
    assert edge(graph, "web").durations == {bar(100 * MS): WEIGHT_UNIT}
    assert edge(graph, "taster").calls == WEIGHT_UNIT
    assert edge(graph, "taster").network == 20 * MS * WEIGHT_UNIT
    assert edge(graph, "db").per_caller == {2: WEIGHT_UNIT}
    assert node(graph, "web").self_time == (20 + 16 + 20 - 4) * MS * WEIGHT_UNIT
    assert node(graph, "taster").critical == 40 * MS * WEIGHT_UNIT


def test_statuses_errors_and_exemplars_are_kept() -> None:
    good = read(span(1, 0, 0, 10, http__response__status_code="200"), trace_id="1" * 32)
    bad = read(span(2, 0, 0, 30, http__response__status_code=503, error=1), trace_id="2" * 32)
    odd = read(span(3, 0, 0, 20, http__response__status_code="teapot"), trace_id="3" * 32)
    calls = edge(fold([bad, good, odd], BY_PATH), "web", "work")
    assert calls.statuses == {"2xx": WEIGHT_UNIT, "5xx": WEIGHT_UNIT, "?": WEIGHT_UNIT}
    assert calls.errors == WEIGHT_UNIT
    assert calls.examples[bar(30 * MS)] == Exemplar(30 * MS, "2" * 32, 2)
    assert calls.last_error is not None
    assert calls.last_error.trace_id == "2" * 32


def test_a_server_that_outlives_its_client_spent_nothing_on_the_network() -> None:
    spans = [span(1, 0, 0, 10, kind="client"), span(2, 1, 1, 50, "f", "taster", kind="server")]
    assert edge(fold_trace(read(*spans), BY_PATH), "taster", "f").network == 0


def test_a_trace_kept_with_probability_p_counts_as_1_over_p() -> None:
    spans = comb(2)
    spans[0].tags["_dd.rule_psr"] = 0.3
    graph = fold_trace(read(*spans), BY_OPERATION)
    assert graph.count == 1
    assert graph.traces == 3333
    assert edge(graph, "db", "sqlalchemy.query").calls == 2 * 3333
    assert graph.duration == 100 * MS * 3333


@pytest.mark.parametrize("rate", [0, -1, 2, float("nan"), float("inf"), "half", 1e-9])
def test_a_rate_that_makes_no_sense_is_ignored(rate: float | str) -> None:
    assert fold_trace(read(span(1, 0, 0, 1, _dd__rule_psr=rate)), BY_PATH).traces == WEIGHT_UNIT


def test_visits_add_up() -> None:
    graph = fold([read(*comb(3)), read(*comb(5))], BY_OPERATION)
    [query] = [key for key, n in graph.nodes.items() if n.operation.service == "db"]
    assert graph.visits(query) == 8 * WEIGHT_UNIT
    assert graph.visits(OUTSIDE) == 2 * WEIGHT_UNIT
    assert graph.calls(query).per_caller == {3: WEIGHT_UNIT, 5: WEIGHT_UNIT}


def test_a_path_50_000_deep_is_ordinary() -> None:
    chain = [span(i, i - 1, i / 1e6, 1000) for i in range(1, 50_001)]
    graph = fold_trace(read(*chain), BY_PATH)
    assert len(graph.nodes) == 50_000


sets = st.lists(traces(max_size=10), max_size=5)


def numbered(some: list[list[Span]], first: int = 0) -> list[Trace]:
    return [read_trace(f"{n:032x}", spans) for n, spans in enumerate(some, first)]


@pytest.mark.parametrize("keying", KEYINGS)
@settings(max_examples=250)
@given(sets, sets, st.randoms(use_true_random=False))
def test_adding_two_folds_is_folding_the_union_in_any_order(
    keying: Keying, some: list[list[Span]], others: list[list[Span]], rng: random.Random
) -> None:
    a, b = numbered(some), numbered(others, 100)
    total = fold(a, keying)
    total.add(fold(b, keying))
    union = b + a
    rng.shuffle(union)
    assert total == fold(union, keying)


@pytest.mark.parametrize("keying", KEYINGS)
@settings(max_examples=250)
@given(sets)
def test_critical_times_add_up_to_the_roots(keying: Keying, some: list[list[Span]]) -> None:
    graph = fold(numbered(some), keying)
    assert sum(n.critical for n in graph.nodes.values()) == graph.duration
    for n in graph.nodes.values():
        assert sum(n.criticals.values()) == n.traces


@pytest.mark.parametrize("keying", KEYINGS)
@settings(max_examples=250)
@given(heaps())
def test_any_heap_folds_and_its_edges_are_sound(keying: Keying, heap: list[Span]) -> None:
    graph = fold(numbered([heap]), keying)
    for n in graph.nodes.values():
        for caller, calls in n.callers.items():
            assert caller == OUTSIDE or caller in graph.nodes
            assert calls.callers <= max(graph.visits(caller), WEIGHT_UNIT)
            assert sum(times * visits for times, visits in calls.per_caller.items()) == calls.calls
            assert calls.sequential + calls.overlapping == calls.calls - calls.callers
            assert sum(calls.durations.values()) == calls.calls


@settings(max_examples=100)
@given(sets)
def test_a_fold_can_be_stored(some: list[list[Span]]) -> None:
    graph = fold(numbered(some), BY_PATH)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(graph), type=Fold) == graph


def doubled(graph: Fold) -> Fold:
    """The same with every count and time twice as large; exemplars and names as they are."""

    def twice(value: object) -> object:
        if isinstance(value, dict):
            return {key: twice(each) for key, each in value.items()}
        if isinstance(value, Calls | Node | Fold):
            fields = value.__struct_fields__
            return type(value)(*(twice(getattr(value, field)) for field in fields))
        return value * 2 if isinstance(value, int) else value

    result = twice(graph)
    assert isinstance(result, Fold)
    return result


@pytest.mark.parametrize("keying", KEYINGS)
@settings(max_examples=250)
@given(traces())
def test_the_same_trace_twice_is_everything_twice(keying: Keying, spans: list[Span]) -> None:
    trace = read(*spans)
    assert fold([trace, trace], keying) == doubled(fold_trace(trace, keying))


def test_exemplars_of_several_traces_are_the_largest() -> None:
    slow = read(span(1, 0, 0, 30.1, error=1), trace_id="1" * 32)
    quick = read(span(2, 0, 5, 35, error=1), trace_id="2" * 32)
    for order in ([slow, quick], [quick, slow]):
        calls = edge(fold(order, BY_PATH), "web", "work")
        assert [example.trace_id for example in calls.examples.values()] == ["1" * 32]
        assert calls.last_error is not None
        assert calls.last_error.trace_id == "2" * 32


def test_the_longest_of_a_bar_is_its_exemplar_within_a_trace_too() -> None:
    for first, second in ((30, 30.1), (30.1, 30)):
        spans = [
            span(1, 0, 0, 100),
            span(2, 1, 0, first, "get"),
            span(3, 1, 50, 50 + second, "get"),
        ]
        [example] = edge(fold_trace(read(*spans), BY_PATH), "web", "get").examples.values()
        assert example.value == round(30.1 * MS)


def test_a_node_s_type_does_not_depend_on_the_order() -> None:
    typed = read(span(1, 0, 0, 1, type="http"))
    untyped = read(span(1, 0, 0, 1))
    assert node(fold([typed, untyped], BY_PATH), "web", "work").type == "http"
    assert node(fold([untyped, typed], BY_PATH), "web", "work").type == "http"
