"""A chunk made ready to be stored: all the work that needs no database."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import msgspec

from collector.model import Chunk, Span
from collector.span_identity import without_copies
from collector.store.index_terms import Features, features_of
from collector.store.packed_spans import pack
from collector.store.service_kinds import service_kinds
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
    def span_count(self) -> int:
        """How many spans there are."""
        return self.summary.spans

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
    types = dict.fromkeys((service, type_) for service, _, _, type_, _ in features.alike)
    kinds = service_kinds(spans, types)
    copies = len(chunk.spans) - len(spans)
    return PreparedChunk(
        chunk.trace_id, summary, features, blob, pack(blob), digest_of(blob), kinds, copies
    )


def digest_of(blob: bytes) -> int:
    """Return the number that identifies a blob, signed 64-bit."""
    return int.from_bytes(blake2b(blob, digest_size=8).digest(), "little", signed=True)


def decode_spans(blob: bytes) -> list[Span]:
    """Return the spans of a chunk in msgpack."""
    return _decode_spans(blob)
