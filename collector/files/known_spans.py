"""Spans that are stored already: importing what was exported here adds nothing.

A file may have them in another order and with coarser times, so they are other bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from collector.model import Chunk, Span

MAX_KEYS = 1_000_000
"""Stored spans that are remembered; then those of other traces are looked up again."""

Key = tuple[int, int]
"""Id and start in microseconds. A client and a server may share an id, but not the start."""
Stored = Callable[[str], set[Key]]
"""Looks up the spans of a trace, given its id."""


class KnownSpans:
    """Tells new spans from those that were stored before."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._keys: dict[str, set[Key]] = {}
        self._count = 0

    def without_known(self, chunk: Chunk) -> Chunk:
        """Return the chunk without the spans that are stored already."""
        keys = self._keys.get(chunk.trace_id)
        if keys is None:
            keys = self._stored(chunk.trace_id)
            if self._count + len(keys) > MAX_KEYS:
                self._keys.clear()
                self._count = 0
            self._keys[chunk.trace_id] = keys
            self._count += len(keys) + 1
        if not keys:
            return chunk
        return Chunk(chunk.trace_id, [span for span in chunk.spans if key_of(span) not in keys])


def key_of(span: Span) -> Key:
    """Return what a span is recognized by."""
    return span.span_id, span.start // 1000
