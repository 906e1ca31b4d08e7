"""What is exported and imported again is the same, as far as the format can say it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from collector.files.file_import import FileImport
from collector.files.formats import FORMATS
from collector.model import Chunk, Event, Link, Span, TagValue
from tests.collector.random_spans import CHUNKS

KINDS = st.sampled_from(["client", "server", "producer", "consumer", "internal"])
FIELDS = {
    "service.name",
    "operation.name",
    "resource.name",
    "span.type",
    "span.error",
    "span.kind",
}
"""Tags that are fields in some format."""


def normal(span: Span, kind: str | None) -> Span:
    """Return the span without what other formats have no room for, perhaps with a kind: a start of
    0, which means none, a length beyond the limit once it is rounded, and names of our own."""
    tags = {key: value for key, value in span.tags.items() if key not in FIELDS}
    if kind:
        tags["span.kind"] = kind
    latest = 2**62 - 2_000
    events = tuple(Event(min(time, latest), *rest) for time, *rest in map(astuple, span.events))
    start, duration = max(span.start, 1_000), min(span.duration, latest)
    return msgspec.structs.replace(span, tags=tags, start=start, duration=duration, events=events)


TRACES = st.lists(
    st.builds(
        lambda chunk, kinds: Chunk(
            chunk.trace_id, [normal(*pair) for pair in zip(chunk.spans, kinds, strict=False)]
        ),
        CHUNKS,
        st.lists(st.none() | KINDS, min_size=4, max_size=4),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda chunk: chunk.trace_id,
)


def there_and_back(name: str, traces: list[Chunk], piece: int = 1_000) -> dict[str, list[Span]]:
    """Return the spans of each trace after an export and an import."""
    file = b"".join(FORMATS[name].write(traces))
    back: dict[str, list[Span]] = {}

    def add(chunks: list[Chunk]) -> None:
        for trace_id, spans in chunks:
            # When a span with an impossible time came is noted anew each time it comes.
            members = [msgspec.structs.replace(span, arrived=0) for span in spans]
            back.setdefault(trace_id, []).extend(members)

    reading = FileImport(add, lambda trace_id: set())
    for begin in range(0, len(file), piece):
        reading.feed(file[begin : begin + piece])
    reading.finish()
    assert not reading.reasons
    return by_id(back)


def by_id(traces: dict[str, list[Span]]) -> dict[str, list[Span]]:
    return {key: sorted(spans, key=lambda span: span.span_id) for key, spans in traces.items()}


def expected(
    traces: list[Chunk], change: Callable[[Span], Span] = lambda span: span
) -> dict[str, list[Span]]:
    return by_id({trace_id: [change(span) for span in spans] for trace_id, spans in traces})


@pytest.mark.parametrize("name", ["json", "chrome", "otlp", "otlp-lines"])
@given(traces=TRACES)
def test_nothing_is_lost(name: str, traces: list[Chunk]) -> None:
    assert there_and_back(name, traces) == expected(traces)


def in_microseconds(span: Span) -> Span:
    start = span.start // 1000 * 1000
    events = tuple(
        Event(event.time // 1000 * 1000, event.name, event.attributes) for event in span.events
    )
    return msgspec.structs.replace(
        span, start=start, duration=span.end // 1000 * 1000 - start, events=events
    )


@given(traces=TRACES)
def test_jaegers_has_microseconds_and_links_without_attributes(traces: list[Chunk]) -> None:
    def as_jaeger_says_it(span: Span) -> Span:
        links = tuple(Link(link.trace_id, link.span_id) for link in span.links)
        return msgspec.structs.replace(in_microseconds(span), links=links)

    assert there_and_back("jaeger", traces) == expected(traces, as_jaeger_says_it)


@given(traces=TRACES)
def test_zipkins_has_microseconds_texts_and_no_links(traces: list[Chunk]) -> None:
    def as_zipkin_says_it(span: Span) -> Span:
        tags: dict[str, TagValue] = {key: str(value) for key, value in span.tags.items()}
        return msgspec.structs.replace(in_microseconds(span), tags=tags, links=())

    assert there_and_back("zipkin", traces) == expected(traces, as_zipkin_says_it)
