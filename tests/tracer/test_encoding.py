"""The wire format: what a collector decodes is what the spans were."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import Context, InMemoryWriter, Tracer
from tracer.encoding import encode_chunk, join_chunks
from tracer.text import MAX_TEXT_CHARS

ANY_TEXT = st.text(st.characters())  # lone surrogates, too
VALUES = (
    ANY_TEXT
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.binary()
    | st.lists(st.integers())
)


def sent(*traces: list[Any]) -> list[list[dict[str, Any]]]:
    """Encode chunks of spans; return what a collector decodes."""
    return msgspec.msgpack.decode(join_chunks([encode_chunk(spans) for spans in traces]))


def test_a_span_as_the_agent_expects_it(tracer: Tracer, writer: InMemoryWriter) -> None:
    with (
        tracer.activate(Context(0xABC << 64 | 0xDEF, 7, priority=2)),
        tracer.trace("a", service="db", resource="select", type="sql") as span,
    ):
        span.set_tags({"rows": 3, "share": 0.5, "cache.hit": "no"})
        span.error = 1
    assert sent(writer.spans) == [
        [
            {
                "trace_id": 0xDEF,
                "span_id": span.span_id,
                "parent_id": 7,
                "service": "db",
                "name": "a",
                "resource": "select",
                "type": "sql",
                "start": span.start,
                "duration": span.duration,
                "error": 1,
                "meta": {"cache.hit": "no", "_dd.p.tid": "0000000000000abc"},
                "metrics": {"rows": 3, "share": 0.5, "_sampling_priority_v1": 2},
            }
        ]
    ]


def test_what_applies_to_a_chunk_is_on_its_first_span(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    with tracer.trace("root"), tracer.trace("child"):
        pass
    ((root, child),) = sent(writer.spans)
    assert root["name"] == "root"
    assert int(root["meta"]["_dd.p.tid"], 16) << 64 | root["trace_id"] == writer.spans[0].trace_id
    assert root["metrics"] == {"_sampling_priority_v1": 1, "_dd.rule_psr": 1}
    assert not {"meta", "metrics", "error", "type"} & child.keys()


def test_events_and_links(tracer: Tracer, writer: InMemoryWriter) -> None:
    with tracer.trace("a") as span:
        span.add_event("retry", {"attempt": 2, "why": "slow", "big": 2**70, "none": math.inf})
        span.add_link(Context(5 << 64 | 6, 7))
    ((wire,),) = sent(writer.spans)
    assert span.events is not None
    assert json.loads(wire["meta"]["events"]) == [
        {
            "name": "retry",
            "time_unix_nano": span.events[0].time,
            "attributes": {"attempt": 2, "why": "slow", "big": str(2**70), "none": "inf"},
        }
    ]
    assert wire["span_links"] == [{"trace_id": 6, "trace_id_high": 5, "span_id": 7}]


def test_attributes_of_links_are_texts(tracer: Tracer, writer: InMemoryWriter) -> None:
    with tracer.trace("a") as span:
        span.add_link(Context(1, 2), {"relation": "retry", "attempt": 2, "odd": "a\ud800b"})
    ((wire,),) = sent(writer.spans)
    (link,) = wire["span_links"]
    assert link["attributes"] == {"relation": "retry", "attempt": "2", "odd": "a?b"}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, str(2**63)),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (True, "true"),
        ("a\ud800b", "a?b"),
        ("x" * (MAX_TEXT_CHARS + 1), "x" * (MAX_TEXT_CHARS - 1) + "…"),
    ],
)
def test_awkward_values(
    value: object, read: object, tracer: Tracer, writer: InMemoryWriter
) -> None:
    with tracer.trace("a") as span:
        span.set_tag("key", value)
    ((wire,),) = sent(writer.spans)
    assert (wire["meta"] | wire["metrics"])["key"] == read


def test_a_number_too_long_to_be_printed(tracer: Tracer, writer: InMemoryWriter) -> None:
    with tracer.trace("a") as span:
        span.set_tag("key", 10**5000)
    ((wire,),) = sent(writer.spans)
    assert wire["meta"]["key"] == "<unprintable int>"


@given(
    st.lists(
        st.tuples(ANY_TEXT, ANY_TEXT, st.dictionaries(ANY_TEXT | st.integers(), VALUES)),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_spans_are_given_can_be_sent(
    inputs: list[tuple[str, str, dict[Any, Any]]],
) -> None:
    writer = InMemoryWriter()
    tracer = Tracer(writer)
    with tracer.trace("root"):
        for name, resource, tags in inputs:
            with tracer.trace(name, resource=resource, tags=tags) as span:
                span.add_event(name, tags)
    (spans,) = sent(writer.spans)
    assert len(spans) == len(inputs) + 1
    for wire, span in zip(spans, writer.spans, strict=True):
        assert wire["span_id"] == span.span_id
        assert wire["trace_id"] == span.trace_id % 2**64
        assert wire.get("parent_id", 0) == span.parent_id
        assert all(isinstance(value, str) for value in wire.get("meta", {}).values())
        assert all(
            isinstance(value, (int, float)) and math.isfinite(value)
            for value in wire.get("metrics", {}).values()
        )
        # Texts without surrogates and numbers that fit come through unchanged.
        for key, value in span.tags.items():
            if is_plain(key) and is_plain(value):
                assert (wire.get("meta", {}) | wire.get("metrics", {}))[key] == value


def is_plain(value: object) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, float) and math.isfinite(value)


def test_fields_of_a_span_may_be_set_to_anything(tracer: Tracer, writer: InMemoryWriter) -> None:
    with tracer.trace("a") as span:
        span.name = span.service = span.resource = span.type = object()  # type: ignore[assignment]
        span.error = True
        span.tags["key"] = object()  # type: ignore[assignment]
        span.tags["flag"] = True
    ((wire,),) = sent(writer.spans)
    assert wire["error"] == 1
    assert wire["name"].startswith("<object")
    assert wire["meta"]["flag"] == "True"
