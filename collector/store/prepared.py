"""A chunk made ready to be stored: all the work that needs no database."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import msgspec

from collector.model import Chunk, Span
from collector.store.index_terms import Features, features_of
from collector.trace_summary import Summary, summarize

DATASTORE_TYPES = frozenset(("sql", "db", "cache", "redis"))

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Span]).decode


class Prepared(NamedTuple):
    """A chunk in the shapes in which it is stored."""

    trace_id: str
    summary: Summary
    features: Features
    blob: bytes
    digest: int
    """Signed 64 bits that identify the blob."""
    kinds: dict[str, str]
    """Of each service the kind that it looks like here: `datastore`, `client` or `service`."""


def prepare(chunk: Chunk) -> Prepared:
    """The chunk made ready."""
    blob = _encode(chunk.spans)
    digest = int.from_bytes(blake2b(blob, digest_size=8).digest(), "little", signed=True)
    summary = summarize(chunk.trace_id, chunk.spans)
    features = features_of(chunk.spans)
    kinds = _kinds(chunk.spans, features, summary)
    return Prepared(chunk.trace_id, summary, features, blob, digest, kinds)


def _kinds(spans: list[Span], features: Features, summary: Summary) -> dict[str, str]:
    kinds: dict[str, str] = {}
    typed = {service for service, _, _, type_ in features.fields if type_}
    for service, _, _, type_ in features.fields:
        if not type_ and service in typed:
            continue  # written by hand around a query: the query says what it is
        kind = kind_of(type_)
        if kinds.setdefault(service, kind) != kind:
            kinds[service] = "service"
    # Only a load generator or a browser has nothing but client spans that begin a trace.
    clients = [s.service for s in spans if not s.parent_id and s.tags.get("span.kind") == "client"]
    for service in clients:
        if clients.count(service) == summary.services[service]:
            kinds[service] = "client"
    return kinds


def kind_of(type_: str) -> str:
    """The kind of service that spans of this type look like they are from."""
    return "datastore" if type_ in DATASTORE_TYPES else "service"


def spans_of(blob: bytes) -> list[Span]:
    """The spans of a stored chunk."""
    return _decode(blob)
