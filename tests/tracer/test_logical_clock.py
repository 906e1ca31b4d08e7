"""A logical clock: Lamport's rule, both ways over HTTP, whatever strangers send."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import make_server

from tests.serving import serving
from tests.tracer.forking import in_child
from tracer import InMemoryWriter, Span, TraceMiddleware, Tracer, patch
from tracer import tracer as global_tracer
from tracer.logical_clock import (
    MAX_JUMP,
    MAX_TIME,
    RECEIVED,
    SENT,
    LogicalClock,
    with_time,
)


@given(st.lists(st.none() | st.integers(-5, 2 * MAX_JUMP)))
def test_the_clock_only_goes_forward_and_beyond_what_it_is_told(messages: list[int | None]) -> None:
    clock, before = LogicalClock(), 0
    for sent in messages:
        now = clock.send() if sent is None else clock.receive(sent)
        assert now > before
        if sent is not None and sent <= before + 1 + MAX_JUMP:
            assert now > sent
        else:
            assert now == before + 1
        before = now


@pytest.mark.parametrize("sent", [MAX_JUMP + 2, MAX_TIME, MAX_TIME + 1, 10**400])
def test_a_time_that_is_too_far_ahead_is_not_believed(sent: int) -> None:
    assert LogicalClock().receive(MAX_JUMP) == MAX_JUMP + 1
    assert LogicalClock().receive(sent) == 1


def test_whatever_it_is_told_its_own_numbers_are_believed_by_others() -> None:
    clock = LogicalClock()
    for jump in range(1, 2**13):
        clock.receive(jump * MAX_JUMP)
    assert MAX_TIME - MAX_JUMP < clock.send() <= MAX_TIME + 2**13 < 16**13


@given(st.integers(1, MAX_JUMP), st.lists(st.sampled_from(["dd=s:1", "bd=c:7", "x=y", "bd=z"])))
def test_a_tracestate_says_one_time_and_keeps_what_others_said(
    time: int, members: list[str]
) -> None:
    tracestate = with_time(",".join(members), time)
    assert LogicalClock().received(tracestate) == time + 1
    others = [member for member in members if member != "bd=c:7"]
    assert tracestate.split(",")[1:] == others[:30]


@pytest.mark.parametrize(
    "tracestate",
    ["", "bd=", "bd=c:", "bd=c:xyz", "bd=d:5", "xbd=c:5", "x=1,xbd=c:5",
     "bd=c:5;d:6", ",", "bd=c:,"],
)  # fmt: skip
def test_what_is_no_time_is_ignored(tracestate: str) -> None:
    assert LogicalClock().received(tracestate) == 0


@pytest.mark.parametrize("tracestate", ["bd=c:5", "x=1,bd=c:5", "x=1 , bd=c:5 ,y=2", "bd=c:5,z=1"])
def test_a_time_is_found_among_what_others_said(tracestate: str) -> None:
    assert LogicalClock().received(tracestate) == 6


def test_threads_that_know_of_each_other_have_numbers_in_that_order() -> None:
    """Each thread takes over what the one before has left, and others set the clock forward."""
    clock, baton = LogicalClock(), [0]
    lock = threading.Lock()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def pass_on() -> None:
        for number in range(1_500):
            with lock:
                before, baton[0] = baton[0], clock.send()
                assert baton[0] > before
            sent = clock.send() + number % 7
            assert clock.receive(sent) > sent

    try:
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(pass_on) for _ in range(4)]:
                done.result()
    finally:
        sys.setswitchinterval(interval)


def test_a_forked_child_goes_on_where_its_parent_was() -> None:
    clock = LogicalClock()
    clock.receive(6)
    assert in_child(clock.send) == "8"
    assert clock.send() == 8


@pytest.fixture
def taster() -> Iterator[tuple[str, Tracer, list[Span]]]:
    """A service with a tracer of its own: its address, its tracer, its finished spans."""
    writer = InMemoryWriter()
    tracer = Tracer(writer)
    app = Flask(__name__)
    TraceMiddleware(app, tracer, service="taster")
    app.add_url_rule("/taste", view_func=lambda: "good")
    with serving(make_server("127.0.0.1", 0, app)) as url:
        yield f"{url}/taste", tracer, writer.spans


@pytest.fixture
def clock(spans: list[Span]) -> Iterator[LogicalClock]:
    """The clock of the program's tracer, which sends requests."""
    patch(requests=True)
    global_tracer.configure(logical_clock=True)
    assert global_tracer.logical_clock is not None
    yield global_tracer.logical_clock
    global_tracer.configure(logical_clock=False)


def test_request_and_answer_carry_the_clock(
    taster: tuple[str, Tracer, list[Span]], clock: LogicalClock, spans: list[Span]
) -> None:
    url, tracer, served = taster
    tracer.configure(logical_clock=True)
    assert tracer.logical_clock is not None
    tracer.logical_clock.receive(4_000)
    before = clock.send()
    requests.get(url, timeout=5)
    [client], [server] = spans, served
    assert client.tags[SENT] == before + 1
    assert (server.tags[RECEIVED], server.tags[SENT]) == (4_002, 4_003)
    assert client.tags[RECEIVED] == 4_004
    assert "bd=" not in server.segment.tracestate.replace(f"bd=c:{before + 1:x}", "")


def test_a_service_without_the_clock_answers_as_ever(
    taster: tuple[str, Tracer, list[Span]], clock: LogicalClock, spans: list[Span]
) -> None:
    url, _, served = taster
    assert "tracestate" not in requests.get(url, timeout=5).headers
    [client], [server] = spans, served
    assert RECEIVED not in client.tags
    assert not {SENT, RECEIVED} & server.tags.keys()
    assert server.segment.tracestate == f"bd=c:{client.tags[SENT]:x}", "it would pass it on"


def test_a_caller_without_the_clock_is_told_nothing_it_did_not_ask_for(
    taster: tuple[str, Tracer, list[Span]], spans: list[Span]
) -> None:
    url, tracer, served = taster
    tracer.configure(logical_clock=True)
    patch(requests=True)
    requests.get(url, timeout=5)
    [client], [server] = spans, served
    assert not {SENT, RECEIVED} & client.tags.keys()
    assert SENT in server.tags
    assert RECEIVED not in server.tags


@pytest.mark.parametrize("member", ["bd=c:fffffffffffff", "bd=c:zz", "bd=c:" + "f" * 3_000])
def test_a_strangers_number_does_not_move_the_clock(
    taster: tuple[str, Tracer, list[Span]], member: str
) -> None:
    url, tracer, _ = taster
    tracer.configure(logical_clock=True)
    headers = {"traceparent": f"00-{1:032x}-{1:016x}-01", "tracestate": member}
    answer = requests.get(url, headers=headers, timeout=5)
    assert answer.headers["tracestate"] in ("bd=c:1", "bd=c:2")


def test_the_clock_goes_on_where_it_was_when_it_is_turned_on_again(tracer: Tracer) -> None:
    assert tracer.logical_clock is None
    tracer.configure(logical_clock=True)
    clock = tracer.logical_clock
    tracer.configure(logical_clock=False)
    tracer.configure(logical_clock=True)
    assert clock is tracer.logical_clock is not None


def test_the_environment_turns_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE_CLOCK", "1")
    assert Tracer(InMemoryWriter()).logical_clock is not None


def test_spans_are_dated_by_the_clock_that_the_tracer_is_given(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    tracer.configure(clock=lambda: 5_000_000_000_000_000_000)
    with tracer.trace("taste"), tracer.trace("bite"):
        pass
    assert [span.start // 10**15 for span in writer.spans] == [5_000, 5_000]
