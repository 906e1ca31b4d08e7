"""A chain of hashes over the finished spans of a segment, which shows what is missing or altered.

Each span gets its place in the chain and a hash of the hash before it and of all that it says, so
that no span can be taken out, altered or repeated without a contradiction
(`collector.analysis.chain` looks for it). There is no key: whoever can compute the hashes anew can
forge a chain. Hash-linked time-stamping is from Haber and Stornetta ("How to time-stamp a digital
document", J. Cryptology 3, 1991).
"""

from __future__ import annotations

from copy import copy
from hashlib import blake2b
from typing import Any

import msgspec

from ..encoding import WireSpan, valid, wire_span
from ..span import Span

ID = "chain.id"
"""Tag: the chain, named after the id of its segment's first span."""
PLACE = "chain.place"
"""Tag: the span's place in the chain, from 1 on."""
LAST = "chain.last"
"""Tag: a place that the chain reaches at least: spans were open when this one was handed over."""
HASH = "chain.hash"
"""Tag: 16 hex digits."""
CALLED = "chain.called"
"""Tag of a client span: the chain of the service that answered."""

UNNAMED_SERVICE, UNNAMED_OPERATION = "unnamed-service", "unnamed-operation"
"""What the collector calls what has no name."""
ADDED_LATER = "_"
"""How tags begin that are not part of the hash: those of the way to the collector."""


class Chain:
    """The chain of one segment as far as it goes."""

    __slots__ = ("_hash", "_id", "_place")

    def __init__(self) -> None:
        self._id = self._hash = ""
        self._place = 0

    def begin(self, span_id: int) -> None:
        """Name the chain after its segment's first span; later calls change nothing."""
        self._id = self._id or f"{span_id:016x}"

    def seal(self, spans: list[Span], still_open: int) -> list[Span]:
        """Return copies of finished spans with their places in the chain; what the app adds to
        the spans from now on is lost. `still_open` spans of the segment are yet to come."""
        last = self._place + len(spans) + still_open
        return [self._sealed(span, last) for span in spans]

    def _sealed(self, span: Span, last: int) -> Span:
        self._place += 1
        sealed = copy(span)
        sealed.events = sealed.events and sealed.events.copy()
        sealed.links = sealed.links and sealed.links.copy()
        sealed.tags = {**span.tags.copy(), ID: self._id, PLACE: self._place, LAST: last}
        self._hash = link(self._hash, span.trace_id, wire_span(sealed))
        sealed.tags[HASH] = self._hash
        return sealed


def link(previous: str, trace_id: int, span: WireSpan) -> str:
    """Return a span's hash, 16 hex digits: of the hash before it, and of what the collector will
    store, as JSON without blanks, tags and attributes by name."""
    tags: dict[str, Any] = span.meta | span.metrics
    events = msgspec.json.decode(tags.pop("events", "[]"))
    name = span.name or UNNAMED_OPERATION
    said = [
        previous,
        f"{trace_id:032x}",
        f"{span.span_id:016x}",
        f"{span.parent_id:016x}",
        span.service or UNNAMED_SERVICE,
        name,
        span.resource or name,
        span.type,
        span.start,
        span.duration,
        span.error,
        sorted(item for item in tags.items() if not item[0].startswith(ADDED_LATER)),
        [[e["time_unix_nano"], e["name"], sorted(e["attributes"].items())] for e in events],
        [
            [
                f"{each['trace_id_high']:016x}{each['trace_id']:016x}",
                f"{each['span_id']:016x}",
                sorted(each.get("attributes", {}).items()),
            ]
            for each in span.span_links
        ],
    ]
    try:
        text = msgspec.json.encode(said)
    except UnicodeEncodeError:  # as in `tracer.encoding`
        text = msgspec.json.encode(valid(msgspec.to_builtins(said)))
    return blake2b(text, digest_size=8).hexdigest()
