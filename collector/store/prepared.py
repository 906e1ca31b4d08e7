"""A chunk made ready to be stored: all the work that needs no database."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from collector.model import Chunk, Span
from collector.span_identity import without_copies
from collector.span_types import DATASTORE_TYPES
from collector.store.index_terms import Features, features_of
from collector.store.packed_spans import pack
from collector.trace_summary import TraceSummary, summarize_trace

_encode_spans = msgspec.msgpack.Encoder().encode
_decode_spans = msgspec.msgpack.Decoder(list[Span]).decode


class PreparedChunk(NamedTuple):
    """A chunk in the forms in which it is stored."""

    trace_id: str
    summary: TraceSummary
    features: Features
    blob: bytes
    """The spans as msgpack."""
    packed: bytes
    """The same as they are stored."""
    digest: int
    """Signed 64-bit number that identifies the blob."""
    service_kinds: dict[str, str]
    """What each service looks like, judged by this chunk: `datastore`, `client` or `service`."""
    copies: int
    """Spans that were left out: others in the chunk are the same."""
    joins: str = ""
    """The id that its trace had until now, if that lacks its upper half."""

    @property
    def received(self) -> int:
        """How many spans it had before copies were left out."""
        return self.summary.spans + self.copies


def prepare(chunk: Chunk) -> PreparedChunk:
    """Make the chunk ready to be stored."""
    spans = without_copies(chunk.spans)
    blob = _encode_spans(spans)
    summary = summarize_trace(chunk.trace_id, spans)
    features = features_of(spans)
    kinds = _service_kinds(spans, features, summary)
    copies = len(chunk.spans) - len(spans)
    return PreparedChunk(
        chunk.trace_id, summary, features, blob, pack(blob), digest_of(blob), kinds, copies
    )


def digest_of(blob: bytes) -> int:
    """Return the number that identifies a blob, signed 64-bit."""
    return int.from_bytes(blake2b(blob, digest_size=8).digest(), "little", signed=True)


def _service_kinds(spans: list[Span], features: Features, summary: TraceSummary) -> dict[str, str]:
    kinds: dict[str, str] = {}
    typed = {service for service, _, _, type_, _ in features.alike if type_}
    for service, _, _, type_, _ in features.alike:
        if not type_ and service in typed:
            continue  # written by hand around a query: the query says what it is
        kind = kind_of_type(type_)
        if kinds.setdefault(service, kind) != kind:
            kinds[service] = "service"
    # Only a load generator or a browser has nothing but client spans that begin a trace.
    roots = [span for span in spans if not span.parent_id]
    clients = [span.service for span in roots if span.tags.get("span.kind") == "client"]
    for service, count in Counter(clients).items():
        if count == summary.services[service]:
            kinds[service] = "client"
    return kinds


def kind_of_type(type_: str) -> str:
    """Return the kind of service that has spans of this type: `datastore` or `service`."""
    return "datastore" if type_ in DATASTORE_TYPES else "service"


def decode_spans(blob: bytes) -> list[Span]:
    """Return the spans of a chunk in msgpack."""
    return _decode_spans(blob)
