"""Every span comes out as it went in, whatever its format."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.model import Chunk, Span
from tests.collector.random_spans import CHUNKS, v04, v04_json, v05

FORMATS = {
    "v0.3": ("/v0.3/traces", v04, "application/msgpack"),
    "v0.4": ("/v0.4/traces", v04, "application/msgpack"),
    "v0.4 json": ("/v0.4/traces", v04_json, "application/json"),
    "v0.5": ("/v0.5/traces", v05, "application/msgpack"),
}
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=60)
@given(chunk=CHUNKS, encoding=st.sampled_from(sorted(ENCODINGS)))
def test_a_span_comes_out_as_it_went_in(
    client: FlaskClient, form: str, chunk: Chunk, encoding: str
) -> None:
    chunk = chunk._replace(trace_id=uuid4().hex)  # hypothesis repeats what random gives
    path, encode, kind = FORMATS[form]
    body = ENCODINGS[encoding](encode([chunk]))
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = client.put(path, data=body, content_type=kind, headers=headers)
    assert answer.json == {"rate_by_service": {"service:,env:": 1}}

    for span in chunk.spans:
        detail = client.get(f"/api/trace/{chunk.trace_id}/span/{span.span_id:016x}").json
        del detail["self"], detail["timed"]
        assert detail == as_detail(chunk.trace_id, span)


def as_detail(trace_id: str, span: Span) -> dict[str, object]:
    """Return the span as the API does, without its self time and whether its times are possible."""
    return {
        "id": f"{span.span_id:016x}",
        "number": 1,
        "same_id": 1,
        "parent_id": f"{span.parent_id:016x}" if span.parent_id else None,
        "trace_id": trace_id,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "start": str(span.start),
        "duration": span.duration,
        "error": span.error,
        "tags": span.tags,
        "events": [
            {"time": str(event.time), "name": event.name, "attributes": event.attributes}
            for event in span.events
        ],
        "links": [
            {
                "trace_id": link.trace_id,
                "span_id": f"{link.span_id:016x}",
                "attributes": link.attributes,
            }
            for link in span.links
        ],
    }
