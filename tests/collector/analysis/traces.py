"""Traces to analyse: written by hand in one line a span, or drawn at random."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from collector.model import Span, TagValue

MS = 1_000_000
SOME_TIME = 1_700_000_000_000_000_000


def span(
    span_id: int,
    parent_id: int,
    start: int,
    end: int,
    name: str = "work",
    service: str = "web",
    resource: str | None = None,
    type: str = "",
    kind: str = "",
    error: int = 0,
    **tags: TagValue,
) -> Span:
    """A span from `start` to `end`, both in milliseconds."""
    all_tags = {key.replace("__", "."): value for key, value in tags.items()}
    if kind:
        all_tags["span.kind"] = kind
    return Span(
        span_id,
        parent_id,
        service,
        name,
        name if resource is None else resource,
        type,
        SOME_TIME + round(start * MS),
        round((end - start) * MS),
        error,
        all_tags,
    )


KINDS = ["", "", "", "", "client", "server", "producer", "consumer"]


def random_heap(size: int, seed: int) -> list[Span]:
    """Spans no honest tracer would send: few ids for many spans, so that they clash and form
    cycles."""
    rng = random.Random(seed)
    heap = []
    for _ in range(size):
        start = rng.randint(0, 20)
        span_id, parent_id = rng.randint(0, 12), rng.randint(0, 12)
        kind, service = rng.choice(KINDS), rng.choice("ab")
        heap.append(
            span(span_id, parent_id, start, start + rng.randint(0, 20), service=service, kind=kind)
        )
    return heap


def random_trace(size: int, seed: int) -> list[Span]:
    """One tree of spans under span 1, with children anywhere near their parents: empty, back to
    back, side by side, overhanging at both ends, outside."""
    rng = random.Random(seed)
    spans = [span(1, 0, 0, rng.randint(0, 20), name="root")]
    for span_id in range(2, size + 1):
        parent = rng.choice(spans)
        start = (parent.start - SOME_TIME) // MS + rng.randint(-2, 12)
        spans.append(
            span(
                span_id,
                parent.span_id,
                start,
                start + rng.randint(0, 12),
                name=rng.choice("abc"),
                service=rng.choice("xy"),
                kind=rng.choice(KINDS),
                error=int(rng.random() < 0.15),
            )
        )
    return spans


# Drawn from a seed, which is ten times as quick as drawing each number, and still shrinks by size.
def heaps() -> st.SearchStrategy[list[Span]]:
    """Random heaps of up to 25 spans."""
    return st.builds(random_heap, st.integers(0, 25), st.integers(0, 2**32))


def traces(max_size: int = 20) -> st.SearchStrategy[list[Span]]:
    """Random traces of up to `max_size` spans."""
    return st.builds(random_trace, st.integers(1, max_size), st.integers(0, 2**32))
