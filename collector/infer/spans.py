"""Inferred requests as traces, so that pages can show them like any other."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from collector.infer.forest import Forest
from collector.infer.inference import Inference
from collector.infer.operations import is_request
from collector.infer.records import Record
from collector.model import Chunk, Span, TagValue

OPERATIONS = {
    "server": "inferred.request",
    "client": "inferred.call",
    "internal": "inferred.part",
}
"""Names of spans by their kind."""
INFERRED, RECORDS = "inferred.from", "records"
"""The tag of every span that nobody has traced, and its value, by which
`collector.search.terms.INFERRED` finds it."""
CONFIDENCE = "inferred.confidence"
"""The tag with the probability of the span's parent, 0 to 1."""
POSSIBLE = "inferred.possible_parents"
RUN = "inferred.run"
"""The tag that all spans of one inference have in common."""
REQUEST_ID = "inferred.request_id"


def run_of(inference: Inference) -> str:
    """Return the name of an inference: the same for the same records and the same guesses."""
    whole = blake2b(digest_size=4)
    for record, placement in zip(inference.records, inference.placements, strict=True):
        whole.update(f"{record}{placement.parent}".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def traces(inference: Inference, forest: Forest) -> Iterator[Chunk]:
    """Yield each inferred request as a trace, all of whose spans are tagged as inferred.

    The same inference gives the same ids, so that a log which is sent twice is stored once.
    """
    run = run_of(inference)
    for root in forest.roots():
        trace_id = _digest(run, "trace", root, 16).hex()
        yield Chunk(trace_id, [_span(inference, row, run) for row in forest.subtree(root)])


def _span(inference: Inference, row: int, run: str) -> Span:
    record, placement = inference.records[row], inference.placements[row]
    return Span(
        _span_id(run, row),
        _span_id(run, placement.parent) if placement.parent >= 0 else 0,
        record.service,
        OPERATIONS[_kind(record)],
        record.name or record.service,
        "http" if is_request(record) else "",
        record.start,
        record.end - record.start,
        tags=_tags(record, placement.confidence, placement.possible) | {RUN: run},
    )


def _span_id(run: str, row: int) -> int:
    return int.from_bytes(_digest(run, "span", row, 8), "big") or 1


def _digest(run: str, what: str, number: int, size: int) -> bytes:
    return blake2b(f"{run} {what} {number}".encode(), digest_size=size).digest()


def _tags(record: Record, confidence: float, possible: int) -> dict[str, TagValue]:
    tags: dict[str, TagValue] = {INFERRED: RECORDS}
    if possible:
        tags |= {CONFIDENCE: round(confidence, 4), POSSIBLE: possible}
    if record.id_in_log:
        tags[REQUEST_ID] = record.id_in_log
    tags["span.kind"] = _kind(record)
    return tags


def _kind(record: Record) -> str:
    if is_request(record):
        return "server"
    return "client" if record.callee else "internal"
