"""Traces to look at, as Datadog clients send them: usual, broken, hostile."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

MS = 1_000_000
Span = dict[str, Any]


class Trace:
    """A trace under construction; times are milliseconds after its start."""

    def __init__(self, seed: int, start: int | None = None, version: str = "step-10") -> None:
        self.random = random.Random(seed)
        self.id = self.random.getrandbits(64) | 1
        self.high = self.random.getrandbits(64) | 1
        self.start = start if start is not None else time.time_ns() - 2_000 * MS
        self.version = version
        self.spans: list[Span] = []

    @property
    def hex(self) -> str:
        """The trace's id as the UI writes it."""
        return f"{self.high:016x}{self.id:016x}"

    def span(
        self,
        parent: Span | None,
        service: str,
        name: str,
        begin: float,
        lasts: float,
        resource: str = "",
        kind: str = "",
        error: str = "",
        tags: Mapping[str, str | float] | None = None,
    ) -> Span:
        """Add a span `begin` ms after the start that lasts `lasts` ms; `error` is its message."""
        meta = {key: value for key, value in (tags or {}).items() if isinstance(value, str)}
        meta["_dd.p.tid"] = f"{self.high:016x}"
        if not parent:
            meta["version"] = self.version
        if error:
            meta |= {"error.type": "RuntimeError", "error.message": error, "error.stack": STACK}
        made: Span = {
            "trace_id": self.id,
            "span_id": self.random.getrandbits(63) | 1,
            "parent_id": parent["span_id"] if parent else 0,
            "service": service,
            "name": name,
            "resource": resource or name,
            "type": kind,
            "start": self.start + round(begin * MS),
            "duration": round(lasts * MS),
            "error": int(bool(error)),
            "meta": meta,
            "metrics": {
                key: value for key, value in (tags or {}).items() if not isinstance(value, str)
            },
        }
        self.spans.append(made)
        return made


STACK = """Traceback (most recent call last):
  File "services/taster.py", line 41, in taste
    return palate.taste(beer, donut)
RuntimeError: the donut was stale"""


def pairing(
    seed: int,
    start: int | None = None,
    fail: bool = False,
    slow: float = 1.0,
    away: bool = False,
) -> Trace:
    """What one request to the slow app looks like: an SQL comb, a Redis comb, a staircase. It may
    fail at the last step, or because the taster is `away`, at the first."""
    trace = Trace(seed, start)
    fail = fail or away
    jitter = lambda: trace.random.uniform(0.85, 1.3) * slow  # noqa: E731
    client = trace.span(None, "locust", "locust.request", 0, 1, "GET /pair/beer", "http")
    web = trace.span(
        client,
        "web",
        "flask.request",
        1.2,
        1,
        "GET /pair/beer",
        "http",
        tags={
            "http.request.method": "GET",
            "http.response.status_code": "500" if fail else "200",
            "http.route": "/pair/beer",
            "span.kind": "server",
        },
    )
    beer = trace.span(web, "web", "beer.query", 2, 6 * slow)
    trace.span(
        beer,
        "db",
        "sqlalchemy.query",
        2.4,
        5 * slow,
        "SELECT beer.name FROM beer WHERE beer.name = ?",
        "sql",
        tags={"db.system": "sqlite", "rows": 1},
    )
    now = 9 * slow
    donuts = trace.span(web, "web", "donuts.query", now, 1)
    for _ in range(24):
        took = 1.6 * jitter()
        trace.span(
            donuts,
            "db",
            "sqlalchemy.query",
            now,
            took,
            "SELECT baker.id, baker.name FROM baker WHERE baker.id = ?",
            "sql",
            tags={"db.system": "sqlite", "rows": 1},
        )
        now += took + 0.25
    for donut in range(18):
        took = 0.7 * jitter()
        trace.span(
            donuts,
            "redis",
            "redis.command",
            now,
            took,
            "GET",
            "redis",
            tags={"db.system": "redis", "donut": donut},
        )
        now += took + 0.3
    donuts["duration"] = round(now * MS) - (donuts["start"] - trace.start)
    match = trace.span(web, "web", "match", now + 0.5, 1)
    now += 1
    tastes = 1 if away else 12
    for at in range(tastes):
        took = 17 * jitter()
        last = fail and at == tastes - 1
        call = trace.span(
            match,
            "web",
            "requests.request",
            now,
            took,
            "GET /taste",
            "http",
            error="taster answered 500" if last else "",
            tags={"server.address": "127.0.0.1", "span.kind": "client"},
        )
        if away:
            now += took
            break
        taste = trace.span(
            call,
            "taster",
            "flask.request",
            now + 1.4,
            took - 2.2,
            "GET /taste",
            "http",
            error="the donut was stale" if last else "",
            tags={"http.response.status_code": "500" if last else "200"},
        )
        trace.span(
            taste, "taster", "palate.wait", now + 1.6, took * 0.3, tags={"waiting_behind": at % 3}
        )
        trace.span(taste, "taster", "palate.taste", now + 1.8 + took * 0.3, took * 0.5)
        now += took + 0.4
        if last:
            break
    for span, margin in ((match, 1.0), (web, 2.0), (client, 3.2)):
        span["duration"] = round((now + margin) * MS) - (span["start"] - trace.start)
    if fail:
        web["error"] = 1
        web["meta"] |= {
            "error.type": "HTTPError",
            "error.message": "500 from taster",
            "error.stack": STACK,
        }
    return trace


