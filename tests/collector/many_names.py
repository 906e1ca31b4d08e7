"""Traces of a client that writes ids into the names of its spans: everybody does it once. They are
words, which nobody can tell from names (`collector.name_template`)."""

from __future__ import annotations

from collections.abc import Iterator

from collector.model import Chunk, Span

START = 1_700_000_000_000_000_000
FIRST_TRACE_ID = 1_000_000
CHUNKS_AT_ONCE = 2_000


def named_by_id(count: int, *, start: int = START) -> Iterator[list[Chunk]]:
    """Yield that many traces in payloads: each has an operation, a route, a service, a deploy of
    its own, and calls one database."""
    for first in range(0, count, CHUNKS_AT_ONCE):
        yield [
            Chunk(f"{FIRST_TRACE_ID + number:032x}", _spans(number, start + number * 1_000_000))
            for number in range(first, min(first + CHUNKS_AT_ONCE, count))
        ]


def in_letters(number: int) -> str:
    """Return a number as a word."""
    return str(number).translate(str.maketrans("0123456789", "abcdefghij"))


def _spans(number: int, at: int) -> list[Span]:
    service, word = f"web-{number}", in_letters(number)
    tags: dict[str, str | int | float] = {"span.kind": "server", "version": f"build-{number}"}
    return [
        Span(
            *(1, 0, service, f"get order {word}", f"GET /orders/{word}", "http"),
            *(at, 10**6 + number, 0, tags),
        ),
        Span(2, 1, "db", "query", f"SELECT {word}", "sql", at + 1_000, 500_000),
    ]
