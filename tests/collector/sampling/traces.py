"""Traces for policies to decide on."""

from __future__ import annotations

from collector.model import Chunk, Span, TagValue
from collector.sampling.seen_trace import SeenTrace

MS = 10**6


def request(
    number: int,
    ms: float = 10,
    error: int = 0,
    resource: str = "GET /pair",
    calls: tuple[str, ...] = ("query",),
    **tags: TagValue,
) -> Chunk:
    """Return a request to web that makes these calls to a database."""
    root = {"span.kind": "server"} | tags
    spans = [Span(1, 0, "web", "request", resource, "http", 10**18, int(ms * MS), 0, root)]
    spans += [
        Span(2 + place, 1, "db", name, name, "sql", 10**18 + 1, 1, error)
        for place, name in enumerate(calls)
    ]
    return Chunk(f"{number:032x}", spans)


def seen(*arguments: object, **more: object) -> SeenTrace:
    """Return the same as policies see it."""
    return SeenTrace(*request(*arguments, **more))  # type: ignore[arg-type]
