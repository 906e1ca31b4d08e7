"""X-Ray's segment documents: JSON, one for each span.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from collector.model import Chunk, Event, Link, Span
from collector.receivers.exported import NAME, attributes_of
from collector.receivers.xray_tags import OUR_NAMESPACE

NAME_CHARS = 200
_NOT_IN_NAMES = re.compile(r"[^\w\s.:/%&#=+\-@]")
"""What X-Ray refuses in a segment's name."""
_SECOND_NS = 1_000_000_000


def documents(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield a document for each span."""
    for trace in traces:
        for span in trace.spans:
            yield msgspec.json.encode(_segment(trace.trace_id, span))


def _segment(trace_id: str, span: Span) -> dict[str, object]:
    """Return a span as a segment, whose name is that of its service.

    What X-Ray has no field for is in the metadata: unlike annotations, they may have any key.
    """
    segment: dict[str, object] = {
        "trace_id": _trace_id(trace_id),
        "id": f"{span.span_id:016x}",
        "name": _NOT_IN_NAMES.sub("_", span.service)[:NAME_CHARS],
        "start_time": span.start / _SECOND_NS,
        "end_time": span.end / _SECOND_NS,
    }
    if span.parent_id:
        segment["parent_id"] = f"{span.parent_id:016x}"
    if span.error:
        segment["fault"] = True
    if thrown := [_exception(event) for event in span.events if event.name == "exception"]:
        segment["cause"] = {"working_directory": "", "exceptions": thrown}
    if span.links:
        segment["links"] = list(map(_link, span.links))
    segment["metadata"] = {OUR_NAMESPACE: {**attributes_of(span), NAME: span.name}}
    return segment


def _trace_id(trace_id: str) -> str:
    """Return an id as X-Ray writes it; its first part is meant to be a time, and need not be."""
    return f"1-{trace_id[:8]}-{trace_id[8:]}"


def _exception(event: Event) -> dict[str, object]:
    get = event.attributes.get
    return {
        "id": f"{event.time % 2**64:016x}",
        "type": str(get("exception.type", "")),
        "message": str(get("exception.message", "")),
    }


def _link(link: Link) -> dict[str, object]:
    attributes = {key: str(value) for key, value in link.attributes.items()}
    return {
        "trace_id": _trace_id(link.trace_id),
        "id": f"{link.span_id:016x}",
        "attributes": attributes,
    }
