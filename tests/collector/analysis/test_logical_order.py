"""The logical order agrees with cause and effect, whatever the clocks say."""

from __future__ import annotations

import os
from itertools import pairwise, product

import pytest
from hypothesis import given

from collector.analysis.logical_order import LogicalOrder, logical_order
from collector.analysis.proven_skew import proven_skews
from collector.analysis.tree import Tree, build_tree
from collector.model import Span
from tests.collector.analysis.distributed_runs import Run
from tests.collector.analysis.traces import heaps, span

RUNS = int(os.environ.get("ORDER_RUNS") or 2_000)
"""`ORDER_RUNS=10000` for all that was promised."""
PARTS = 4
PAIRS = 30


def read(run: Run) -> tuple[Tree, LogicalOrder, dict[int, int]]:
    tree = build_tree(run.recorded())
    return tree, logical_order(tree), {s.span_id: row for row, s in enumerate(tree.spans)}


@pytest.mark.parametrize("part", range(PARTS))
def test_random_runs_are_in_the_order_of_cause_and_effect(part: int) -> None:
    proven = 0
    for seed in range(part, RUNS, PARTS):
        run = Run(seed)
        tree, order, row_of = read(run)
        for row, parent in enumerate(tree.parent):
            assert order.start[row] < order.end[row], seed
            assert parent < 0 or order.start[parent] < order.start[row], seed
        for message in run.messages:
            sender, receiver = row_of[message.sender.span_id], row_of[message.receiver.span_id]
            ticks = order.end if message.is_answer else order.start
            assert ticks[sender] < ticks[receiver], seed
        works = list(run.works.values())
        for _ in range(PAIRS):
            one, other = run.random.choice(works), run.random.choice(works)
            before = order.before(row_of[one.span_id], row_of[other.span_id])
            assert not before or one.end <= other.start, seed
            if before:
                assert order.end[row_of[one.span_id]] < order.start[row_of[other.span_id]], seed
        offsets = {process.name: process.offset for process in run.processes}
        for skew in proven_skews(tree):
            offset = offsets[skew.host] - offsets[skew.caller]
            assert skew.last is None, seed
            assert skew.bounds.low is None or skew.bounds.low <= offset, seed
            assert offset <= skew.bounds.high, seed
            proven += 1
    assert proven > RUNS // PARTS, "most runs have clocks that are proven wrong"


def test_what_happened_before_what_is_found_out_completely() -> None:
    for seed in range(120):
        run = Run(seed)
        tree, order, row_of = read(run)
        known = _reachable(run)
        for one, other in product(run.works, repeat=2):
            expected = (other, "start") in known[one, "end"]
            assert order.before(row_of[one], row_of[other]) == expected, (seed, one, other)
        listed = {row: number for row, number, _ in order.concurrent_siblings(tree)}
        for parent in range(len(tree)):
            rows = list(tree.children(parent))
            for row in rows:
                others = [o for o in rows if o != row and _concurrent(order, row, o)]
                assert listed.get(row, 0) == len(others), seed
        for row, number, some in order.concurrent_siblings(tree):
            assert 0 < len(some) <= min(3, number)
            assert len(set(some)) == len(some)
            assert all(_concurrent(order, row, other) for other in some)


def _concurrent(order: LogicalOrder, row: int, other: int) -> bool:
    return not order.before(row, other) and not order.before(other, row)


def _reachable(run: Run) -> dict[tuple[int, str], set[tuple[int, str]]]:
    """Return what comes after each start and end, by searching all chains of events."""
    following: dict[tuple[int, str], list[tuple[int, str]]] = {}
    chains: dict[int, list[tuple[int, int, tuple[int, str]]]] = {}
    for work in run.works.values():
        for time, what in ((work.start, "start"), (work.end, "end")):
            following[work.span_id, what] = []
            depth = work.span_id if what == "start" else -work.span_id
            chains.setdefault(work.segment, []).append((time, depth, (work.span_id, what)))
    for chain in chains.values():
        chain.sort()
        for (_, _, one), (_, _, other) in pairwise(chain):
            following[one].append(other)
    for message in run.messages:
        what = "end" if message.is_answer else "start"
        following[message.sender.span_id, what].append((message.receiver.span_id, what))
    reached: dict[tuple[int, str], set[tuple[int, str]]] = {}
    for event in following:
        reached[event], ahead = set(), [event]
        while ahead:
            for other in following[ahead.pop()]:
                if other not in reached[event]:
                    reached[event].add(other)
                    ahead.append(other)
    return reached


@given(heaps())
def test_any_heap_of_spans_has_an_order(spans: list[Span]) -> None:
    tree = build_tree(spans)
    order = logical_order(tree)
    for row, parent in enumerate(tree.parent):
        assert order.start[row] < order.end[row]
        assert parent < 0 or order.start[parent] < order.start[row]
    assert set(order.start) | set(order.end) == set(range(order.ticks))


def test_siblings_without_an_order_are_concurrent() -> None:
    tree = build_tree(
        [
            span(1, 0, 0, 100, "pair", kind="server"),
            span(2, 1, 10, 40, "one"),
            span(3, 1, 30, 60, "two"),
            span(4, 1, 70, 80, "three"),
        ]
    )
    order = logical_order(tree)
    assert list(order.concurrent_siblings(tree)) == [(1, 1, [2]), (2, 1, [1])]
    assert order.before(1, 3)
    assert not order.before(3, 1)
    assert not order.before(0, 1), "it contains it"


def test_calls_at_once_are_concurrent_though_the_callee_took_one_after_the_other() -> None:
    """Its server's one worker did so, but nobody told the one call of the other."""
    tree = build_tree(
        [
            span(1, 0, 0, 100, "pair", kind="server"),
            span(2, 1, 10, 50, "call", kind="client"),
            span(3, 2, 12, 20, "taste", "taster", kind="server"),
            span(4, 1, 11, 60, "call", kind="client"),
            span(5, 4, 30, 40, "taste", "taster", kind="server"),
        ]
    )
    order = logical_order(tree)
    assert not order.before(2, 4)
    assert not order.before(4, 2)


def test_a_logical_clock_says_where_a_span_belongs_whose_parent_was_lost() -> None:
    spans = [
        span(1, 0, 0, 100, "pair", kind="server", clock__sent=90),
        span(2, 1, 10, 30, "call", kind="client", clock__sent=40, clock__received=43),
        span(4, 1, 50, 60, "call", kind="client", clock__sent=44, clock__received=47),
        span(5, 9, -990, -980, "t", "taster", kind="server", clock__received=48, clock__sent=49),
    ]
    tree = build_tree(spans)
    order = logical_order(tree)
    orphan = next(row for row, span in enumerate(tree.spans) if span.span_id == 5)
    last_call = next(row for row, span in enumerate(tree.spans) if span.span_id == 4)
    assert order.end[last_call] < order.start[orphan] < order.end[orphan] < order.end[0]
    assert not order.before(last_call, orphan), "that is where it is drawn, not what is known"


@pytest.mark.parametrize("number", [-1, 0, 1.5, 2**70, 1e300, float("nan"), float("inf"), "5"])
def test_a_number_that_no_clock_can_have_changes_nothing_else(number: float | str) -> None:
    tree = build_tree(
        [
            span(1, 0, 0, 90, "call", kind="client", clock__sent=number, clock__received=number),
            span(2, 1, 10, 80, "t", "taster", kind="server", clock__received=number),
        ]
    )
    order = logical_order(tree)
    assert order.start[0] < order.start[1] < order.end[1] < order.end[0]
