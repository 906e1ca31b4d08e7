"""Who calls whom in a stored trace, read without making whole spans of it.

Of each span four fields are decoded, and the tags of those only that matter. A trace is read again
each time that it grows, so that this takes a tenth of what an answer about it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from collector.analysis.remote_ends import CALLING_KINDS, name_of
from collector.analysis.shared_ids import find_parents
from collector.audit.rules import OUTSIDE
from collector.model import Span, TagValue
from collector.store.prepared import decode_spans

MAX_SPANS = 200_000
"""Spans of one trace that are checked, the first received."""
NO_NAME = "(no name)"
"""The service of spans without one, as on the map."""
ENTRY_KINDS = frozenset(("server", "consumer"))
SHARED = "zipkin.shared"
"""The tag of Zipkin's server spans that have their client's id; its parent is not theirs."""


class Call(NamedTuple):
    """A call from one service to another, or the run of a span by its service."""

    subject: str
    """Who calls or runs; `OUTSIDE` for a call without a trace context."""
    verb: str
    """`call` or `run`."""
    object: str
    """Who is called; the name of the span that is run."""
    span: int
    """Index of the span that shows it."""
    known_since: int
    """Index of the span that had to be received before it could be known."""


class TraceCalls(NamedTuple):
    """What a trace shows."""

    calls: list[Call]
    span_ids: list[int]
    starts: list[int]
    """Nanoseconds since 1970."""
    names: list[str]
    unknown_callers: int
    """Spans that servers have begun for a caller whose span was not received."""


class _LeanSpan(msgspec.Struct, array_like=True, gc=False):
    """The first fields of `collector.model.Span`."""

    span_id: int
    parent_id: int
    service: str
    name: str
    resource: msgspec.Raw
    type: msgspec.Raw
    start: int
    duration: int
    error: int = 0
    tags: msgspec.Raw = msgspec.Raw(b"\x80")


_decode = msgspec.msgpack.Decoder(list[_LeanSpan]).decode
_decode_tags = msgspec.msgpack.Decoder(dict[str, TagValue]).decode


def read_calls(chunks: Iterable[bytes], with_runs: bool) -> TraceCalls:
    """Return the calls in a trace, given its chunks as they are stored; `with_runs`, every run of a
    span, too."""
    blobs: list[bytes] = []
    spans: list[_LeanSpan] = []
    for blob in chunks:
        blobs.append(blob)
        spans += _decode(blob)
        if len(spans) >= MAX_SPANS:
            break
    parents = _parents(spans, blobs)
    calls: list[Call] = []
    unknown = 0
    for index, (span, parent) in enumerate(zip(spans, parents, strict=True)):
        service = span.service or NO_NAME
        if with_runs:
            calls.append(Call(service, "run", span.name, index, index))
        if parent >= 0:
            caller = spans[parent].service or NO_NAME
            if caller != service:
                calls.append(Call(caller, "call", service, index, max(index, parent)))
        elif span.parent_id or _may_enter(span):
            kind, is_shared = _kind(span)
            if kind in ENTRY_KINDS and (span.parent_id or is_shared):
                unknown += 1
            elif kind in ENTRY_KINDS:
                calls.append(Call(OUTSIDE, "call", service, index, index))
        is_its_end = parent >= 0 and spans[parent].service != span.service
        # A call whose service is what it calls, `db`, by Datadog's convention and ours, is above.
        if not is_its_end and (end := _remote_end(span)):
            calls.append(Call(service, "call", end, index, index))
    return TraceCalls(
        calls,
        [span.span_id for span in spans],
        [span.start for span in spans],
        [span.name for span in spans],
        unknown,
    )


def _parents(spans: list[_LeanSpan], blobs: list[bytes]) -> list[int]:
    """Return the index of each span's parent, -1 for none that was received."""
    index_of = {span.span_id: index for index, span in enumerate(spans)}
    if len(index_of) == len(spans):
        return [index_of.get(span.parent_id, -1) if span.parent_id else -1 for span in spans]
    # Zipkin's shared ids, copies, or a mistake: whole spans can tell.
    whole: list[Span] = [span for blob in blobs for span in decode_spans(blob)]
    return find_parents(whole, [])


def _may_enter(span: _LeanSpan) -> bool:
    tags = bytes(span.tags)
    return any(kind.encode() in tags for kind in ENTRY_KINDS)


def _kind(span: _LeanSpan) -> tuple[TagValue, bool]:
    """Return what kind of span it is, and whether it has its client's id."""
    tags = _decode_tags(span.tags)
    return tags.get("span.kind", ""), SHARED in tags


def _remote_end(span: _LeanSpan) -> str:
    """Return what a call says of whom it calls: a host and port, a database; "" if nothing."""
    tags = bytes(span.tags)
    if not any(kind.encode() in tags for kind in CALLING_KINDS):
        return ""
    whole = Span(0, 0, span.service, span.name, "", "", 0, 0, 0, _decode_tags(span.tags))
    return name_of(whole)[0] if whole.tags.get("span.kind") in CALLING_KINDS else ""


def unchecked(calls: TraceCalls, first: int) -> Iterator[Call]:
    """Yield the calls that could not be known before span number `first` was received."""
    return (call for call in calls.calls if call.known_since >= first)
