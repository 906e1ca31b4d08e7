"""The spans that wait to be sent on: a bounded queue, in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

MAX_SPANS = 50_000
"""Spans that wait for one target; the oldest are dropped for new ones."""
MAX_BYTES = 32 * 1024 * 1024
"""Size of what waits for one target."""


class WaitingChunk(NamedTuple):
    """A chunk as it was stored."""

    trace_id: str
    blob: bytes
    spans: int


class WaitingSpans:
    """Takes chunks from the thread that stores, for the one that sends. Never waits for room."""

    def __init__(self, max_spans: int = MAX_SPANS, max_bytes: int = MAX_BYTES) -> None:
        self._max_spans, self._max_bytes = max_spans, max_bytes
        self._chunks: deque[WaitingChunk] = deque()
        self._changed = threading.Condition()
        self._spans = self._bytes = 0
        self._closed = False
        self.dropped = 0
        """Spans that were dropped so far."""

    @property
    def spans(self) -> int:
        """How many wait now."""
        return self._spans

    def put(self, chunks: Iterable[WaitingChunk]) -> None:
        """Add new chunks, and drop the oldest of all that are too many."""
        with self._changed:
            for chunk in chunks:
                self._chunks.append(chunk)
                self._count(chunk, 1)
            self._drop_oldest()
            self._changed.notify()

    def put_back(self, chunks: list[WaitingChunk]) -> None:
        """Return chunks that were taken, as the oldest."""
        with self._changed:
            self._chunks.extendleft(reversed(chunks))
            for chunk in chunks:
                self._count(chunk, 1)
            self._drop_oldest()

    def take(self, max_spans: int, max_bytes: int, timeout_s: float) -> list[WaitingChunk]:
        """Return the oldest chunks, at least one of them; none if none comes in that time."""
        taken: list[WaitingChunk] = []
        spans = size = 0
        with self._changed:
            if not self._chunks and not self._closed:
                self._changed.wait(timeout_s)
            while self._chunks:
                spans += self._chunks[0].spans
                size += len(self._chunks[0].blob)
                if taken and (spans > max_spans or size > max_bytes):
                    break
                taken.append(self._chunks.popleft())
                self._count(taken[-1], -1)
        return taken

    def close(self) -> None:
        """Let nobody wait for new chunks any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _drop_oldest(self) -> None:
        while self._spans > self._max_spans or self._bytes > self._max_bytes:
            oldest = self._chunks.popleft()
            self._count(oldest, -1)
            self.dropped += oldest.spans

    def _count(self, chunk: WaitingChunk, sign: int) -> None:
        self._spans += sign * chunk.spans
        self._bytes += sign * len(chunk.blob)
