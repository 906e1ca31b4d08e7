"""Deferred work: whoever pays for it, nothing is lost and nothing is paid twice."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis import accounts
from collector.analysis.accounts import (
    LINKS_LEFT_OUT,
    UNKNOWN,
    UNKNOWN_SUBMITTER,
    Debts,
    Deferral,
    debts,
    deferred_work,
    for_submitters,
    self_time_of,
    split_among,
)
from collector.analysis.payers import Bills, bills
from collector.analysis.route import Route, route_of
from collector.analysis.trace import Trace, read_trace
from collector.analysis.weight import WEIGHT_UNIT
from collector.model import Link, Span
from tests.collector.analysis.traces import MS, random_trace, span

ONE, TWO, BATCH = "1" * 32, "2" * 32, "b" * 32
NOBODY = "e" * 32
PAIR = Route("web", "GET /pair/beer")


def submitted(work: Span, *trace_ids: str, left_out: int = 0) -> Span:
    """Give a span submitters."""
    work.links = tuple(Link(trace_id, 1, {"relation": "submitter"}) for trace_id in trace_ids)
    if left_out:
        work.tags = {LINKS_LEFT_OUT: left_out}
    return work


def eviction(*submitters: str) -> Trace:
    """Request 2, which evicts in 10 of its 30 ms what others had filled."""
    return read_trace(
        TWO,
        [
            span(1, 0, 0, 30, "flask.request", "web", "GET /donuts", kind="server"),
            submitted(span(2, 1, 10, 20, "cache.evict", "web"), *submitters),
            span(3, 2, 12, 15, "redis.command", "redis"),
        ],
    )


def route_from(*traces: Trace) -> Callable[[str], Route | None]:
    return {trace.trace_id: route_of(trace) for trace in traces}.get


def moved(*traces: Trace, known: dict[str, Route]) -> tuple[Bills, dict[Deferral, int]]:
    owed = [(route_of(trace), trace.weight, debts(trace)) for trace in traces]
    return for_submitters(bills(traces), owed, known.get)


def test_an_eviction_is_the_triggers_time_and_the_submitters_bill() -> None:
    trace = eviction(ONE)
    paid, deferred = moved(trace, known={ONE: PAIR})
    ms = MS * WEIGHT_UNIT
    by_trigger = bills([trace]).routes
    assert self_time_of(by_trigger[Route("web", "GET /donuts")]) == 30 * ms
    assert self_time_of(paid.routes[Route("web", "GET /donuts")]) == 20 * ms
    assert {name: s.self_time for name, s in paid.routes[PAIR].services.items()} == {
        "web": 7 * ms,
        "redis": 3 * ms,
    }
    assert deferred == {Deferral(Route("web", "GET /donuts"), PAIR): 10 * ms}
    critical = {name: s.critical for name, s in paid.routes[PAIR].services.items()}
    assert critical == {"web": 0, "redis": 0}, "it was the trigger who waited"


def test_the_nearest_deferred_span_decides() -> None:
    spans = [
        span(1, 0, 0, 100, "job"),
        submitted(span(2, 1, 10, 90, "batch"), ONE),
        submitted(span(3, 2, 20, 40, "cache.evict"), TWO),
        span(4, 3, 25, 35, "redis.command"),
        span(5, 2, 50, 60, "sqlalchemy.query"),
    ]
    trace = read_trace(BATCH, spans)
    assert [work.rows for work in deferred_work(trace.tree)] == [[1, 4], [2, 3]]
    owed = debts(trace).of_trace
    assert {payer: sum(times.values()) / MS for payer, times in owed.items()} == {ONE: 60, TWO: 20}


def test_many_submitters_share_to_the_last_nanosecond() -> None:
    batch = read_trace(BATCH, [submitted(span(1, 0, 0, 10, "batch"), *[ONE, TWO, NOBODY])])
    parts = sorted(times["web"] for times in debts(batch).of_trace.values())
    assert sum(parts) == 10 * MS
    assert parts[-1] - parts[0] == 1


def test_who_submitted_twice_pays_twice() -> None:
    batch = read_trace(BATCH, [submitted(span(1, 0, 0, 30, "batch"), ONE, ONE, TWO)])
    assert debts(batch).of_trace == {ONE: {"web": 20 * MS}, TWO: {"web": 10 * MS}}


def test_what_a_trace_submits_itself_is_its_own() -> None:
    batch = read_trace(BATCH, [submitted(span(1, 0, 0, 30, "batch"), ONE, BATCH)])
    assert debts(batch).of_trace == {ONE: {"web": 15 * MS}}


def test_work_of_an_unknown_submitter_is_not_lost() -> None:
    trace = eviction(NOBODY)
    paid, _ = moved(trace, known={})
    assert self_time_of(paid.routes[UNKNOWN_SUBMITTER]) == 10 * MS * WEIGHT_UNIT


def test_submitters_that_the_tracer_left_out_pay_as_unknown() -> None:
    batch = read_trace(BATCH, [submitted(span(1, 0, 0, 40, "batch"), ONE, left_out=3)])
    assert debts(batch).of_trace == {ONE: {"web": 10 * MS}, UNKNOWN: {"web": 30 * MS}}


@pytest.mark.parametrize("left_out", [-1, 2**60, "many", 1.5])
def test_a_senseless_number_of_links_left_out_is_ignored(left_out: int | float | str) -> None:
    work = submitted(span(1, 0, 0, 40, "batch"), ONE)
    work.tags = {LINKS_LEFT_OUT: left_out}
    assert debts(read_trace(BATCH, [work])).of_trace == {ONE: {"web": 40 * MS}}


def test_other_links_defer_nothing() -> None:
    work = span(1, 0, 0, 40, "batch")
    work.links = (Link(ONE, 1), Link(ONE, 1, {"relation": "retry"}), Link(TWO, 1, {"relation": 7}))
    assert deferred_work(read_trace(BATCH, [work]).tree) == []


@pytest.mark.parametrize("bound", ["MAX_DEBTS", "MAX_SHARES"])
def test_beyond_the_bounds_the_payer_is_unknown(
    monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(accounts, bound, 1)
    batch = read_trace(BATCH, [submitted(span(1, 0, 0, 40, "batch"), ONE, TWO)])
    owed = debts(batch).of_trace
    assert owed[UNKNOWN]["web"] >= 20 * MS
    assert debts(batch).total() == 40 * MS


@given(st.integers(0, 2**62), st.integers(1, 200), st.integers(0, 10**6))
def test_shares_are_whole_equal_and_add_up(amount: int, links: int, left_out: int) -> None:
    work = submitted(span(1, 0, 0, 1), *[ONE] * links, left_out=left_out)
    [found] = deferred_work(read_trace(BATCH, [work]).tree)
    split = split_among(found, amount)
    assert sum(split.parts) + split.nameless == amount
    assert max(split.parts) - min(split.parts) <= 1
    assert bool(left_out) or not split.nameless


def random_set(seed: int) -> list[Trace]:
    """Some traces in which anything may have been submitted by anybody: traces of the set, ones
    that are not stored, and the trace itself."""
    rng = random.Random(seed)
    ids = [f"{number:032x}" for number in range(1, rng.randint(2, 6))]
    traces = []
    for trace_id in ids:
        spans = random_trace(rng.randint(1, 12), rng.randint(0, 2**32))
        for each in spans:
            if rng.random() < 0.3:
                payers = rng.choices([*ids, NOBODY], k=rng.randint(1, 4))
                submitted(each, *payers, left_out=rng.choice([0, 0, 2]))
        if rng.random() < 0.5:
            spans[0].tags = {"_dd.rule_psr": rng.choice([0.1, 0.3, 1.0])}
        traces.append(read_trace(trace_id, spans))
    return traces


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32))
def test_every_total_is_the_same_in_both_views(seed: int) -> None:
    traces = random_set(seed)
    by_trigger = bills(traces)
    owed = [(route_of(trace), trace.weight, debts(trace)) for trace in traces]
    paid, deferred = for_submitters(by_trigger, owed, route_from(*traces))
    assert _by_service(paid) == _by_service(by_trigger), "each service does the same work"
    assert sum(deferred.values()) == sum(weight * each.total() for _, weight, each in owed)
    for route, bill in by_trigger.routes.items():
        mine = paid.routes[route]
        assert (mine.traces, mine.duration) == (bill.traces, bill.duration)
        for name, share in bill.services.items():
            assert mine.services[name].critical == share.critical
        out = sum(time for pair, time in deferred.items() if pair.trigger == route)
        into = sum(time for pair, time in deferred.items() if pair.submitter == route)
        assert self_time_of(mine) == self_time_of(bill) - out + into
    assert all(s.self_time >= 0 for b in paid.routes.values() for s in b.services.values())


def test_nobody_pays_for_more_than_is_on_the_bill() -> None:
    owed = [(PAIR, WEIGHT_UNIT, Debts({ONE: {"web": 5}}))]
    paid, deferred = for_submitters(Bills(), owed, {}.get)
    assert all(self_time_of(bill) == 0 for bill in paid.routes.values())
    assert deferred == {Deferral(PAIR, UNKNOWN_SUBMITTER): 0}


def _by_service(total: Bills) -> dict[str, int]:
    times: dict[str, int] = {}
    for bill in total.routes.values():
        for service, share in bill.services.items():
            times[service] = times.get(service, 0) + share.self_time
    return times
