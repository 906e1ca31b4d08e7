"""When a trace is due."""

from __future__ import annotations

import pytest

from collector.sampling import waiting_traces
from collector.sampling.holding import HeldRow
from collector.sampling.waiting_traces import ROOT_WAIT_S, DueTrace, WaitingTraces

MANY = 10**9


def waiting(*rows: tuple[int, int, bool], at: float = 0) -> WaitingTraces:
    """Return traces of which spans wait: for each part its key, number of spans, and if it has the
    root."""
    traces = WaitingTraces()
    for id_, (key, spans, has_root) in enumerate(rows, 1):
        traces.add(HeldRow(id_, key, spans, has_root), at)
    return traces


def keys(due: list[DueTrace]) -> list[int]:
    return [each.key for each in due]


def test_a_whole_trace_is_due_when_its_window_is_over() -> None:
    traces = waiting((7, 3, False), (7, 1, True), (8, 1, True))
    assert traces.take_due(4.9, 5, MANY) == []
    traces.add(HeldRow(9, 7, 2, False), 4.9)
    due = traces.take_due(5, 5, MANY)
    assert keys(due) == [7, 8]
    assert (due[0].trace.ids, due[0].trace.spans) == ([1, 2, 9], 6)
    assert all(each.is_last and not each.is_early for each in due)
    assert (len(traces), traces.spans) == (0, 0)


def test_a_root_that_comes_late_is_given_a_window_of_its_own() -> None:
    traces = waiting((7, 3, False))
    [due] = traces.take_due(5, 5, MANY)
    assert not due.is_last
    traces.wait_for_root(due)
    assert traces.take_due(20, 5, MANY) == []
    traces.add(HeldRow(2, 7, 1, True), 20)
    assert traces.take_due(24.9, 5, MANY) == []
    [due] = traces.take_due(25, 5, MANY)
    assert (due.is_last, due.trace.ids) == (True, [1, 2])


def test_a_root_that_never_comes_is_waited_for_no_longer_than_its_bound() -> None:
    traces = waiting((7, 3, False))
    traces.wait_for_root(*traces.take_due(5, 5, MANY))
    assert traces.take_due(ROOT_WAIT_S - 0.1, 5, MANY) == []
    [due] = traces.take_due(ROOT_WAIT_S, 5, MANY)
    assert due.is_last
    assert not due.is_early


def test_spans_that_come_while_a_trace_is_looked_at_join_it() -> None:
    traces = waiting((7, 3, False))
    [due] = traces.take_due(5, 5, MANY)
    traces.add(HeldRow(2, 7, 1, True), 5)
    traces.wait_for_root(due)
    assert (len(traces), traces.spans) == (1, 4)
    [due] = traces.take_due(10, 5, MANY)
    assert (sorted(due.trace.ids), due.is_last) == ([1, 2], True)


def test_what_could_not_be_decided_is_due_again_at_once() -> None:
    traces = waiting((7, 3, True), (8, 1, True))
    first, _second = traces.take_due(5, 5, MANY)
    traces.add(HeldRow(3, 9, 1, True), 5)
    traces.give_back(first)
    assert keys(traces.take_due(5, 5, MANY)) == [7]


def test_too_many_are_decided_early_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_traces, "MAX_TRACES", 2)
    traces = waiting((7, 1, False), (8, 1, True), (9, 1, True))
    assert [(d.key, d.is_last, d.is_early) for d in traces.take_due(1, 5, MANY)] == [
        (7, True, True)
    ]
    monkeypatch.setattr(waiting_traces, "MAX_SPANS", 1)
    assert keys(traces.take_due(1, 5, MANY)) == [8]


def test_a_round_takes_no_more_spans_than_its_bound() -> None:
    traces = waiting((7, 30, True), (8, 30, True), (9, 30, True))
    assert keys(traces.take_due(5, 5, 40)) == [7, 8]
    assert keys(traces.take_due(5, 5, 40)) == [9]


def test_without_a_window_everything_is_due() -> None:
    traces = waiting((7, 30, True), (8, 30, False))
    assert [each.is_last for each in traces.take_due(0, 0, MANY)] == [True, True]