def ping(seed: int, start: int | None = None) -> Trace:
    """One span and nothing else."""
    trace = Trace(seed, start)
    trace.span(None, "web", "flask.request", 0, 0.6 + trace.random.random(), "GET /ping", "http")
    return trace


def menu(seed: int, start: int | None = None) -> Trace:
    """A short trace with one fat query."""
    trace = Trace(seed, start)
    took = trace.random.uniform(60, 140)
    web = trace.span(None, "web", "flask.request", 0, took, "GET /menu", "http")
    trace.span(
        web,
        "db",
        "sqlalchemy.query",
        2,
        took * 0.7,
        "SELECT donut.name, donut.price FROM donut ORDER BY donut.name",
        "sql",
        tags={"rows": 240},
    )
    return trace


def incomplete(seed: int) -> Trace:
    """The root and one parent were never received."""
    trace = pairing(seed)
    lost = [trace.spans[0], next(span for span in trace.spans if span["name"] == "match")]
    trace.spans = [span for span in trace.spans if span not in lost]
    return trace


def odd(seed: int) -> Trace:
    """Spans that cannot have been when they say, and two with one id."""
    trace = Trace(seed)
    root = trace.span(None, "web", "flask.request", 0, 100, "GET /odd", "http")
    for start in (5, 45):
        call = trace.span(root, "web", "requests.request", start, 30, "GET /taste", "http")
        call["span_id"] = root["span_id"] + 1
    lost = trace.span(root, "taster", "palate.taste", 80, 10)
    trace.span(lost, "db", "sqlalchemy.query", 82, 6, "SELECT 1", "sql")
    lost["start"] = 0
    for _ in range(6):
        trace.span(root, "redis", "redis.command", 95, 1, "GET key", "redis")["start"] = 17
    return trace


HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "javascript:alert(1)",
    "\u202egnirts desrever\u202c",
    "مرحبا بالعالم",
    "🍩🍺🍩",
    "x" * 5000,
    "{{ 7 * 7 }} {% raw %}",
    "a\nb\tc\u0000d",
    "&lt;b&gt; &amp; \"quotes\" 'single'",
)


def hostile(seed: int) -> Trace:
    """Names, resources and tags that try to be markup, script, or simply too much."""
    trace = Trace(seed)
    root = trace.span(
        None, HOSTILE[0], HOSTILE[1], 0, 100, HOSTILE[0], tags={HOSTILE[0]: HOSTILE[1]}
    )
    for at, text in enumerate(HOSTILE):
        trace.span(
            root,
            text[:200],
            text[:200],
            at * 9,
            8,
            text,
            error=text,
            tags={text[:200]: text, "url": "javascript:alert(1)"},
        )
    return trace
