"""Random requests in OTLP, made with OpenTelemetry's own messages."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10).map("k.{}".format)
"""Keys that no convention has."""
MOMENTS = st.integers(1, 2**61)
TRACE_IDS = st.integers(1, 2**128 - 1).map(lambda number: number.to_bytes(16, "big"))
SPAN_IDS = st.integers(1, 2**64 - 1).map(lambda number: number.to_bytes(8, "big"))
SCALARS = (
    st.none()
    | TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.binary(max_size=9)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=4)


def any_value(value: object) -> AnyValue:
    """Return a value as OTLP has it."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case str():
            return AnyValue(string_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value={"values": [any_value(item) for item in value]})
        case dict():
            return AnyValue(kvlist_value={"values": key_values(value)})
        case _:
            raise TypeError(value)


def key_values(attributes: dict[str, Any]) -> list[KeyValue]:
    """Return attributes as OTLP has them."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def as_tag(value: object) -> object:
    """Return what a span keeps of a value; lists and maps not as text, but as they are."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case bytes():
            return base64.b64encode(value).decode()
        case list() | dict():
            return _as_json(value)
        case _:
            return value


def _as_json(value: object) -> object:
    match value:
        case bytes():
            return as_tag(value)
        case list():
            return [_as_json(item) for item in value]
        case dict():
            return {key: _as_json(item) for key, item in value.items()}
        case _:
            return value


def read_tag(tag: object, sent: object) -> object:
    """Return what a span kept of a value, with lists and maps read again."""
    return json.loads(str(tag)) if isinstance(sent, (list, dict)) else tag


EVENTS = st.tuples(MOMENTS, TEXTS, ATTRIBUTES)
LINKS = st.tuples(TRACE_IDS, SPAN_IDS, ATTRIBUTES)
SPANS = st.fixed_dictionaries(
    {
        "trace_id": TRACE_IDS,
        "span_id": SPAN_IDS,
        "trace_state": TEXTS,
        "parent_span_id": st.just(b"") | SPAN_IDS,
        "name": TEXTS.filter(bool),
        "kind": st.integers(0, 5),
        "start_time_unix_nano": MOMENTS,
        "duration": MOMENTS,
        "attributes": ATTRIBUTES,
        "events": st.lists(EVENTS, max_size=2),
        "links": st.lists(LINKS, max_size=2),
        "status": st.tuples(st.integers(0, 2), TEXTS),
    }
)
GROUPS = st.lists(
    st.tuples(TEXTS, ATTRIBUTES, TEXTS, TEXTS, ATTRIBUTES, st.lists(SPANS, max_size=3)), max_size=3
)
"""Service, resource, a scope's name, version and attributes, and spans."""


def span_message(span: dict[str, Any]) -> Span:
    """Return a random span as OTLP has it."""
    code, message = span["status"]
    same = ("trace_id", "span_id", "parent_span_id", "name", "kind", "start_time_unix_nano")
    return Span(
        **{key: span[key] for key in same},
        trace_state=span["trace_state"],
        end_time_unix_nano=span["start_time_unix_nano"] + span["duration"],
        attributes=key_values(span["attributes"]),
        events=[
            Span.Event(time_unix_nano=time, name=name, attributes=key_values(attributes))
            for time, name, attributes in span["events"]
        ],
        links=[
            Span.Link(trace_id=trace_id, span_id=span_id, attributes=key_values(attributes))
            for trace_id, span_id, attributes in span["links"]
        ],
        status=Status(code=code, message=message),
    )


def request_message(groups: list[tuple[Any, ...]]) -> ExportTraceServiceRequest:
    """Return random groups as a request."""
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=key_values({"service.name": service, **resource})),
                scope_spans=[
                    ScopeSpans(
                        scope=InstrumentationScope(
                            name=name, version=version, attributes=key_values(scope)
                        ),
                        spans=[span_message(span) for span in spans],
                    )
                ],
            )
            for service, resource, name, version, scope, spans in groups
        ]
    )


def request_json(
    groups: list[tuple[Any, ...]], *, ids: str = "hex", numbers: str = "text", enums: str = "number"
) -> bytes:
    """Return random groups as JSON: ids in `hex`, `HEX` or `base64`, 64-bit numbers as `text` or
    `number`, enums by `number` or `name`."""
    request = MessageToDict(request_message(groups), use_integers_for_enums=enums == "number")

    def rewritten(value: Any) -> Any:
        if isinstance(value, list):
            return [rewritten(item) for item in value]
        if isinstance(value, dict):
            return {
                key: _rewrite(key, rewritten(item), ids, numbers) for key, item in value.items()
            }
        return value

    return json.dumps(rewritten(request)).encode()


def _rewrite(key: str, value: Any, ids: str, numbers: str) -> Any:
    if key in ("traceId", "spanId", "parentSpanId") and ids != "base64":
        digits = base64.b64decode(value).hex()
        return digits if ids == "hex" else digits.upper()
    if key in ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "intValue"):
        return int(value) if numbers == "number" else value
    return value
