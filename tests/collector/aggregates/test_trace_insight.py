"""What one trace shows among others of its route."""

from __future__ import annotations

from collector.aggregates.trace_insight import insight
from collector.analysis.fold import fold
from collector.analysis.span_keys import BY_OPERATION
from collector.analysis.trace import read_trace
from tests.collector.analysis.traces import SOME_TIME, span


def test_among_equals_a_span_is_in_the_middle() -> None:
    alike = [read_trace(f"{number:032x}", [span(1, 0, 0, 10)]) for number in range(1, 101)]
    likes = fold(alike, BY_OPERATION)
    assert insight(alike[0], SOME_TIME, likes)["ranks"] == [0.5]
    unlike_any = read_trace("f" * 32, [span(1, 0, 0, 99)])
    assert insight(unlike_any, SOME_TIME, likes)["ranks"] == [None]
