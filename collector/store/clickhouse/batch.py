"""What one insert writes: the spans of many requests, without those that are known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

import msgspec

from collector.model import Chunk, Span
from collector.store.clickhouse.known_traces import KnownTraces, Times, times_of
from collector.store.clickhouse.span_block import EncodedSpans, block_of, encode_spans
from collector.store.service_kinds import service_kinds

_encode_blob = msgspec.msgpack.Encoder().encode


class Request(NamedTuple):
    """Chunks that wait to be stored, written in advance as if none of their spans were known."""

    chunks: list[Chunk]
    times: list[Times]
    """Of each chunk."""
    encoded: EncodedSpans
    """The spans of all chunks, one chunk after another."""


class StoredChunk(NamedTuple):
    """The new spans of a chunk, under the id that its trace has. A
    `collector.store.new_chunk.NewChunk`."""

    trace_id: str
    spans: Sequence[Span]
    times: Times

    @property
    def blob(self) -> bytes:
        """The spans as msgpack."""
        return _encode_blob(self.spans)

    @property
    def span_count(self) -> int:
        """How many spans there are."""
        return len(self.spans)

    def service_kinds(self) -> dict[str, str]:
        """Return what each service looks like: `datastore`, `client` or `service`."""
        types = dict.fromkeys([(span.service, span.type) for span in self.spans])
        return service_kinds(self.spans, types)


def request_of(chunks: list[Chunk]) -> Request:
    """Return chunks made ready to be stored: all the work that needs no database."""
    spans = [span for chunk in chunks for span in chunk.spans]
    times = [times_of(chunk.spans) for chunk in chunks]
    return Request(chunks, times, encode_spans(spans))


class Batch:
    """What one insert will write."""

    def __init__(self, known: KnownTraces) -> None:
        self.chunks: list[StoredChunk] = []
        """What is new."""
        self._known = known
        self._parts: list[EncodedSpans] = []

    def add(self, request: Request) -> int:
        """Take what is new of a request into the batch; return how many of its spans are known."""
        new = self._new_chunks(request)
        new_spans = sum(len(chunk.spans) for chunk in new)
        spans = len(request.encoded.identities)
        if new_spans == spans:
            self._parts.append(request.encoded)
        elif new:
            self._parts.append(encode_spans([span for chunk in new for span in chunk.spans]))
        self.chunks += new
        return spans - new_spans

    def block(self, received: int) -> bytes:
        """Return the block to insert; there must be something new. `received` is the moment, ns
        since 1970."""
        traces = [(chunk.trace_id, len(chunk.spans)) for chunk in self.chunks]
        return block_of(self._parts, traces, received)

    def _new_chunks(self, request: Request) -> list[StoredChunk]:
        chunks: list[StoredChunk] = []
        begin = 0
        for chunk, times in zip(request.chunks, request.times, strict=True):
            end = begin + len(chunk.spans)
            trace_id = self._known.place(chunk.trace_id, times)
            are_new = self._known.add_new(trace_id, request.encoded.identities[begin:end])
            spans = chunk.spans if all(are_new) else list(compress(chunk.spans, are_new))
            if spans:
                chunks.append(StoredChunk(trace_id, spans, times))
            begin = end
        return chunks
