"""What Zipkin's formats have in common: from its span to ours.

All of them can be said in the terms of the second version, so that is what they become first. Its
times are in microseconds.
"""

from __future__ import annotations

import msgspec

from collector import limits
from collector.decode_errors import DECODE_ERRORS
from collector.model import Event, Span, TagValue
from collector.receivers.conventions import span_of
from collector.receivers.tag_values import attributes, tag_value

SHARED = "zipkin.shared"
"""Tag of a server's span that has the id of the client's."""
DEBUG = "zipkin.debug"
"""Tag of a span that the client was told to keep whatever its sampling says."""
_US = 1_000
"""Nanoseconds."""


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """One end of a call."""

    service: str = ""
    address: str = ""
    """An IP address."""
    port: int = 0


NOWHERE = Endpoint()
"""An end of which nothing is known."""


class ZipkinSpan(msgspec.Struct, gc=False):
    """A span in the terms of Zipkin's second version."""

    trace_id: int
    span_id: int
    parent_id: int = 0
    name: str = ""
    kind: str = ""
    """`CLIENT`, `SERVER`, `PRODUCER` or `CONSUMER`, in any case; "" for none of them."""
    timestamp: int = 0
    """Microseconds since 1970; 0 if not known."""
    duration: int = 0
    """Microseconds; 0 if not known."""
    local: Endpoint = NOWHERE
    remote: Endpoint = NOWHERE
    annotations: list[tuple[int, str]] = []
    """Microseconds since 1970, and a text."""
    debug: bool = False
    shared: bool = False


def to_span(zipkin: ZipkinSpan, tags: dict[str, TagValue]) -> Span:
    """Return our span, which takes `tags` over and adds to them.

    Raises `SpanError` if it cannot be one.
    """
    _add_tags(zipkin, tags)
    events = _events(zipkin.annotations) if zipkin.annotations else ()
    start = zipkin.timestamp * _US or min((event.time for event in events), default=0)
    return span_of(
        tags,
        span_id=zipkin.span_id,
        parent_id=zipkin.parent_id,
        service=zipkin.local.service,
        name=zipkin.name,
        kind=zipkin.kind.lower(),
        start=start,
        duration=zipkin.duration * _US,
        error=None,  # its tags say
        events=events,
    )


def _add_tags(zipkin: ZipkinSpan, tags: dict[str, TagValue]) -> None:
    """Add as tags what our span has no field for."""
    if zipkin.local is not NOWHERE:
        _add_address(tags, zipkin.local, "net.host.ip", "net.host.port")
    if zipkin.remote is not NOWHERE:
        if zipkin.remote.service:
            tags.setdefault("peer.service", tag_value(zipkin.remote.service))
        _add_address(tags, zipkin.remote, "net.peer.ip", "net.peer.port")
    if zipkin.debug:
        tags[DEBUG] = "true"
    if zipkin.shared:
        tags[SHARED] = "true"


def _add_address(tags: dict[str, TagValue], endpoint: Endpoint, ip: str, port: str) -> None:
    if endpoint.address:
        tags.setdefault(ip, tag_value(endpoint.address))
    if endpoint.port:
        tags.setdefault(port, tag_value(endpoint.port))


def _events(annotations: list[tuple[int, str]]) -> list[Event]:
    return [
        _event(time * _US, text)
        for time, text in annotations[: limits.TAGS]
        if 0 <= time < limits.NANOSECONDS // _US
    ]


def _event(time: int, text: str) -> Event:
    """Return an annotation as an event.

    OpenTelemetry's exporter writes an event with attributes as JSON: `{"name": {"key": "value"}}`.
    """
    if text.startswith("{") and len(text) <= limits.VALUE_CHARS:
        try:
            ((name, values),) = msgspec.json.decode(text, type=dict[str, dict[str, object]]).items()
        except (*DECODE_ERRORS, ValueError):
            pass
        else:
            return Event(time, limits.cut(name, limits.NAME_CHARS), attributes(values))
    name = limits.cut(text, limits.NAME_CHARS)
    return Event(time, name, attributes({"message": text}) if name != text else {})
