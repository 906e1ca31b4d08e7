"""Zipkin's first version: what its spans mean, in JSON and in Thrift alike.

There, annotations are all that a span has: those with two letters say when a client sent (`cs`) and
received (`cr`), and when a server received (`sr`) and sent (`ss`). One span may hold both ends of a
call, which become two.
"""

from __future__ import annotations

import msgspec

from collector.receivers.json_spans import TraceSpans
from collector.receivers.tag_values import attributes
from collector.receivers.zipkin import NOWHERE, Endpoint, ZipkinSpan, to_span

ENDS = {"CLIENT": ("cs", "cr", "sa"), "SERVER": ("sr", "ss", "ca")}
"""For each end of a call, the annotations with which it began and ended, and the binary one with
the address of the other end."""
MESSAGES = {"PRODUCER": "ms", "CONSUMER": "mr"}
"""For each end of a message, the annotation that says when it was sent or received."""
MESSAGE_ADDRESS = "ma"
_CORE = frozenset(("cs", "cr", "sr", "ss", "ms", "mr"))
_BOTH_ENDS = frozenset(("cs", "cr", "sr", "ss"))
_ADDRESSES = frozenset(("sa", "ca", MESSAGE_ADDRESS))


class Annotation(msgspec.Struct, gc=False):
    """Something at one moment, and where it was noted."""

    timestamp: int
    """Microseconds since 1970."""
    value: str
    endpoint: Endpoint | None = None


class BinaryAnnotation(msgspec.Struct, gc=False):
    """A tag, and where it was noted."""

    key: str
    value: object
    endpoint: Endpoint | None = None


class V1Span(msgspec.Struct, gc=False):
    """A span of Zipkin's first version."""

    trace_id: int
    span_id: int
    parent_id: int
    name: str
    timestamp: int
    """Microseconds since 1970; 0 if not known."""
    duration: int
    """Microseconds; 0 if not known."""
    annotations: list[Annotation]
    binary_annotations: list[BinaryAnnotation]
    debug: bool


def to_spans(span: V1Span) -> TraceSpans:
    """Return one span of ours, or the two ends of a call.

    Raises `SpanError` if there can be none.
    """
    parts = _parts(span)
    tags = _share_out(span, parts)
    return [
        (span.trace_id, to_span(part, attributes(own)))
        for part, own in zip(parts, tags, strict=True)
    ]


def _parts(span: V1Span) -> list[ZipkinSpan]:
    """Return the ends of the call that noted something; else one span that is of no call."""
    noted = {note.value: note for note in span.annotations if note.value in _CORE}
    remotes = {note.key: note.endpoint for note in span.binary_annotations if _is_address(note)}
    if _are_one(noted):
        part = _part(span, "", noted["cs"].endpoint, None)
        if not span.timestamp:
            part.timestamp, part.duration = _between(noted["cs"], noted["cr"])
        return [part]
    ends = [kind for kind, (began, ended, _) in ENDS.items() if began in noted or ended in noted]
    if ends:
        parts = [_end(span, kind, noted, remotes) for kind in ends]
        if len(parts) == 2:
            _part_times(parts[1], noted)
        return parts
    for kind, moment in MESSAGES.items():
        if note := noted.get(moment):
            part = _part(span, kind, note.endpoint, remotes.get(MESSAGE_ADDRESS))
            part.timestamp = part.timestamp or note.timestamp
            return [part]
    return [_alone(span, remotes)]


def _are_one(noted: dict[str, Annotation]) -> bool:
    """Return whether both ends were at the same moments in the same place: so py_zipkin wrote,
    up to 0.20, a span that is no call."""
    if not noted.keys() >= _BOTH_ENDS:
        return False
    client, server = ((noted[began], noted[ended]) for began, ended, _ in ENDS.values())
    return all(
        ours.timestamp == theirs.timestamp and ours.endpoint == theirs.endpoint
        for ours, theirs in zip(client, server, strict=True)
    )


def _end(
    span: V1Span, kind: str, noted: dict[str, Annotation], remotes: dict[str, Endpoint | None]
) -> ZipkinSpan:
    """Return one end of a call. Its times are the span's if that has any."""
    began, ended, address = ENDS[kind]
    start, length = _between(noted.get(began), noted.get(ended))
    part = _part(span, kind, (noted.get(began) or noted[ended]).endpoint, remotes.get(address))
    # A server that shares the client's span leaves the times to it.
    part.shared = kind == "SERVER" and not span.timestamp
    part.timestamp = span.timestamp or start
    part.duration = span.duration or length
    return part


def _part_times(server: ZipkinSpan, noted: dict[str, Annotation]) -> None:
    """Give the server of a span with both ends its own times: the span's are the client's."""
    server.timestamp, server.duration = _between(noted.get("sr"), noted.get("ss"))
    server.shared = True


def _between(first: Annotation | None, last: Annotation | None) -> tuple[int, int]:
    """Return when something began and how long it took; 0 for what is not known."""
    if first is None or last is None:
        return (first or last or Annotation(0, "")).timestamp, 0
    return first.timestamp, max(0, last.timestamp - first.timestamp)


def _alone(span: V1Span, remotes: dict[str, Endpoint | None]) -> ZipkinSpan:
    """Return a span without core annotations: the address of another end tells which it is."""
    kind = next((kind for kind, (_, _, address) in ENDS.items() if address in remotes), "")
    places = [note.endpoint for note in span.annotations]
    places += [note.endpoint for note in span.binary_annotations if not _is_address(note)]
    local = next(filter(None, places), None)
    return _part(span, kind, local, remotes[ENDS[kind][2]] if kind else None)


def _is_address(note: BinaryAnnotation) -> bool:
    """Return whether a binary annotation is there for its endpoint, that of the other end."""
    return note.key in _ADDRESSES and note.endpoint is not None and note.value is True


def _part(span: V1Span, kind: str, local: Endpoint | None, remote: Endpoint | None) -> ZipkinSpan:
    return ZipkinSpan(
        span.trace_id,
        span.span_id,
        span.parent_id,
        span.name,
        kind,
        span.timestamp,
        span.duration,
        local or NOWHERE,
        remote or NOWHERE,
        [],
        span.debug,
    )


def _share_out(span: V1Span, parts: list[ZipkinSpan]) -> list[dict[str, object]]:
    """Give the annotations to the part of the service that made them, else to the first; return the
    tags of each part."""
    tags: list[dict[str, object]] = [{} for _ in parts]
    place_of = {part.local.service: place for place, part in reversed(list(enumerate(parts)))}

    def place(endpoint: Endpoint | None) -> int:
        return place_of.get(endpoint.service if endpoint else "", 0)

    for note in span.annotations:
        if note.value not in _CORE:
            parts[place(note.endpoint)].annotations.append((note.timestamp, note.value))
    for tag in span.binary_annotations:
        if not _is_address(tag):
            tags[place(tag.endpoint)][tag.key] = tag.value
    return tags
