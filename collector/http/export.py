"""The routes that hand traces out as files."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from collector.analysis.tree import build_tree
from collector.files.formats import FORMATS, SPAN_FORMATS, TRACE_FORMATS, Format
from collector.http.answers import RefusedError, saying_what_is_missing
from collector.http.parameters import paging, query, time_range
from collector.http.trace_lookup import find_trace, parse_span_address
from collector.model import Chunk
from collector.search.order import read_cursor
from collector.search.search import search
from collector.store.large_reads import large_reads
from collector.store.trace_store import FoundTrace, TraceStore

MAX_TRACES = 10_000
"""Traces of one file."""
DEFAULT_TRACES = 1_000
_FOUND_TRACES = 64
"""Traces that are looked up at once."""
PIECE_BYTES = 64 * 1024
"""How much of a file is sent at a time."""


def exports(store: TraceStore) -> Blueprint:
    """Return the routes, for this store."""
    blueprint = Blueprint("exports", __name__, url_prefix="/api")

    @blueprint.get("/trace/<trace_id>/export")
    def of_trace(trace_id: str) -> Response:
        form = _format(SPAN_FORMATS if _one_span() else TRACE_FORMATS)
        stored = find_trace(store, trace_id)
        spans = stored.summary().spans
        with large_reads.turn(spans):
            part = _part(stored)
        response = _file(form, form.write([part]), f"trace-{stored.trace_id}")
        if "span" not in request.args and spans > len(part.spans):
            response.headers["Left-Out-Spans"] = str(spans - len(part.spans))
        return response

    @blueprint.get("/export")
    def of_search() -> Response:
        form = _format(FORMATS)
        trace_ids, matched = _matches(store)
        response = _file(form, form.write(_stored(store, trace_ids)), "traces")
        response.headers["Exported-Traces"] = str(len(trace_ids))
        response.headers["Matched-Traces"] = str(max(matched, len(trace_ids)))
        return saying_what_is_missing(response, store)

    return blueprint


def _format(formats: dict[str, Format]) -> Format:
    """Return the format asked for. Raises `RefusedError` if there is none of that name."""
    name = request.args.get("format", "otlp")
    if name not in formats:
        raise RefusedError(400, f"format must be one of {', '.join(formats)}")
    return formats[name]


def _one_span() -> bool:
    """Tell whether one span is asked for, without what is below it."""
    return "span" in request.args and request.args.get("only") == "1"


def _part(stored: FoundTrace) -> Chunk:
    """Return the spans asked for: all of them, `span` with all below it, or with `only=1` just it.

    Raises `RefusedError` if there is no such span.
    """
    wanted = request.args.get("span")
    if wanted is None:
        return Chunk(stored.trace_id, stored.spans())
    span_id, number = parse_span_address(wanted)
    only = _one_span()
    tree = build_tree(stored.relatives(span_id) if only else stored.spans())
    rows = (row for row, span in enumerate(tree.spans) if span.span_id == span_id)
    row = next((row for row in rows if tree.numbers.get(row, 1) == number), None)
    if row is None:
        raise RefusedError(404, f"trace {stored.trace_id} has no span {wanted}")
    part = range(row, row + (1 if only else tree.size[row]))
    return Chunk(stored.trace_id, [tree.as_sent.get(one, tree.spans[one]) for one in part])


def _matches(store: TraceStore) -> tuple[list[str], int]:
    """Return the traces that match the search, at most `limit`, the one that began first coming
    first; and how many match in all."""
    order, limit, cursor = paging(DEFAULT_TRACES, MAX_TRACES)
    node, times = query(), time_range()
    found: list[tuple[int, str]] = []
    while True:
        page = search(store, node, times, order, limit - len(found), cursor)
        found += [(summary.start, summary.trace_id) for summary in page.traces]
        cursor = read_cursor(page.next, order) if page.next else None
        if cursor is None or len(found) == limit:
            return [trace_id for _, trace_id in sorted(found)], page.matched


def _stored(store: TraceStore, trace_ids: list[str]) -> Iterator[Chunk]:
    """Yield the traces one by one; those dropped meanwhile are left out."""
    for begin in range(0, len(trace_ids), _FOUND_TRACES):
        some = trace_ids[begin : begin + _FOUND_TRACES]
        for trace_id, stored in store.find_all(some).items():
            yield Chunk(trace_id, stored.spans())


def _file(form: Format, written: Iterator[bytes], name: str) -> Response:
    response = Response(_pieces(written), mimetype=form.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form.ending}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _pieces(written: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in larger pieces, each of which costs the server a call."""
    piece: list[bytes] = []
    size = 0
    for part in written:
        piece.append(part)
        size += len(part)
        if size >= PIECE_BYTES:
            yield b"".join(piece)
            piece, size = [], 0
    yield b"".join(piece)
