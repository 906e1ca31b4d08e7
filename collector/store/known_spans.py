"""Which spans of a trace are stored already: what is sent again is stored once, however it is cut
into chunks this time."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from collector.model import Span
from collector.span_identity import Identity, identity
from collector.store.packed_spans import unpack
from collector.store.prepared import decode_spans

MAX_COMPARED_SPANS = 20_000
"""Spans of a trace up to which its spans are compared one by one. In a larger one only a whole
chunk, sent again as it was, is known."""
MAX_KEPT_IDS = 100_000
"""Span ids that stay in memory for each partition, 8 MB: those of the traces that grew last."""


class _OnlyId(msgspec.Struct, array_like=True, gc=False):
    """The first field of `collector.model.Span`; the others are not decoded."""

    span_id: int


_decode_ids = msgspec.msgpack.Decoder(list[_OnlyId]).decode


def span_ids(blob: bytes) -> list[int]:
    """Return the span ids in a chunk."""
    return [span.span_id for span in _decode_ids(blob)]


def identities(blobs: Iterable[bytes], ids: Iterable[int]) -> set[Identity]:
    """Return the identities of those spans in some chunks that have one of these ids."""
    wanted = set(ids)
    encoded = [msgspec.msgpack.encode(span_id) for span_id in wanted]
    found: set[Identity] = set()
    for blob in blobs:
        if any(each in blob for each in encoded):
            found.update(identity(s) for s in decode_spans(blob) if s.span_id in wanted)
    return found


def new_spans(blob: bytes, known: set[Identity]) -> list[Span]:
    """Return the spans in a chunk that are not known."""
    return [span for span in decode_spans(blob) if identity(span) not in known]


class KnownSpans:
    """The ids of the spans stored of some traces, by row. For the writing thread only."""

    def __init__(self) -> None:
        self._ids_of: OrderedDict[int, set[int]] = OrderedDict()
        self._count = 0

    def ids(self, connection: sqlite3.Connection, row: int) -> set[int]:
        """Return the ids of the spans stored of a trace. Raises `sqlite3.Error` if it cannot be
        read."""
        if row in self._ids_of:
            self._ids_of.move_to_end(row)
        else:
            ids = {span_id for blob in stored_blobs(connection, row) for span_id in span_ids(blob)}
            self._ids_of[row] = ids
            self._count += len(ids)
            self._forget_some()
        return self._ids_of[row]

    def add(self, row: int, ids: set[int]) -> None:
        """Take note of spans that have been stored."""
        if known := self._ids_of.get(row):
            before = len(known)
            known |= ids
            self._count += len(known) - before

    def _forget_some(self) -> None:
        while self._count > MAX_KEPT_IDS and len(self._ids_of) > 1:
            _, ids = self._ids_of.popitem(last=False)
            self._count -= len(ids)


def stored_blobs(connection: sqlite3.Connection, row: int) -> list[bytes]:
    """Return the chunks stored of a trace."""
    blobs = connection.execute("SELECT spans FROM chunk WHERE trace = ?", (row,)).fetchall()
    return [unpack(stored) for (stored,) in blobs]
