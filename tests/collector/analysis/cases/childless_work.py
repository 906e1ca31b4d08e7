"""Servers that work without saying on what, and what looks like them."""

from __future__ import annotations

from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.trace_builder import (
    Piece,
    call,
    each,
    redis,
    sql,
    step,
    together,
    web,
    work,
)

FOUND = "childless_work"
FIRST_BYTE = "http.response.first_byte"
QUERY = sql("SELECT * FROM donut", 3)


def note(ms: float = 0.2) -> Piece:
    """A line that is logged, in a span."""
    return step("log", ms=ms)


CASES = [
    Case("a fat body", FOUND, web(QUERY, ms=340, resource="GET /menu")),
    Case("nothing at all", FOUND, web(ms=120)),
    Case("just long enough", FOUND, web(ms=60)),
    Case("a log line at the end", FOUND, web(QUERY, work(195), note(), ms=0.2)),
    Case("two log lines at the end", FOUND, web(work(195), note(), note(), ms=0.2)),
    Case("a log line in the middle", FOUND, web(work(100), note(), ms=100)),
    Case("a log line at the start", FOUND, web(note(), ms=150)),
    Case("a quick lookup at the end", FOUND, web(work(250), redis("SET", 0.4), ms=0.5)),
    Case("metrics after the work", FOUND, web(QUERY, work(300), step("metrics", ms=1), ms=0.3)),
    Case("many queries, then work", FOUND, web(*each(4, lambda n: QUERY), ms=100)),
    Case("a call, then longer work", FOUND, web(call("GET /taste", 40), ms=120)),
    Case("first byte at the end", FOUND, web(QUERY, ms=300, events=((FIRST_BYTE, 280),))),
    Case("first byte late, then streaming", FOUND, web(QUERY, ms=300, events=((FIRST_BYTE, 250),))),
    Case("another name of that event", FOUND, web(QUERY, ms=300, events=(("first byte", 280),))),
    Case("at another service", FOUND, call("GET /menu", 2, web(service="menu", ms=200, delay=1))),
    Case("a clock ahead", FOUND, call("GET /menu", 2, web(service="menu", ms=200, shift=90))),
    Case("a clock behind", FOUND, call("GET /menu", 2, web(service="menu", ms=200, shift=-90))),
    Case("one that fails", FOUND, web(QUERY, ms=200, error=1)),
    Case("gRPC", FOUND, web(QUERY, ms=200, type="rpc", name="/menu.Menu/Get")),
    Case(
        "something left running meanwhile",
        FOUND,
        web(step("mail", ms=500, left_running=True), ms=200),
    ),
    Case(
        "children side by side, then work",
        FOUND,
        web(together(call("GET /a", 30), call("GET /b", 35)), ms=150),
    ),
    Case("seconds of it", FOUND, web(QUERY, ms=4_000)),
    Case("a job behind an address", FOUND, web(ms=900, resource="POST /reports")),
    Case("an id in the route", FOUND, web(QUERY, ms=200, resource="GET /menu/7")),
    Case("a middleware's span before", FOUND, web(step("auth", ms=8), ms=130)),
    Case("a worker thread takes over", FOUND, web(QUERY, step("enqueue", ms=2), ms=160)),
    Case("short children evenly, all quick", FOUND, web(QUERY, work(80), note(0.1), ms=80)),
    Case("most of a long trace", FOUND, call("GET /pair", 2, web(QUERY, ms=180), name="client")),
    Case("another framework", FOUND, web(ms=150, name="django.request")),
    Case("a redirect made slowly", FOUND, web(ms=150, http__response__status_code="302")),
    # near-misses
    Case("short", "", web(ms=40)),
    Case("explained", "", web(step("render", ms=200), ms=3)),
    Case("work at the start, then a call", "", web(work(60), call("GET /taste", 80), ms=3)),
    Case("a little work at the end", "", web(call("GET /taste", 80), ms=60)),
    Case("a comb of lookups", "n_plus_one", web(*each(56, lambda n: [redis(), work(1.5)]), ms=1)),
    Case(
        "many short children",
        "",
        web(*each(30, lambda n: [step(f"rule{n}x", ms=1), work(4)]), ms=1),
    ),
    Case("first byte at once", "", web(QUERY, ms=300, events=((FIRST_BYTE, 10),))),
    Case(
        "first byte at once, by messages", "", web(QUERY, ms=300, events=(("response.start", 10),))
    ),
    Case(
        "a small part of the trace", "", web(call("GET /x", 2, web(ms=60)), step("match", ms=200))
    ),
    Case("a stream of events", "", web(ms=30_000, resource="GET /events")),
    Case(
        "a stream by its content",
        "",
        web(
            ms=9_000,
            resource="GET /live",
            http__response__header__content_type="x",
            tags={"http.response.header.content-type": "text/event-stream"},
        ),
    ),
    Case("a web socket", "", web(ms=60_000, resource="GET /ws")),
    Case("a switched protocol", "", web(ms=60_000, http__response__status_code="101")),
    Case("a long poll", "", web(ms=25_000, resource="GET /jobs/poll")),
    Case("a long poll with an id", "", web(ms=25_000, resource="GET /jobs/7/wait")),
    Case("gRPC's stream", "", web(ms=25_000, name="grpc.server", resource="/beers.Beers/Watch")),
    Case("not a server", "", step("worker", ms=300)),
    Case("a client", "", call("GET /menu", 300)),
    Case(
        "a queue, then a quick server",
        "queue_at_server",
        call("GET /menu", 2, web(service="menu", ms=20, delay=200)),
    ),
    Case(
        "waiting for a lock",
        "wait_before_work",
        web(step("palate.wait", ms=200), step("palate.taste", ms=25)),
    ),
    Case("a health check", "", web(ms=1, resource="GET /ping")),
    Case("works on after the answer", "", web(call("GET /taste", 40), ms=30)),
    Case("a fat query", "fat_query", web(sql("SELECT * FROM review", 90), ms=4)),
]
