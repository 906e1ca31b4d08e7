"""Who calls whom in a stored trace, read without making whole spans of it.

Of each span a few fields are decoded, and the tags of those only that matter: a trace is read again
each time that it grows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

import msgspec

from collector.analysis.remote_ends import CALLING_KINDS, name_of
from collector.analysis.shared_ids import find_parents
from collector.audit.rules import OUTSIDE
from collector.audit.verdict import Question
from collector.model import Span, TagValue
from collector.search.terms import LEFT_OUT
from collector.store.prepared import decode_spans
from collector.store.trace_store import FoundTrace

MAX_SPANS = 200_000
"""Spans of one trace that are checked, the first received."""
NO_NAME = "(no name)"
"""The service of spans without one, as on the map."""
ENTRY_KINDS = frozenset(("server", "consumer"))
MAX_KEPT_FACTS = 10_000
"""Tags whose meaning stays in memory: most calls are made with the same few."""
MAX_KEPT_BYTES = 500
"""Size of the largest tags that do."""
SHARED = "zipkin.shared"
"""The tag of Zipkin's server spans that have their client's id; its parent is not theirs."""


class Place(NamedTuple):
    """Where in a trace a call is seen."""

    span: int
    """Index of the span that shows it."""
    known_since: int
    """Index of the span that had to be received before it could be known."""


class TraceCalls(NamedTuple):
    """What a trace shows."""

    places: dict[Question, list[Place]]
    """By who calls or runs what: where that is seen."""
    span_ids: list[int]
    starts: list[int]
    """Nanoseconds since 1970."""
    names: list[str]
    unknown_callers: int
    """Spans that servers have begun for a caller whose span was not received."""


class _Facts(NamedTuple):
    """What the tags of a span say."""

    kind: TagValue
    is_shared: bool
    """Whether it has its client's id; then its parent is not its own."""
    remote_end: str
    """Whom it calls: a host and port, a database; "" if it calls nobody."""
    is_left_out: bool
    """Whether it says that a test has asked for it, or that it was inferred from a log."""


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


def read_calls(chunks: Iterable[bytes], is_run_of_interest: Callable[[str], bool]) -> TraceCalls:
    """Return the calls in a trace, given its chunks as they are stored, and the runs of those spans
    whose names are of interest.

    There is nothing in what searches leave out by default, too: what a test has asked for, and what
    was inferred from a log."""
    blobs: list[bytes] = []
    spans: list[_LeanSpan] = []
    for blob in chunks:
        blobs.append(blob)
        spans += _decode(blob)
        if len(spans) >= MAX_SPANS:
            break
    parents = _parents(spans, blobs)
    services = [span.service or NO_NAME for span in spans]
    places: dict[Question, list[Place]] = {}
    unknown = 0
    for index, (span, parent, service) in enumerate(zip(spans, parents, services, strict=True)):
        if is_run_of_interest(span.name):
            places.setdefault((service, "run", span.name), []).append(Place(index, index))
        if parent >= 0 and services[parent] != service:
            question = services[parent], "call", service
            places.setdefault(question, []).append(Place(index, max(index, parent)))
            continue  # if it is a client's, its service is what it calls: `db`
        facts = _facts(span)
        if facts.is_left_out:
            return TraceCalls({}, [], [], [], 0)
        if facts.remote_end:
            question = service, "call", facts.remote_end
            places.setdefault(question, []).append(Place(index, index))
        if parent >= 0 or facts.kind not in ENTRY_KINDS:
            continue
        if span.parent_id or facts.is_shared:
            unknown += 1
        else:
            places.setdefault((OUTSIDE, "call", service), []).append(Place(index, index))
    ids, starts = [span.span_id for span in spans], [span.start for span in spans]
    return TraceCalls(places, ids, starts, [span.name for span in spans], unknown)


def _parents(spans: list[_LeanSpan], blobs: list[bytes]) -> list[int]:
    """Return the index of each span's parent, -1 for none that was received."""
    index_of = {span.span_id: index for index, span in enumerate(spans)}
    if len(index_of) == len(spans):
        return [index_of.get(span.parent_id, -1) if span.parent_id else -1 for span in spans]
    # Zipkin's shared ids, copies, or a mistake: whole spans can tell.
    whole: list[Span] = [span for blob in blobs for span in decode_spans(blob)]
    return find_parents(whole, [])


def _facts(span: _LeanSpan) -> _Facts:
    tags = bytes(span.tags)
    if len(tags) > MAX_KEPT_BYTES:
        return _facts_of.__wrapped__(tags, span.name)
    return _facts_of(tags, span.name)


@lru_cache(maxsize=MAX_KEPT_FACTS)
def _facts_of(encoded: bytes, name: str) -> _Facts:
    tags = _decode_tags(encoded)
    kind = tags.get("span.kind", "")
    end = ""
    if kind in CALLING_KINDS:
        end, _ = name_of(Span(0, 0, "", name, "", "", 0, 0, 0, tags))
    is_left_out = any(tags.get(tag.key) == tag.text.value for tag in LEFT_OUT.values())
    return _Facts(kind, SHARED in tags, end, is_left_out)


def calls_of(trace: FoundTrace, is_run_of_interest: Callable[[str], bool]) -> TraceCalls | None:
    """Return the calls in a trace, and the runs of those spans whose names are of interest; None if
    the trace has just been dropped."""
    with suppress(sqlite3.Error, OSError):
        return read_calls(trace.chunks(), is_run_of_interest)
    return None
