"""Inferred requests as traces, so that pages can show them like any other."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from collector.infer.forest import Forest
from collector.infer.inference import Inference
from collector.infer.operations import is_request
from collector.infer.records import Record
from collector.model import Chunk, Span, TagValue

OPERATION = "inferred.request"
INFERRED, RECORDS = "inferred.from", "records"
"""The tag of every span that nobody has traced, and its value, by which
`collector.search.terms.INFERRED` finds it."""
CONFIDENCE = "inferred.confidence"
"""The tag with the probability of the span's parent, 0 to 1."""
POSSIBLE = "inferred.possible_parents"
REQUEST_ID = "inferred.request_id"


def traces(inference: Inference, forest: Forest) -> Iterator[Chunk]:
    """Yield each inferred request as a trace, all of whose spans are tagged as inferred.

    The same inference gives the same ids, so that a log which is sent twice is stored once.
    """
    ids = _ids(inference)
    for root in forest.roots():
        rows = forest.subtree(root)
        trace_id = blake2b(ids[root] + b"trace", digest_size=16).hexdigest()
        yield Chunk(trace_id, [_span(inference, row, ids) for row in rows])


def _ids(inference: Inference) -> list[bytes]:
    """Return eight bytes for each record, made from all of them and from where they belong."""
    whole = blake2b(digest_size=16)
    for record, placement in zip(inference.records, inference.placements, strict=True):
        whole.update(f"{record}{placement.parent}".encode("utf-8", "surrogatepass"))
    key = whole.digest()
    return [
        blake2b(index.to_bytes(8, "big"), digest_size=8, key=key).digest()
        for index in range(len(inference.records))
    ]


def _span(inference: Inference, row: int, ids: list[bytes]) -> Span:
    record, placement = inference.records[row], inference.placements[row]
    return Span(
        _number(ids[row]),
        _number(ids[placement.parent]) if placement.parent >= 0 else 0,
        record.service,
        OPERATION,
        record.name or record.service,
        "http" if is_request(record) else "",
        record.start,
        record.end - record.start,
        tags=_tags(record, placement.confidence, placement.possible),
    )


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, "big") or 1


def _tags(record: Record, confidence: float, possible: int) -> dict[str, TagValue]:
    tags: dict[str, TagValue] = {INFERRED: RECORDS}
    if possible:
        tags |= {CONFIDENCE: round(confidence, 4), POSSIBLE: possible}
    if record.request_id:
        tags[REQUEST_ID] = record.request_id
    tags["span.kind"] = (
        "server" if is_request(record) else "client" if record.callee else "internal"
    )
    return tags
