"""Chunks to store, what a store then holds, and waiting for what happens in the background."""

from __future__ import annotations

from collector.model import Chunk, Span
from collector.search.parser import parse
from collector.search.search import search
from collector.store.trace_store import TraceStore

START = 10**18


def chunk(trace: int, *span_ids: int, service: str = "web", **tags: str) -> Chunk:
    """Return a chunk of the trace with this number; span 1 is the root and the others' parent."""
    spans = [
        Span(number, 0 if number == 1 else 1, service, "op", "res", "", START + trace, 10, 0, tags)
        for number in span_ids
    ]
    return Chunk(f"{trace:032x}", spans)


def trace_ids(store: TraceStore, query: str = "") -> set[int]:
    """Return the numbers of the stored traces that match."""
    page = search(store, parse(query), limit=1_000_000)
    assert page.next is None
    return {int(summary.trace_id, 16) for summary in page.traces}


def span_ids(store: TraceStore, trace: int) -> list[int]:
    """Return the ids of a trace's spans, in the order received."""
    found = store.find(f"{trace:032x}")
    assert found is not None
    spans = found.spans()
    assert found.summary().spans >= len(spans)
    return [span.span_id for span in spans]
