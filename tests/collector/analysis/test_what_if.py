"""Predictions over many traces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.change import Change
from collector.analysis.percentiles import Latency
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import Trace, read_trace
from collector.analysis.what_if import predict
from collector.model import Span
from tests.collector.analysis.traces import MS, span, traces


def tasting(taste: float) -> Trace:
    return read_trace("0" * 32, [span(1, 0, 0, taste + 10), span(2, 1, 5, taste + 5, "taste")])


def test_percentiles_before_and_after() -> None:
    change = Change(Operation("web", "taste", "taste"), "scale", 0.5)
    prediction = predict([tasting(taste) for taste in range(1, 101)], [change])
    assert prediction.traces == 100
    assert prediction.measured == Latency(60.5 * MS, 60 * MS, 105 * MS, 109 * MS)
    assert prediction.predicted == Latency(35.25 * MS, 35 * MS, 57.5 * MS, 59.5 * MS)
    assert prediction.concerned == 1


def test_a_change_of_what_no_trace_does_concerns_none() -> None:
    prediction = predict([tasting(1)], [Change(Operation("web", "fly"), "cache")])
    assert prediction.concerned == 0
    assert prediction.measured == prediction.predicted


def test_the_share_concerned_is_weighted() -> None:
    rare = tasting(10)
    rare.tree.spans[0].tags["_dd.rule_psr"] = 0.25
    sampled = read_trace("1" * 32, rare.tree.spans)
    other = read_trace("2" * 32, [span(1, 0, 0, 10)])
    change = Change(Operation("web", "taste", "taste"), "cache")
    assert predict([sampled, other], [change]).concerned == 0.8


def test_without_traces_there_is_nothing_to_predict() -> None:
    assert predict([], []).measured == Latency(0, 0, 0, 0)


@settings(max_examples=100)
@given(st.lists(traces(max_size=10), min_size=1, max_size=5))
def test_factor_1_predicts_exactly_what_was_measured(several: list[list[Span]]) -> None:
    changes = [Change(operation_of(s), "scale", 1) for spans in several for s in spans]
    prediction = predict([read_trace("0" * 32, spans) for spans in several], changes)
    assert prediction.predicted == prediction.measured
    assert prediction.concerned == 0
