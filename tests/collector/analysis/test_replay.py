"""Traces played again: the same with nothing changed, and what one would expect with something."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.change import Change, Changes
from collector.analysis.replay import replay
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import read_trace
from collector.model import Span
from tests.collector.analysis.traces import MS, heaps, span, traces

TASTE = Operation("web", "taste", "taste")


def played(spans: list[Span], *changes: Change) -> float:
    """The new duration in ms."""
    return replay(read_trace("0" * 32, spans), Changes(changes)) / MS


def staircase(steps: int, step: float = 40, gap: float = 1) -> list[Span]:
    """A handler that tastes one donut after another: 5 ms, then steps with gaps between, 5 ms."""
    stairs = [
        span(i + 2, 1, 5 + i * (step + gap), 5 + i * (step + gap) + step, "taste")
        for i in range(steps)
    ]
    return [span(1, 0, 0, 10 + steps * (step + gap) - gap, "handler"), *stairs]


def test_twice_as_fast_halves_its_own_time_only() -> None:
    assert played(staircase(4)) == 173
    assert played(staircase(4), Change(TASTE, "scale", 0.5)) == 173 - 80
    handler = Change(Operation("web", "handler", "handler"), "scale", 0.5)
    assert played(staircase(4), handler) == 173 - 13 / 2


def test_what_overlaps_gains_only_what_was_waited_for() -> None:
    fork = [
        span(1, 0, 0, 100),
        span(2, 1, 10, 50, "short"),
        span(3, 1, 10, 90, "long"),
    ]
    assert played(fork, Change(Operation("web", "short", "short"), "scale", 0)) == 100
    assert played(fork, Change(Operation("web", "long", "long"), "scale", 0)) == 60


def test_calls_that_overlap_by_a_clock_s_error_follow_each_other() -> None:
    spans = [span(1, 0, 0, 100), span(2, 1, 0, 50.4, "taste"), span(3, 1, 50, 100, "save")]
    assert played(spans, Change(TASTE, "scale", 0.5)) == pytest.approx(100 - 25.2)


def test_what_was_left_running_gains_nothing() -> None:
    assert played([span(1, 0, 0, 10), span(2, 1, 5, 30, "taste")], Change(TASTE, "cache")) == 10


def test_steps_made_parallel_take_as_long_as_one() -> None:
    assert played(staircase(4), Change(TASTE, "parallel")) == 5 + 3 * 1 + 40 + 5


@pytest.mark.parametrize(("width", "expected"), [(1, 170), (2, 5 + 80 + 5), (4, 5 + 40 + 5)])
def test_a_pool_is_as_fast_as_it_is_wide(width: int, expected: float) -> None:
    assert played(staircase(4, gap=0), Change(TASTE, "parallel", width=width)) == expected


def test_calls_between_parallel_ones_stay_sequential() -> None:
    loop = [
        span(1, 0, 0, 100, "handler"),
        span(2, 1, 0, 10, "get"),
        span(3, 1, 10, 40, "taste"),
        span(4, 1, 40, 50, "get"),
        span(5, 1, 50, 80, "taste"),
        span(6, 1, 80, 100, "save"),
    ]
    assert played(loop, Change(TASTE, "parallel")) == 10 + 10 + 30 + 20


def test_a_batch_pays_for_calling_once_and_keeps_what_was_done_in_between() -> None:
    assert played(staircase(4), Change(TASTE, "batch")) == 5 + 40 + 3 * 1 + 5


def test_a_batch_over_the_wire_still_does_all_the_work() -> None:
    """Three calls of 10 ms each way and a server of 2 ms round 20 ms of work."""
    call = Operation("web", "requests.request", "requests.request")
    spans = [span(1, 0, 0, 126, "handler")]
    for i in range(3):
        at, n = i * 42, 10 * (i + 1)
        spans += [
            span(n, 1, at, at + 42, "requests.request", kind="client"),
            span(n + 1, n, at + 10, at + 32, "flask.request", "taster", kind="server"),
            span(n + 2, n + 1, at + 11, at + 31, "palate.taste", "taster"),
        ]
    assert played(spans, Change(call, "batch")) == 3 * 20 + 2 + 20


def test_a_cached_call_takes_nothing_and_nor_does_what_is_beneath() -> None:
    assert played(staircase(4), Change(TASTE, "cache")) == 5 + 3 + 5
    beneath = [*staircase(1), span(9, 2, 6, 40, "query")]
    assert played(beneath, Change(TASTE, "cache")) == 10


def test_waiting_follows_work() -> None:
    taster = [
        span(1, 0, 0, 100, "flask.request", "taster"),
        span(2, 1, 0, 60, "palate.wait", "taster"),
        span(3, 1, 60, 100, "palate.taste", "taster"),
    ]
    taste = Operation("taster", "palate.taste", "palate.taste")
    assert played(taster, Change(taste, "scale", 0.5)) == 50
    assert played(taster, Change(taste, "cache")) == 0
    assert played(taster, Change(taste, "parallel")) == 100


def test_a_client_that_gave_up_returns_when_its_server_is_fast_enough() -> None:
    spans = [
        span(1, 0, 0, 500, kind="client", error=1),
        span(2, 1, 0, 800, "taste", kind="server"),
    ]
    assert played(spans, Change(TASTE, "scale", 0.5)) == 400
    assert played(spans, Change(TASTE, "scale", 3)) == 500


@pytest.mark.parametrize(
    ("way", "numbers", "says"),
    [
        ("magic", {}, "unknown way"),
        ("scale", {"factor": -1}, "factor must be at least 0"),
        ("scale", {"factor": float("nan")}, "factor must be at least 0"),
        ("parallel", {"width": 0}, "width must be at least 1"),
        ("cache", {"hit_ratio": -0.1}, "hit_ratio must be between 0 and 1"),
        ("cache", {"hit_ratio": 1.1}, "hit_ratio must be between 0 and 1"),
        ("cache", {"hit_ratio": float("nan")}, "hit_ratio must be between 0 and 1"),
    ],
)
def test_nonsense_is_refused(way: str, numbers: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Change(TASTE, way, **numbers)


@settings(max_examples=3000)
@given(traces())
def test_a_factor_of_1_gives_exactly_what_was_measured(spans: list[Span]) -> None:
    everything = [Change(operation_of(s), "scale", 1.0) for s in spans]
    trace = read_trace("0" * 32, spans)
    assert replay(trace, Changes(everything)) == trace.duration


@settings(max_examples=700)
@given(traces(), st.sampled_from(["scale", "parallel", "cache"]), st.integers(0, 19))
def test_removing_or_speeding_up_work_never_takes_longer(
    spans: list[Span], way: str, pick: int
) -> None:
    change = Change(operation_of(spans[pick % len(spans)]), way, factor=0.5)
    trace = read_trace("0" * 32, spans)
    assert 0 <= replay(trace, Changes([change])) <= trace.duration


@settings(max_examples=300)
@given(heaps())
def test_any_heap_can_be_played(heap: list[Span]) -> None:
    changes = Changes(Change(operation_of(s), "batch") for s in heap)
    assert replay(read_trace("0" * 32, heap), changes) >= 0


def test_a_chain_50_000_deep_is_ordinary() -> None:
    chain = [span(i, i - 1, i / 1000, 100 - i / 1000) for i in range(1, 40_001)]
    chain[-1].name = "taste"
    assert played(chain, Change(Operation("web", "taste", "work"), "cache")) == pytest.approx(
        (chain[0].duration - chain[-1].duration) / MS
    )
