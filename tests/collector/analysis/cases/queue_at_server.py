"""Requests that no worker takes on for a while, and what looks like them."""

from __future__ import annotations

from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.trace_builder import Piece, call, each, sql, step, together, web

FOUND = "queue_at_server"


def queued(delay: float, ms: float = 30, resource: str = "GET /taste", **more: object) -> Piece:
    """A call that the server takes on after a while."""
    return call(resource, 1, web(resource=resource, service="taster", ms=ms, delay=delay, **more))


def ahead(shift: float, delay: float = 3) -> Piece:
    return queued(delay, shift=shift)


CASES = [
    *(Case(f"{delay} ms", FOUND, queued(delay)) for delay in (25, 50, 100, 250, 1_000, 5_000)),
    *(
        Case(f"{delay} ms below a server", FOUND, web(queued(delay)))
        for delay in (25, 60, 400, 2_000)
    ),
    *(
        Case(f"{delay} ms before {ms} ms", FOUND, web(queued(delay, ms)), "childless_work")
        for delay, ms in ((30, 1), (50, 100), (200, 5), (80, 200), (500, 1_000))
    ),
    Case("one of several", FOUND, web(queued(60), call("GET /x", 5))),
    Case("several side by side", FOUND, web(together(*each(6, lambda n: queued(25 * n))))),
    Case("several in turn", FOUND, web(*each(2, lambda n: queued(40)))),
    Case(
        "ids in the resource",
        FOUND,
        web(together(*each(6, lambda n: queued(30, resource=f"GET /t/{n}")))),
    ),
    Case("small gaps and a large one", FOUND, web(queued(2), queued(90))),
    Case("a server that fails", FOUND, web(queued(60, error=1))),
    Case("the whole trace", FOUND, call("GET /pair", 2, web(delay=80, ms=20))),
    Case(
        "two servers deep",
        FOUND,
        web(call("GET /a", 1, web(queued(60, resource="GET /b"), resource="GET /a", delay=1))),
    ),
    Case("gRPC", FOUND, web(queued(60, type="rpc"))),
    Case("a clock a little ahead", FOUND, web(queued(80, shift=0.3))),
    Case("a clock a little behind", FOUND, web(queued(80, shift=-0.3))),
    Case("posts", FOUND, web(queued(60, resource="POST /taste"))),
    Case("another kind of server", FOUND, web(queued(60, name="django.request"))),
    Case(
        "a server with queries",
        FOUND,
        web(call("GET /a", 1, web(sql("SELECT a FROM t", 3), service="a", ms=3, delay=70))),
    ),
    Case("from a load test", FOUND, call("GET /pair", 1, web(delay=45, ms=25), service="locust")),
    # near-misses
    *(
        Case(f"connecting takes {delay} ms", "", web(queued(delay)))
        for delay in (0.3, 2, 5, 10, 17)
    ),
    *(Case(f"a clock {shift} ms ahead", "", web(ahead(shift))) for shift in (30, 100, 5_000)),
    *(Case(f"a clock {shift} ms behind", "", web(ahead(shift))) for shift in (-30, -100, -5_000)),
    Case("a gap and a clock far ahead", "", web(queued(40, shift=900))),
    Case("a small part of the trace", "", web(queued(30), step("match", ms=600))),
    Case("no server's span", "", web(call("GET /taste", 90))),
    Case(
        "the answer takes its time", "", web(call("GET /a", 60, web(service="a", ms=20, delay=1)))
    ),
    Case("a step before the call", "", web(step("prepare", ms=60), queued(1))),
    Case(
        "a message",
        "",
        web(step("send", step("receive", kind="consumer", delay=90, ms=9), kind="producer")),
    ),
    Case("no client's span", "", step("outer", web(delay=70, ms=20), ms=1)),
    Case(
        "waiting inside",
        "wait_before_work",
        web(
            call("GET /a", 1, web(step("palate.wait", ms=60), step("palate.taste", ms=20), delay=1))
        ),
    ),
    Case("side by side, all at once", "", web(together(*each(6, lambda n: queued(3))))),
    Case("a query", "", web(sql("UPDATE t", 10), step("match", ms=90))),
]
