"""Spans as rows of the table `span`, and back."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from collector.model import Event, Link, Span, TagValue, number_text
from collector.name_template import template_of
from collector.span_identity import identity
from collector.store.clickhouse.bound_values import length_bytes, text_bytes
from collector.tag_number import number_in

COLUMNS = (
    "lower, upper, identity, received, day, span_id, parent_id, service, name, resource, type,"
    " start, duration, error, arrived, name_template, resource_template, folded, folded_template,"
    " tag.key, tag.value, tag.number, tag.kind, events, links"
)
"""What is written, in this order."""
READ_COLUMNS = (
    "span_id, parent_id, service, name, resource, type, start, duration, error, arrived,"
    " tag.key, tag.value, tag.kind, events, links"
)
"""What is read to make spans again."""
_TEXT, _WHOLE, _NUMBER = 0, 1, 2
_DAY_NS = 86_400 * 10**9
_NO_NUMBER = math.nan

_head = struct.Struct("<QQQQHQQ").pack
_times = struct.Struct("<qqBq").pack
_encode_json = msgspec.json.Encoder().encode
_encode_identity = msgspec.msgpack.Encoder().encode
_decode_events = msgspec.json.Decoder(tuple[Event, ...]).decode
_decode_links = msgspec.json.Decoder(tuple[Link, ...]).decode


def identity_number(span: Span) -> int:
    """Return a number from 0 to 2^64 - 1 that is the same for records of one piece of work."""
    encoded = _encode_identity(identity(span))
    return int.from_bytes(blake2b(encoded, digest_size=8).digest(), "little")


def rows_of(
    trace_id: str, spans: Sequence[Span], identities: Sequence[int], received: int
) -> bytes:
    """Return spans of a trace as rows in `RowBinary`; the first was received at that moment, ns
    since 1970, and each other a nanosecond later."""
    lower, upper = int(trace_id[16:], 16), int(trace_id[:16], 16)
    day = received // _DAY_NS
    parts: list[bytes] = []
    for moment, (span, number) in enumerate(zip(spans, identities, strict=True), received):
        parts += (
            _head(lower, upper, number, moment, day, span.span_id, span.parent_id),
            *map(text_bytes, (span.service, span.name, span.resource, span.type)),
            _times(span.start, span.duration, span.error, span.arrived),
            *map(text_bytes, _made_of(span.service, span.name, span.resource)),
            _tags(span.tags),
            text_bytes(_encode_json(span.events).decode() if span.events else ""),
            text_bytes(_encode_json(span.links).decode() if span.links else ""),
        )
    return b"".join(parts)


def _made_of(service: str, name: str, resource: str) -> tuple[str, str, str, str]:
    """Return the columns that are made of names for searches."""
    name_template, resource_template = template_of(name), template_of(resource)
    folded = f"{service}\0{name}\0{resource}".casefold()
    template = f"{template_of(service)}\0{name_template}\0{resource_template}".casefold()
    return name_template, resource_template, folded, "" if template == folded else template


def _tags(tags: dict[str, TagValue]) -> bytes:
    """Return the four arrays that tags are kept in."""
    length = length_bytes(len(tags))
    texts = [number_text(value) for value in tags.values()]
    numbers = [number_in(text) for text in texts]
    return b"".join(
        (
            length,
            *map(text_bytes, tags),
            length,
            *map(text_bytes, texts),
            length,
            struct.pack(f"<{len(tags)}d", *[_NO_NUMBER if n is None else n for n in numbers]),
            length,
            bytes(map(_kind, tags.values())),
        )
    )


def _kind(value: TagValue) -> int:
    return _TEXT if isinstance(value, str) else _WHOLE if isinstance(value, int) else _NUMBER


def spans_in(rows: Iterable[Sequence[Any]]) -> Iterator[Span]:
    """Yield the spans in rows of `READ_COLUMNS`."""
    for row in rows:
        fields, (arrived, keys, values, kinds, events, links) = row[:9], row[9:]
        span = Span(*fields)
        span.arrived = arrived
        if keys:
            span.tags = tags_in(keys, values, kinds)
        if events:
            span.events = _decode_events(events)
        if links:
            span.links = _decode_links(links)
        yield span


def tags_in(keys: Sequence[str], texts: Sequence[str], kinds: Sequence[int]) -> dict[str, TagValue]:
    """Return the tags in three of the arrays that they are kept in."""
    return dict(zip(keys, map(tag_value, texts, kinds), strict=True))


def tag_value(text: str, kind: int) -> TagValue:
    """Return a tag's value as it was received."""
    if kind == _TEXT:
        return text
    return int(text) if kind == _WHOLE else float(text)
