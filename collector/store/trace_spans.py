"""The spans of one trace as they are read for an answer: all of them, or those chosen of very
many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import msgspec

from collector.model import Span
from collector.store.database import connect
from collector.store.packed_spans import unpack
from collector.store.prepared import decode_spans
from collector.store.span_outline import SpanOutline
from collector.store.span_selection import Selection, select_spans

MAX_TRACE_SPANS = 200_000
"""Spans of one trace that one answer works on."""

_split = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_decode_span = msgspec.msgpack.Decoder(Span).decode


class SelectedSpans(NamedTuple):
    """The spans of a trace that an answer is made of, in the order received."""

    spans: list[Span]
    selection: Selection | None
    """How they were chosen; None if they are all there are."""


def read_spans(connection: sqlite3.Connection, row: int) -> SelectedSpans:
    """Read the spans of trace number `row` within a partition.

    Of a trace with more than `MAX_TRACE_SPANS` never more than those become objects.
    """
    if spans := _read_all(connection, row):
        return SelectedSpans(spans, None)
    selection = select_spans(read_outline(connection, row), MAX_TRACE_SPANS)
    return SelectedSpans(list(_chosen(read_chunks(connection, row), selection.chosen)), selection)


def read_spans_in(path: Path, row: int) -> list[Span]:
    """Read the same from a partition's file, wherever that is open already. Raises
    `sqlite3.Error`."""
    with closing(connect(path)) as connection:
        return read_spans(connection, row).spans


def read_first_spans(connection: sqlite3.Connection, row: int) -> list[Span]:
    """Read the first `MAX_TRACE_SPANS` spans received of trace number `row`, by whole chunks."""
    if spans := _read_all(connection, row):
        return spans
    for blob in read_chunks(connection, row):
        spans += decode_spans(blob)
        if len(spans) >= MAX_TRACE_SPANS:
            break
    return spans


def _read_all(connection: sqlite3.Connection, row: int) -> list[Span]:
    """Read all spans of a trace at once; return none if there are more than `MAX_TRACE_SPANS`."""
    query = (
        "SELECT spans FROM chunk WHERE trace = ?1"
        " AND (SELECT spans FROM trace WHERE id = ?1) <= ?2 ORDER BY id"
    )
    blobs = connection.execute(query, (row, MAX_TRACE_SPANS)).fetchall()
    if len(blobs) == 1:
        return decode_spans(unpack(blobs[0][0]))
    return [span for (stored,) in blobs for span in decode_spans(unpack(stored))]


def read_outline(connection: sqlite3.Connection, row: int) -> SpanOutline:
    """Read of each span of trace number `row` only what the outline has."""
    return SpanOutline(read_chunks(connection, row))


def read_relatives(connection: sqlite3.Connection, row: int, span_id: int) -> list[Span]:
    """Read the spans of trace number `row` that have this id or parent id: every one with the id,
    and up to `MAX_TRACE_SPANS` of its children."""
    encoded = msgspec.msgpack.encode(span_id)
    relatives: list[Span] = []
    for blob in read_chunks(connection, row):
        if encoded not in blob:
            continue
        for raw in _split(blob):
            if encoded in bytes(raw):
                span = _decode_span(raw)
                is_child = span.parent_id == span_id and len(relatives) < MAX_TRACE_SPANS
                if is_child or span.span_id == span_id:
                    relatives.append(span)
    return relatives


def read_chunks(connection: sqlite3.Connection, row: int) -> Iterator[bytes]:
    """Yield the chunks of trace number `row` as they are stored, one by one, so that memory never
    holds all of them."""
    ids = connection.execute("SELECT id FROM chunk WHERE trace = ? ORDER BY id", (row,)).fetchall()
    for chunk_id in ids:
        (stored,) = connection.execute("SELECT spans FROM chunk WHERE id = ?", chunk_id).fetchone()
        yield unpack(stored)


def _chosen(blobs: Iterator[bytes], chosen: bytearray) -> Iterator[Span]:
    """Yield the chosen spans; the others are not decoded, and those that came since are not
    looked at."""
    begin = 0
    once: dict[str, str] = {}
    for blob in blobs:
        raw_spans = _split(blob)
        flags = chosen[begin : begin + len(raw_spans)]
        begin += len(raw_spans)
        for raw in compress(raw_spans, flags):
            yield _with_shared_texts(_decode_span(raw), once)


def _with_shared_texts(span: Span, once: dict[str, str]) -> Span:
    """Return the span with texts that are one object each, however many spans have them."""
    span.service = once.setdefault(span.service, span.service)
    span.name = once.setdefault(span.name, span.name)
    span.resource = once.setdefault(span.resource, span.resource)
    span.type = once.setdefault(span.type, span.type)
    return span
