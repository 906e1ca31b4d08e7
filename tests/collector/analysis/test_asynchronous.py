"""Which children a span waits for."""

from __future__ import annotations

import pytest

from collector.analysis.tree import build_tree
from collector.model import Link, Span
from tests.collector.analysis.traces import span


def waits(parent: Span, child: Span) -> bool:
    return not build_tree([parent, child]).asynchronous[1]


def test_a_child_inside_its_parent_is_waited_for() -> None:
    assert waits(span(1, 0, 0, 10), span(2, 1, 2, 8))


def test_a_child_left_running_is_not() -> None:
    assert not waits(span(1, 0, 0, 10), span(2, 1, 2, 12))


@pytest.mark.parametrize("overhang", [0.05, 0.1])
def test_clocks_that_differ_by_microseconds_make_no_child_asynchronous(overhang: float) -> None:
    assert waits(span(1, 0, 0, 1), span(2, 1, 0.5, 1 + overhang))


def test_an_overhang_of_one_percent_is_still_waited_for() -> None:
    assert waits(span(1, 0, 0, 1000), span(2, 1, 0, 1010))
    assert not waits(span(1, 0, 0, 1000), span(2, 1, 0, 1011))


def test_a_client_waits_for_a_server_that_outlives_it() -> None:
    client = span(1, 0, 0, 500, kind="client", error=1)
    assert waits(client, span(2, 1, 1, 800, service="taster", kind="server"))


def test_a_producer_does_not_wait_for_the_consumer() -> None:
    producer = span(1, 0, 0, 10, kind="producer")
    assert not waits(producer, span(2, 1, 1, 5, kind="consumer"))
    assert waits(span(1, 0, 0, 10), span(2, 1, 1, 5, kind="consumer"))


def test_a_submitter_does_not_wait_for_work_that_something_else_triggered() -> None:
    child = span(2, 1, 1, 5)
    child.links = (Link("0" * 31 + "1", 9, {"kind": "trigger"}),)
    assert not waits(span(1, 0, 0, 10), child)
