"""Traces like the app's, as they arrive: a chunk from each process, in any order."""

from __future__ import annotations

from collector.model import Chunk, Span, TagValue

START = 1_700_000_000 * 10**9
RULES = "only web may call taster\nonly taster may run palate.*\nonly web may call db, redis\n"


def span(number: int, parent: int, service: str, name: str, kind: str = "", **tags: str) -> Span:
    """Return a span; `kind` is OpenTelemetry's."""
    all_tags: dict[str, TagValue] = {**tags, **({"span.kind": kind} if kind else {})}
    return Span(number, parent, service, name, "", "", START + number, 10, 0, all_tags)


def pairing(trace: int) -> list[Chunk]:
    """Return what a pairing sends: of each service, and the taster's either first or last."""
    locust = [span(1, 0, "locust", "locust.request", "client")]
    web = [
        span(2, 1, "web", "flask.request", "server"),
        span(3, 2, "db", "beer.query"),
        span(4, 3, "db", "sqlalchemy.query", "client"),
        span(5, 2, "redis", "redis.command", "client"),
        span(6, 2, "web", "requests.request", "client", **{"server.address": "127.0.0.1"}),
    ]
    taster = [
        span(7, 6, "taster", "flask.request", "server"),
        span(8, 7, "taster", "palate.wait"),
        span(9, 7, "taster", "palate.taste"),
    ]
    chunks = [locust, web, taster] if trace % 2 else [taster, web, locust]
    return [Chunk(f"{trace:032x}", spans) for spans in chunks]


def whole(chunks: list[Chunk]) -> Chunk:
    """Return the chunks of one trace as one."""
    return Chunk(chunks[0].trace_id, [each for chunk in chunks for each in chunk.spans])


def intruder(trace: int) -> Chunk:
    """Return the trace of somebody who calls the taster from web's menu."""
    spans = [
        span(1, 0, "web", "flask.request", "server"),
        span(2, 1, "menu-printer", "menu.proofread"),
        span(3, 2, "taster", "flask.request", "server"),
        span(4, 3, "taster", "palate.taste"),
    ]
    return Chunk(f"{trace:032x}", spans)


def back_door(trace: int) -> Chunk:
    """Return the trace of somebody who calls the taster without a trace context."""
    return Chunk(f"{trace:032x}", [span(1, 0, "taster", "flask.request", "server")])
