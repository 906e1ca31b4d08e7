"""Waiting for a turn within the app, and what looks like it."""

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

FOUND = "wait_before_work"


def turn(waits: float, works: float = 25, name: str = "palate.wait", **more: object) -> Piece:
    """A request that waits for its turn, and then works."""
    return web(step(name, ms=waits, **more), step("palate.taste", ms=works), service="taster")


CASES = [
    *(
        Case(f"{waits} ms before {works} ms", FOUND, turn(waits, works))
        for waits, works in ((5, 25), (20, 25), (200, 25), (900, 25), (30, 200), (3_000, 10))
    ),
    *(
        Case(name, FOUND, turn(60, name=name))
        for name in (
            "db.pool.wait",
            "lock.wait",
            "semaphore.wait",
            "gate.wait",
            "worker.wait",
            "db.pool.acquire",
            "lock.acquire",
            "asyncpg.pool.acquire",
            "row_lock_wait",
        )
    ),
    Case("with tags", FOUND, turn(90, waiting_behind=4, holder__trace_id="ab")),
    Case(
        "before a query", FOUND, web(step("db.pool.wait", ms=60), sql("SELECT a FROM t", 3), ms=20)
    ),
    Case("before a call", FOUND, web(step("slot.wait", ms=60), call("GET /taste", 30))),
    Case("before a lookup", FOUND, web(step("pool.wait", ms=30), redis("GET", 1), ms=20)),
    Case(
        "before each of several",
        FOUND,
        web(*each(4, lambda n: [step("gate.wait", ms=10), step("abcd"[n - 1], ms=15)])),
        "sequential_fan_out",
    ),
    Case("below another service", FOUND, web(call("GET /taste", 1, turn(80)))),
    Case(
        "in one of several side by side",
        FOUND,
        web(together(call("GET /a", 1, turn(90)), call("GET /b", 40))),
    ),
    Case(
        "in all of several",
        FOUND,
        web(together(*each(4, lambda n: call("GET /a", 1, turn(30 * n))))),
    ),
    Case("a clock ahead", FOUND, web(call("GET /taste", 1, web(turn(80), service="t", shift=40)))),
    Case("a little work between", FOUND, web(step("a.wait", ms=60), work(4), step("b", ms=30))),
    Case("after other work", FOUND, web(step("a", ms=50), step("b.wait", ms=60), step("c", ms=30))),
    Case("in a worker", FOUND, step("worker", step("job.wait", ms=40), step("job.run", ms=40))),
    Case("a tenth", FOUND, web(step("a.wait", ms=16), step("b", ms=100))),
    Case(
        "twice",
        FOUND,
        web(step("a.wait", ms=20), step("b", ms=30), step("a.wait", ms=20), step("c", ms=30)),
    ),
    # near-misses
    Case("short", "", turn(2, 90)),
    Case("for another request's answer", "", web(step("pairing.wait", ms=90))),
    Case(
        "for another's answer, after a lookup",
        "",
        web(redis("GET", 1), step("pairing.wait", ms=90), ms=1),
    ),
    Case(
        "for work of its own",
        "",
        web(
            together(call("GET /a", 80), call("GET /b", 85), step("futures.wait", ms=80)),
            step("match", ms=20),
        ),
    ),
    Case(
        "for work of its own, which began before",
        "",
        web(together(step("make", ms=90), step("thread.wait", ms=85), apart=2), step("b", ms=20)),
    ),
    Case("no wait", "", web(step("match", ms=60), step("taste", ms=30))),
    Case("a word that only begins so", "", web(step("waiter.find", ms=60), step("serve", ms=30))),
    Case("wait as the first word", "", web(step("wait_list", ms=60), step("serve", ms=30))),
    Case("no time at all", "", turn(0)),
    Case("a sleep", "", web(step("sleep", ms=60), step("taste", ms=30))),
    Case("polling", "", web(step("poll", ms=60), step("taste", ms=30))),
    Case("a queue at the server", "queue_at_server", web(call("GET /a", 1, web(delay=90, ms=20)))),
    Case("a slow call", "", web(call("GET /taste", 90))),
    Case("a fat query", "fat_query", web(sql("SELECT * FROM review", 90))),
    Case("waiting as a child of the work", "", web(step("taste", step("await", ms=60), ms=3))),
    Case("a wait of a long trace", "", web(step("a.wait", ms=9), call("GET /x", 200))),
    Case(
        "a wait left running",
        "",
        web(step("late.wait", ms=900, left_running=True), step("a", ms=30)),
        "wait_before_work",
    ),
]
