"""A logical clock: Lamport's rule, both ways over HTTP, whatever strangers send."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import make_server

from tests.serving import serving
from tests.tracer.forking import in_child
from tracer import InMemoryWriter, Span, TraceMiddleware, Tracer, patch
from tracer import logical_clock as module
from tracer import tracer as global_tracer
from tracer.logical_clock import (
    MAX_JUMP,
    MAX_TIME,
    RECEIVED,
    SENT,
    LogicalClock,
    time_in,
    with_time,
)


@given(st.lists(st.none() | st.integers(0, MAX_TIME)))
def test_the_clock_only_goes_forward_and_beyond_what_it_is_told(messages: list[int | None]) -> None:
    clock = LogicalClock()
    for sent in messages:
        before = clock.time
        now = clock.send() if sent is None else clock.receive(sent)
        assert clock.time == now > before
        if sent is not None and sent <= before + MAX_JUMP:
            assert now > sent


def test_a_time_that_is_too_far_ahead_is_not_believed() -> None:
    clock = LogicalClock()
    assert clock.receive(MAX_JUMP) == MAX_JUMP + 1
    assert clock.receive(MAX_TIME) == MAX_JUMP + 2


def test_at_its_end_the_clock_stands_still() -> None:
    clock = LogicalClock()
    clock.time = MAX_TIME - 1
    assert [clock.send(), clock.send(), clock.receive(3)] == [MAX_TIME] * 3


@given(st.integers(0, MAX_TIME), st.lists(st.sampled_from(["dd=s:1", "bd=c:7", "x=y", "bd=z"])))
def test_a_tracestate_says_one_time_and_keeps_what_others_said(
    time: int, members: list[str]
) -> None:
    tracestate = with_time(",".join(members), time)
    assert time_in(tracestate) == time
    others = [member for member in members if not member.startswith("bd=")]
    assert tracestate.split(",")[1:] == others[:30]


@pytest.mark.parametrize(
    "tracestate",
    ["", "bd=", "bd=c:", "bd=c:xyz", "bd=c:-1", "bd=d:5", "xbd=c:5", "bd=c:fffffffffffffff",
     "bd=c:ffffffffffffff", "bd=c:5;d:6", "bd=c:５"],
)  # fmt: skip
def test_what_is_no_time_is_ignored(tracestate: str) -> None:
    assert time_in(tracestate) is None


def test_threads_never_get_the_same_number() -> None:
    clock = LogicalClock()
    numbers: list[int] = []

    def count() -> None:
        for _ in range(2_000):
            numbers.append(clock.send())
            numbers.append(clock.receive(0))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 16_001))


def test_a_forked_child_goes_on_though_another_thread_held_the_lock() -> None:
    clock = LogicalClock()
    clock.receive(6)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with module._lock:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    try:
        assert in_child(clock.send) == "8"
    finally:
        done.set()
        thread.join()


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
    before = clock.time
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
    assert time_in(answer.headers["tracestate"]) in (1, 2)


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
