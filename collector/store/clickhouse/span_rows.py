"""Spans read from rows of the table `span`; `collector.store.clickhouse.span_block` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from collector.model import Event, Link, Span, TagValue

READ_COLUMNS = (
    "span_id, parent_id, service, name, resource, type, start, duration, error, arrived,"
    " tag.key, tag.value, tag.kind, events, links"
)
"""What is read to make spans again."""
TEXT, WHOLE, NUMBER = 0, 1, 2
"""What a tag's value was when it was received."""

_decode_events = msgspec.json.Decoder(tuple[Event, ...]).decode
_decode_links = msgspec.json.Decoder(tuple[Link, ...]).decode


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
    if kind == TEXT:
        return text
    return int(text) if kind == WHOLE else float(text)
