"""Random spans, and the formats in which clients send them."""

from __future__ import annotations

from typing import cast

import msgspec
from hypothesis import strategies as st

from collector.model import Chunk, Event, Link, Span

NANOSECONDS = st.integers(0, 2**62 - 1)
IDS = st.integers(1, 2**64 - 1)
TEXTS = st.text(max_size=30)
NAMES = st.text(min_size=1, max_size=30)
NUMBERS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-300, 300)
)
RESERVED = {"_dd.p.tid", "_sampling_priority_v1", "_dd.span_links", "events"}
FIELDS_ELSEWHERE = st.just("w3c.tracestate")
"""Tags that are fields in some other format."""
KEYS = FIELDS_ELSEWHERE | st.text(max_size=20).filter(lambda key: key not in RESERVED)
TAGS = st.dictionaries(KEYS, TEXTS | NUMBERS, max_size=6)
ATTRIBUTES = st.dictionaries(st.text(max_size=10), TEXTS | NUMBERS, max_size=3)
EVENTS = st.builds(Event, NANOSECONDS, TEXTS, ATTRIBUTES)
LINKS = st.builds(
    Link, st.integers(1, 2**128 - 1).map(lambda number: f"{number:032x}"), IDS, ATTRIBUTES
)
SPANS = st.builds(
    Span,
    IDS,
    st.just(0) | IDS,
    NAMES,
    NAMES,
    NAMES,
    TEXTS,
    NANOSECONDS,
    NANOSECONDS,
    st.integers(0, 1),
    TAGS,
    st.lists(EVENTS, max_size=2).map(tuple),
    st.lists(LINKS, max_size=2).map(tuple),
)
CHUNKS = st.builds(
    Chunk,
    st.integers(1, 2**128 - 1).filter(lambda number: number % 2**64 > 0).map(lambda n: f"{n:032x}"),
    st.lists(SPANS, min_size=1, max_size=4, unique_by=lambda span: span.span_id),
)


def span_maps(chunk: Chunk) -> list[dict[str, object]]:
    """Return the chunk as v0.3 and v0.4 encode it."""
    maps = [_span_map(int(chunk.trace_id[16:], 16), span) for span in chunk.spans]
    if chunk.trace_id[:16] != "0" * 16:
        meta = cast("dict[str, str]", maps[0]["meta"])
        maps[0]["meta"] = {**meta, "_dd.p.tid": chunk.trace_id[:16]}
    return maps


def _span_map(trace_id: int, span: Span) -> dict[str, object]:
    return {
        "trace_id": trace_id,
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "start": span.start,
        "duration": span.duration,
        "error": span.error,
        "meta": {key: value for key, value in span.tags.items() if isinstance(value, str)},
        "metrics": {key: value for key, value in span.tags.items() if not isinstance(value, str)},
        "span_events": [
            {"name": event.name, "time_unix_nano": event.time, "attributes": event.attributes}
            for event in span.events
        ],
        "span_links": [
            {
                "trace_id": int(link.trace_id[16:], 16),
                "trace_id_high": int(link.trace_id[:16], 16),
                "span_id": link.span_id,
                "attributes": link.attributes,
            }
            for link in span.links
        ],
    }


def v04(chunks: list[Chunk]) -> bytes:
    """Return the chunks as a v0.4 body in msgpack."""
    return msgspec.msgpack.encode([span_maps(chunk) for chunk in chunks])


def v04_json(chunks: list[Chunk]) -> bytes:
    """Return the chunks as a v0.4 body in JSON."""
    return msgspec.json.encode([span_maps(chunk) for chunk in chunks])


def v05(chunks: list[Chunk]) -> bytes:
    """Return the chunks as a v0.5 body."""
    strings: dict[str, int] = {"": 0}

    def index(text: str) -> int:
        return strings.setdefault(text, len(strings))

    traces = []
    for chunk in chunks:
        rows = []
        for number, span in enumerate(chunk.spans):
            meta = {key: value for key, value in span.tags.items() if isinstance(value, str)}
            metrics = {key: val for key, val in span.tags.items() if not isinstance(val, str)}
            if not number and chunk.trace_id[:16] != "0" * 16:
                meta["_dd.p.tid"] = chunk.trace_id[:16]
            if span.events:
                meta["events"] = _json(
                    {"name": e.name, "time_unix_nano": e.time, "attributes": e.attributes}
                    for e in span.events
                )
            if span.links:
                meta["_dd.span_links"] = _json(
                    {
                        "trace_id": link.trace_id,
                        "span_id": f"{link.span_id:016x}",
                        "attributes": link.attributes,
                    }
                    for link in span.links
                )
            rows.append(
                [
                    index(span.service),
                    index(span.name),
                    index(span.resource),
                    int(chunk.trace_id[16:], 16),
                    span.span_id,
                    span.parent_id,
                    span.start,
                    span.duration,
                    span.error,
                    {index(key): index(value) for key, value in meta.items()},
                    {index(key): value for key, value in metrics.items()},
                    index(span.type),
                ]
            )
        traces.append(rows)
    return msgspec.msgpack.encode([list(strings), traces])


def _json(items: object) -> str:
    return msgspec.json.encode(list(items)).decode()  # type: ignore[call-overload]
