"""From Datadog's lists of spans to chunks: whole trace ids, and only what the client sampled."""

from __future__ import annotations

from collector.model import Chunk, Span
from collector.receivers.payload import Payload

UPPER_HALF_TAG = "_dd.p.tid"
"""Tag with the upper 64 bits of the trace id, in hex; only the first span of a list has it."""
PRIORITY_TAG = "_sampling_priority_v1"
"""Tag with the client's decision: keep if positive. Traces that are not kept are sent all the same,
for an agent to count."""


def add_chunks(payload: Payload, trace_ids: list[int], spans: list[Span]) -> None:
    """Add one list of spans, each with the lower 64 bits of its trace id, to the payload.

    The spans of a list should be of one trace; if they are not, each trace becomes a chunk.
    """
    if trace_ids.count(trace_ids[0]) == len(trace_ids):
        _add(payload, trace_ids[0], spans)
        return
    traces: dict[int, list[Span]] = {}
    for trace_id, span in zip(trace_ids, spans, strict=True):
        traces.setdefault(trace_id, []).append(span)
    for trace_id, members in traces.items():
        _add(payload, trace_id, members)


def _add(payload: Payload, lower_half: int, spans: list[Span]) -> None:
    payload.spans += len(spans)
    upper_half = 0
    for span in spans:
        tags = span.tags
        priority = tags.get(PRIORITY_TAG)
        if priority is not None and not isinstance(priority, str) and priority <= 0:
            payload.unsampled += len(spans)
            return
        if UPPER_HALF_TAG in tags:
            upper_half = _hex(tags.pop(UPPER_HALF_TAG)) or upper_half
    payload.chunks.append(Chunk(f"{upper_half:016x}{lower_half:016x}", spans))


def _hex(value: object) -> int:
    """Return the number that the hex digits mean; 0 if it is not one of 64 bits."""
    try:
        number = int(str(value), 16)
    except ValueError:
        return 0
    return number if 0 < number < 2**64 else 0
