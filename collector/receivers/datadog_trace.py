"""From Datadog's lists of spans to chunks: the 128-bit trace id, and what its client sampled."""

from __future__ import annotations

from collector.model import Chunk, Span
from collector.receivers.payload import Payload

_HIGH = "_dd.p.tid"
"""The upper 64 bits of the trace id, in hex; only the first span of a list has it."""
_PRIORITY = "_sampling_priority_v1"
"""The client's decision: keep where positive. Traces not kept are sent all the same, for an agent
to count."""


def gather(payload: Payload, trace_ids: list[int], spans: list[Span]) -> None:
    """Add one list of spans, each with the lower 64 bits of its trace id, to the payload.

    A list should be of one trace; where it is not, it is taken apart.
    """
    if trace_ids.count(trace_ids[0]) == len(trace_ids):
        _add(payload, trace_ids[0], spans)
        return
    traces: dict[int, list[Span]] = {}
    for trace_id, span in zip(trace_ids, spans, strict=True):
        traces.setdefault(trace_id, []).append(span)
    for trace_id, members in traces.items():
        _add(payload, trace_id, members)


def _add(payload: Payload, low: int, spans: list[Span]) -> None:
    payload.spans += len(spans)
    high = 0
    for span in spans:
        tags = span.tags
        priority = tags.get(_PRIORITY)
        if priority is not None and not isinstance(priority, str) and priority <= 0:
            payload.unsampled += len(spans)
            return
        if _HIGH in tags:
            high = _hex(tags.pop(_HIGH)) or high
    payload.chunks.append(Chunk(f"{high:016x}{low:016x}", spans))


def _hex(value: object) -> int:
    try:
        number = int(str(value), 16)
    except ValueError:
        return 0
    return number if 0 < number < 2**64 else 0
