"""A body that is a list of spans in JSON, each of which is read by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Raw

from collector import limits
from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.model import Span
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload, SpanError
from collector.receivers.sorted_traces import SortedTraces

MAX_VALUES = 8 * limits.ITEMS
"""Values in a body: JSON does not say in advance how long a list is, and each costs memory."""
MAX_SPAN_BYTES = 1024 * 1024
"""Size of one span in a body. A larger one is rejected."""

Decoded = TypeVar("Decoded")
Item = TypeVar("Item")
TraceSpans = list[tuple[int, Span]]
"""Spans, each with the number of its trace."""
_decode_list = msgspec.json.Decoder(Annotated[list[Raw], Meta(max_length=limits.ITEMS)]).decode


def read_spans(
    body: bytes,
    decode_usual: Callable[[bytes], Sequence[Decoded]],
    decode: Callable[[Raw], Decoded],
    to_spans: Callable[[Decoded], TraceSpans],
) -> Payload:
    """Read a list of spans: each is decoded, and then is one or several of ours.

    `decode_usual` decodes all at once, and raises one of `DECODE_ERRORS` if anything is not as
    usual; then each is decoded by itself.

    Raises `BodyError` if the body cannot be read at all.
    """
    if len(body) <= MAX_SPAN_BYTES:  # so all of them cost no more memory than one may
        try:
            return _sorted(decode_usual(body), to_spans)
        except DECODE_ERRORS:
            pass

    def read(raw: Raw) -> TraceSpans:
        check_size(raw)
        return to_spans(decode(raw))

    return _sorted(raw_items(body), read)


def _sorted(items: Sequence[Item], to_spans: Callable[[Item], TraceSpans]) -> Payload:
    """Return the spans of all items, and which could not be read."""
    traces = SortedTraces()
    traces.payload.announce(len(items))
    for place, item in enumerate(items):
        try:
            spans = to_spans(item)
        except (SpanError, *DECODE_ERRORS) as problem:
            traces.reject(f"span {place}", problem)
        else:
            for trace_id, span in spans:
                traces.keep(trace_id, span)
    return traces.finished()


def raw_items(body: bytes) -> list[Raw]:
    """Return the items of a list. Raises `BodyError` if the body is none, or has too many
    values."""
    check_values(body)
    try:
        return _decode_list(body)
    except DECODE_ERRORS as error:
        raise BodyError(400, "malformed", f"the body cannot be read: {reason_of(error)}") from None


def check_values(body: bytes) -> None:
    """Raise `BodyError` if a body in JSON has more values than anybody sends."""
    if len(body) <= MAX_VALUES:
        return  # each is at least a byte
    values = sum(body.count(mark) for mark in (b"[", b"{", b","))
    if values > MAX_VALUES:
        raise BodyError(413, "too_large", f"the body has about {values:,} values; send less")


def check_size(raw: Raw) -> None:
    """Raise `SpanError` if a span is larger than anybody's."""
    size = len(memoryview(raw))
    if size > MAX_SPAN_BYTES:
        message = f"it has {size:,} bytes, and may have {MAX_SPAN_BYTES:,}"
        raise SpanError("too_large", message)
