"""Clocks that disagree are noticed, and corrected only on request."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.clock_skew import correct_skew, skew_anomalies, suspect_skew
from collector.analysis.tree import Tree, build_tree
from collector.model import Event, Span
from tests.collector.analysis.traces import MS, SOME_TIME, heaps, span


def calls(ahead: float, count: int = 1) -> Tree:
    """Web calls the taster, whose clock is ahead by some ms: 50 ms each, 5 ms each way, and the
    taster asks a database."""
    spans = [span(1, 0, 0, 1000, "flask.request", kind="server")]
    for i in range(count):
        at, n = 60 * i, 10 * (i + 1)
        spans += [
            span(n, 1, at, at + 50, "requests.request", kind="client"),
            span(n + 1, n, at + 5 + ahead, at + 45 + ahead, "f", "taster", kind="server"),
            span(n + 2, n + 1, at + 10 + ahead, at + 20 + ahead, "query", "db"),
        ]
    return build_tree(spans)


@pytest.mark.parametrize("ahead", [-2000, -6, 7, 300])
@pytest.mark.parametrize("count", [1, 4])
def test_a_wrong_clock_is_measured(ahead: float, count: int) -> None:
    [skew] = suspect_skew(calls(ahead, count))
    assert (skew.caller, skew.host, skew.offset) == ("web", "taster", ahead * MS)
    assert skew.span_id == 11


@pytest.mark.parametrize("ahead", [-5, 0, 5])
def test_what_is_possible_is_not_suspected(ahead: float) -> None:
    assert suspect_skew(calls(ahead)) == []


def test_it_is_described_in_words() -> None:
    [oddity] = skew_anomalies(suspect_skew(calls(-2000)))
    assert oddity.kind == "clock_skew"
    assert oddity.what == ("clock skew of 2000.0 ms suspected on taster, which seems behind web")


def test_a_server_that_outlives_a_client_that_gave_up_is_not_skewed() -> None:
    gave_up = span(1, 0, 0, 100, kind="client", error=1)
    assert suspect_skew(build_tree([gave_up, span(2, 1, 1, 900, "f", "t", kind="server")])) == []


def test_a_server_that_tidies_up_is_not_skewed() -> None:
    client = span(1, 0, 0, 100, kind="client")
    assert suspect_skew(build_tree([client, span(2, 1, 2, 100.9, "f", "t", kind="server")])) == []


def test_one_host_has_one_clock_however_many_services_it_runs() -> None:
    client = span(1, 0, 0, 10, kind="client", host__name="a")
    server = span(2, 1, -50, -45, "f", "taster", kind="server", host__name="a")
    assert suspect_skew(build_tree([client, server])) == []


def test_one_odd_call_of_three_does_not_make_a_clock_wrong() -> None:
    tree = calls(0, count=3)
    odd = [s for s in tree.spans if s.span_id == 11]
    odd[0].start -= 20 * MS
    assert suspect_skew(build_tree(tree.spans)) == []


def test_a_corrected_tree_is_what_right_clocks_would_have_shown() -> None:
    skewed = calls(-2000, count=3)
    skewed.spans[2].events = (Event(skewed.spans[2].start, "arrived"),)
    before = [s.start for s in skewed.spans]
    corrected = correct_skew(skewed, suspect_skew(skewed))
    assert [(s.span_id, s.start) for s in corrected.spans] == [
        (s.span_id, s.start) for s in calls(0, count=3).spans
    ]
    assert corrected.spans[2].events[0].time == SOME_TIME + 5 * MS
    assert [s.start for s in skewed.spans] == before
    assert skewed.spans[2].events[0].time == skewed.spans[2].start


def test_errors_of_several_clocks_add_up_along_the_way() -> None:
    chain = [
        span(1, 0, 0, 100, service="a", kind="client"),
        span(2, 1, 1010, 1090, service="b", kind="server"),
        span(3, 2, 1020, 1080, service="b", kind="client"),
        span(4, 3, 1530, 1570, service="c", kind="server"),
    ]
    tree = build_tree(chain)
    skews = suspect_skew(tree)
    assert [(skew.host, skew.offset / MS) for skew in skews] == [("b", 1000), ("c", 500)]
    starts = [(s.start - SOME_TIME) / MS for s in correct_skew(tree, skews).spans]
    assert starts == [0, 10, 20, 30]


@settings(max_examples=200)
@given(st.floats(-1e4, 1e4), st.integers(1, 5))
def test_a_corrected_tree_is_no_longer_suspected(ahead: float, count: int) -> None:
    tree = calls(ahead, count)
    assert suspect_skew(correct_skew(tree, suspect_skew(tree))) == []


@settings(max_examples=300)
@given(heaps())
def test_any_heap_can_be_looked_at(heap: list[Span]) -> None:
    tree = build_tree(heap)
    assert len(correct_skew(tree, suspect_skew(tree))) == len(tree)
