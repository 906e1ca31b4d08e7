"""Clocks are proven wrong by what was received before it was sent, and by nothing less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.clock_skew import shifts
from collector.analysis.proven_skew import Bounds, common, find_skews, proven_skews, to_correct
from collector.analysis.tree import Tree, build_tree
from collector.model import Event, TagValue
from tests.collector.analysis.distributed_runs import Run
from tests.collector.analysis.traces import MS, SOME_TIME, span


def calls(ahead: list[float], streamed: bool = False, **instead: TagValue) -> Tree:
    """Web calls the taster, whose clock is ahead by so many ms at each call: 50 ms each, 1 ms there
    and 2 ms back."""
    spans = [span(1, 0, 0, 1000, "flask.request", kind="server")]
    for i, offset in enumerate(ahead):
        at, n, count = 60 * i, 10 * (i + 1), 4 * i
        client: dict[str, TagValue] = {"clock__sent": count + 1, "clock__received": count + 4}
        server: dict[str, TagValue] = {"clock__received": count + 2, "clock__sent": count + 3}
        spans.append(span(n, 1, at, at + 50, "call", kind="client", **client | instead))
        if streamed:
            spans[-1].events = (Event(SOME_TIME, "http.response.first_byte"),)
        start, end = at + 1 + offset, at + 48 + offset
        spans.append(span(n + 1, n, start, end, "f", "taster", kind="server", **server))
    return build_tree(spans)


@pytest.mark.parametrize("ahead", [-10_000, -3_000, -5, 5, 3_000, 10_000])
@pytest.mark.parametrize("count", [1, 10])
def test_an_offset_is_proven_from_both_sides(ahead: float, count: int) -> None:
    [skew] = proven_skews(calls([ahead] * count))
    assert (skew.caller, skew.host, skew.last) == ("web", "taster", None)
    assert (skew.calls, skew.contradictions, skew.span_id) == (count, count, 11)
    assert skew.bounds == Bounds(round((ahead - 2.1) * MS), round((ahead + 1.1) * MS))


@pytest.mark.parametrize("ahead", [-1, 0, 0.5, 2])
def test_what_the_way_may_have_taken_proves_nothing(ahead: float) -> None:
    assert proven_skews(calls([ahead] * 3)) == []


def test_bounds_are_said_rounded_outwards() -> None:
    [skew] = proven_skews(calls([3000] * 10))
    assert str(skew) == (
        "the clock of taster is between 2,997.9 and 3,001.1 ms ahead of web's; proven by 10 calls,"
        " 10 messages received before sent"
    )
    [skew] = proven_skews(calls([-5]))
    assert str(skew) == (
        "the clock of taster is between 3.9 and 7.1 ms behind web's; proven by 1 call,"
        " 1 message received before sent"
    )
    assert str(Bounds(-149_999, 250_001)) == "between 0.2 ms behind and 0.3 ms ahead"


def test_all_calls_together_leave_less_room_than_one() -> None:
    assert common([Bounds(10, 30), Bounds(15, 40), Bounds(None, 25)]) == Bounds(15, 25)
    assert not common([Bounds(10, 20), Bounds(21, 30)]).possible


def test_a_clock_that_no_offset_explains_drifts() -> None:
    [skew] = proven_skews(calls([0, 20, 40]))
    assert skew.last is not None
    assert str(skew) == (
        "the clock of taster drifts: at first it is between 2.1 ms behind and 1.1 ms ahead of"
        " web's, at last between 37.9 and 41.1 ms ahead; proven by 3 calls,"
        " 2 messages received before sent"
    )
    assert skew.offset == round(19.5 * MS)


def test_without_an_answer_there_is_one_bound() -> None:
    [skew] = proven_skews(calls([-3000] * 2, clock__received=0))
    assert skew.bounds == Bounds(None, round(-2998.9 * MS))
    assert "the clock of taster is at least 2,998.9 ms behind web's" in str(skew)
    assert proven_skews(calls([3000] * 2, clock__received=0)) == [], "it may have given up"


def test_the_end_of_a_client_that_went_on_reading_proves_nothing() -> None:
    assert proven_skews(calls([3000], streamed=True)) == []
    assert proven_skews(calls([-3000], streamed=True))[0].bounds.low is None


def test_a_call_whose_numbers_contradict_it_proves_nothing() -> None:
    assert proven_skews(calls([3000], clock__sent=900)) == []
    assert proven_skews(calls([3000], clock__sent=0)) == []
    assert proven_skews(calls([3000], clock__received=1)) == []


def test_what_is_proven_is_not_suspected_any_more_and_corrected_by_its_bounds() -> None:
    tree = calls([-3000] * 3)
    suspected, proven = find_skews(tree)
    assert (suspected, len(proven)) == ([], 1)
    moved = shifts(tree, to_correct(suspected, proven))
    assert set(moved) == {0, round(3000.5 * MS)}


@given(st.integers(0, 10_000), st.floats(0, 0.001))
def test_a_drifting_clock_was_somewhere_within_its_bounds(seed: int, drift: float) -> None:
    run = Run(seed, drift)
    by_name = {process.name: process for process in run.processes}
    end = max(work.start for work in run.works.values())
    for skew in proven_skews(build_tree(run.recorded())):
        caller, host = by_name[skew.caller], by_name[skew.host]
        differences = [host.reading(time) - caller.reading(time) for time in (0, end)]
        for bounds in filter(None, (skew.bounds, skew.last)):
            assert min(differences) <= bounds.high
            assert bounds.low is None or bounds.low <= max(differences)
