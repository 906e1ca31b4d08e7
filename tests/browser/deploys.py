"""Two deploys of one route, with what the second changed known in advance."""

from __future__ import annotations

from collections.abc import Iterator

from tests.browser.spans import HOSTILE as TEXTS
from tests.browser.spans import MS, Trace

ROUTE = "GET /offer"
BEFORE, AFTER, ODD = "before-batch", "after batch", TEXTS[0][:150]
"""Deploys; one has a space in its name, one tries to be markup."""
BAKERS = "SELECT baker.id, baker.name FROM baker WHERE baker.id = ?"
ALL_BAKERS = "SELECT baker.id, baker.name FROM baker WHERE baker.id IN (…)"
TASTE = "GET /taste"
TRACES = 30
"""Of each deploy."""


def offer(seed: int, start: int, version: str, batched: bool, taste: float = 20) -> Trace:
    """One request: ten queries of 5 ms or a single one of 12 ms, four calls of `taste` ms to the
    taster one after another, and 3 ms of its own."""
    trace = Trace(seed, start, version)
    jitter = trace.random.uniform(0.95, 1.05)
    web = trace.span(
        None,
        "web",
        "flask.request",
        0,
        1,
        ROUTE,
        "http",
        tags={"span.kind": "server", "http.response.status_code": "200", "batched": str(batched)},
    )
    now = 1.0
    queries = [(ALL_BAKERS, 12.0)] if batched else [(BAKERS, 5.0)] * 10
    for statement, lasts in queries:
        trace.span(web, "db", "sqlalchemy.query", now, lasts * jitter, statement, "sql")
        now += lasts * jitter
    now += 1.0
    for _ in range(4):
        call = trace.span(
            web,
            "web",
            "requests.request",
            now,
            taste * jitter,
            TASTE,
            "http",
            tags={"span.kind": "client"},
        )
        trace.span(
            call,
            "taster",
            "flask.request",
            now + 1,
            taste * jitter - 2,
            TASTE,
            "http",
            tags={"span.kind": "server", "http.response.status_code": "200"},
        )
        now += taste * jitter
    web["duration"] = round((now + 1.0) * MS)
    return trace


def deploys(start: int) -> Iterator[Trace]:
    """Thirty requests to each of two deploys, the second a minute after the first, which both
    began ten minutes before `start` (ns)."""
    for at in range(TRACES):
        moment = start - 600_000 * MS + at * 500 * MS
        yield offer(7000 + at, moment, BEFORE, batched=False)
        yield offer(8000 + at, moment + 60_000 * MS, AFTER, batched=True)
