"""OpenTelemetry's JSON, resource by resource, as `collector.receivers.otlp_json` reads it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from collector.decode_errors import DECODE_ERRORS
from collector.files.item_splitter import PIECE_BYTES, items_within
from collector.receivers.otlp_json import read_json
from collector.receivers.payload import Payload

_NONE = Raw(b"{}")


class _ResourceSpans(msgspec.Struct):
    resource: Raw = _NONE


class _ScopeSpans(msgspec.Struct):
    scope: Raw = _NONE


_resource_spans = msgspec.json.Decoder(_ResourceSpans)
_scope_spans = msgspec.json.Decoder(_ScopeSpans)


def read_resource_spans(items: list[Raw]) -> Iterator[Payload]:
    """Read the spans of resources, a part at a time. Raises `BodyError` if they can't be read."""
    small: list[Raw] = []
    for item in items:
        if len(memoryview(item)) > 2 * PIECE_BYTES:
            yield from map(read_json, _parts(item))
        else:
            small.append(item)
    if small:
        yield read_json(_request(b",".join(small)))


def _parts(item: Raw) -> Iterator[bytes]:
    """Yield the spans of one resource as several requests: only so many are decoded at a time."""
    try:
        resource = bytes(_resource_spans.decode(item).resource)
        for scopes in items_within(item, "scopeSpans"):
            for scope_spans in scopes:
                scope = bytes(_scope_spans.decode(scope_spans).scope)
                for spans in items_within(scope_spans, "spans"):
                    group = b'{"scope":' + scope + b',"spans":[' + b",".join(spans) + b"]}"
                    head = b'{"resource":' + resource + b',"scopeSpans":['
                    yield _request(head + group + b"]}")
    except DECODE_ERRORS:
        yield _request(bytes(item))  # which says what is wrong with it


def _request(resource_spans: bytes) -> bytes:
    return b'{"resourceSpans":[' + resource_spans + b"]}"
