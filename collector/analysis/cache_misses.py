"""Which calls miss a cache that only some of them hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from collector.analysis.change import Change, Changes
from collector.analysis.trace import Trace

GOLDEN_RATIO = 0.6180339887498949
"""Its multiples, without their whole parts, fill 0 to 1 more evenly than those of any other
number."""
BLOCK_CALLS = 16
"""Calls that take about as long, and are shuffled: the calls of one trace have to be independent,
even if they all take the same."""


class _Call(NamedTuple):
    length: int
    """Nanoseconds."""
    shuffled: bytes
    """A hash of its ids."""
    number: int
    """Of its trace among those replayed."""
    row: int


def missing_rows(traces: Sequence[Trace], changes: Changes) -> list[set[int]]:
    """Return for each trace the rows that miss the cache that a change has them come from.

    A call hits with the probability `hit_ratio`, whatever it takes and whatever others do. Luck
    would make that a rough answer for few traces, and another one each time. So calls are dealt
    their draws, numbers from 0 to 1, by length: those that take about as long get draws that are
    spread evenly (Weyl's sequence), and who gets which depends on a hash. The same traces give the
    same answer, and a higher ratio adds hits and loses none.
    """
    missing: list[set[int]] = [set() for _ in traces]
    for change, calls in _calls_to_caches(traces, changes).items():
        for place, call in enumerate(_dealt(calls)):
            draw = (place + 0.5) * GOLDEN_RATIO % 1
            if draw >= change.hit_ratio:
                missing[call.number].add(call.row)
    return missing


def _calls_to_caches(traces: Sequence[Trace], changes: Changes) -> dict[Change, list[_Call]]:
    """Return the calls of each change to a cache that some of them miss."""
    calls: dict[Change, list[_Call]] = {}
    if not any(change.way == "cache" and change.hit_ratio < 1 for change in changes):
        return calls
    for number, trace in enumerate(traces):
        for row, span in enumerate(trace.tree.spans):
            change = changes.for_span(span)
            if change and change.way == "cache" and change.hit_ratio < 1:
                ids = f"{trace.trace_id} {span.span_id}".encode()
                call = _Call(span.duration, blake2b(ids, digest_size=8).digest(), number, row)
                calls.setdefault(change, []).append(call)
    return calls


def _dealt(calls: list[_Call]) -> Iterator[_Call]:
    """Yield calls by length, those of a block in any order."""
    calls.sort()
    for begin in range(0, len(calls), BLOCK_CALLS):
        yield from sorted(calls[begin : begin + BLOCK_CALLS], key=lambda call: call.shuffled)
