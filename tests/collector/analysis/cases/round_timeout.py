"""Timeouts that somebody has guessed, and failures that took as long by chance."""

from __future__ import annotations

import random

from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.trace_builder import (
    Piece,
    call,
    each,
    failed,
    redis,
    sleep,
    sql,
    step,
    timed_out,
    web,
)

FOUND = "round_timeout"
BOTH = "round_timeout retry_storm"


def after(ms: float, late: float = 1.5) -> Case:
    """A call that fails after a round number of ms, without saying why."""
    return Case(f"once after {ms} ms", FOUND, web(timed_out(ms, late)))


def spread(title: str, low: int, high: int, failures: int = 4) -> Case:
    """Failures after any time between two."""
    times = random.Random(title).sample(range(low, high), failures)
    calls = [failed(f"GET /taste?x={n}", ms) for n, ms in enumerate(times)]
    return Case(title, "", web(*calls))


READ_TIMEOUT = {"error__type": "requests.exceptions.ReadTimeout"}


def answered(status: str) -> Piece:
    return failed("GET /taste", 1_002, exact=True, http__response__status_code=status)


CASES = [
    *(after(ms) for ms in (50, 100, 200, 250, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000)),
    *(after(ms, late=6) for ms in (4_000, 5_000, 8_000, 10_000, 15_000, 30_000, 45_000, 60_000)),
    *(after(ms, late=40) for ms in (90_000, 120_000)),
    Case("three alike", BOTH, web(*each(3, lambda n: timed_out(1_000, late=4)))),
    Case("three alike, on a busy machine", BOTH, web(*each(3, lambda n: timed_out(300, late=7)))),
    Case(
        "with its server's span, which goes on",
        FOUND,
        web(timed_out(400, 1, children=(web(service="taster", ms=900, left_running=True),))),
        "childless_work",
    ),
    Case("late, but it says so", FOUND, web(timed_out(1_000, late=18, **READ_TIMEOUT))),
    Case("700 ms, and it says so", FOUND, web(timed_out(700, 2, **READ_TIMEOUT))),
    Case("three that fit the work", "", web(*each(3, lambda n: [timed_out(150), sleep(60 * n)]))),
    Case(
        "says so in its message",
        FOUND,
        web(timed_out(600, 2, error__message="Read timed out. (read timeout=0.6)")),
    ),
    Case("a gateway's", FOUND, web(timed_out(60_000, 30, http__response__status_code="504"))),
    Case("gRPC's deadline", FOUND, web(timed_out(250, 1, rpc__grpc__status_code=4))),
    Case("a statement's timeout", FOUND, web(sql("SELECT * FROM t", 500.5, error=1, exact=True))),
    Case(
        "waiting for a row's lock",
        FOUND,
        web(sql("UPDATE t SET a = ?", 50_003, error=1, exact=True)),
    ),
    Case("Redis", FOUND, web(redis("GET", 500.8, error=1, exact=True))),
    Case(
        "a function's",
        FOUND,
        web(step("ask", ms=2_000.9, exact=True, error=1, error__type="asyncio.TimeoutError")),
    ),
    Case(
        "the function around the call fails, too",
        FOUND,
        web(step("ask", timed_out(2_000, **READ_TIMEOUT), error=1, **READ_TIMEOUT)),
    ),
    Case(
        "quick answers, and one timeout",
        FOUND,
        web(*each(2, lambda n: call("GET /taste", 30)), timed_out(1_000)),
    ),
    Case(
        "a refused connection before it",
        FOUND,
        web(
            failed("GET /taste?n=1", 2, error__type="ConnectionRefused"),
            timed_out(1_000, resource="GET /taste?n=2"),
        ),
    ),
    Case(
        "cancelled after the timeout",
        FOUND,
        web(timed_out(3_000, error__type="asyncio.exceptions.CancelledError")),
    ),
    # near-misses
    spread("spread over 50 to 1,000 ms", 50, 1_000),
    spread("spread over 90 to 320 ms", 90, 320),
    spread("spread over 90 to 320 ms, eight", 90, 320, 8),
    spread("spread over 300 to 3,000 ms", 300, 3_000, 6),
    spread("spread over 1 to 40 ms", 1, 40),
    *(
        Case(f"{ms} ms is not round", "", web(timed_out(ms, 0)))
        for ms in (173, 330, 1_130, 2_240, 5_300, 7_777, 33_300, 110_000.5 - 7_000)
    ),
    Case("late, and it does not say why", "", web(timed_out(400, late=30))),
    Case("early", "", web(timed_out(500, late=-4))),
    Case("answered with 500", "", web(answered("500"))),
    Case("answered with 503", "", web(answered("503"))),
    Case("refused after a second", "", web(timed_out(1_000, error__type="ConnectionRefusedError"))),
    Case(
        "reset after a second", "", web(timed_out(1_000, error__message="Connection reset by peer"))
    ),
    Case(
        "not unique",
        "",
        web(sql("INSERT INTO t", 100.4, error=1, exact=True, error__type="IntegrityError")),
    ),
    Case("works after a second", "", web(call("GET /taste", 1_001, exact=True))),
    Case("another took longer and worked", "", web(call("GET /taste", 1_800), timed_out(1_000))),
    Case("a long poll ends", "", web(timed_out(30_000, resource="GET /poll"))),
    Case("a server that fails", "", web(step("make", ms=300, error=1), ms=200, error=1)),
    Case("a function that fails", "", web(step("make", ms=500, error=1, exact=True))),
    Case("quick failures", "retry_storm", web(*each(3, lambda n: failed("GET /taste", 3)), ms=20)),
]
