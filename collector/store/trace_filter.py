"""Which traces are certainly not in a partition, without asking the disk."""

from __future__ import annotations

from collections.abc import Iterable

_FILTER_BITS_PER_TRACE = 16


class TraceFilter:
    """A Bloom filter over the trace ids of a partition.

    It rules out nearly every trace that is not in the set, and never one that is. Each trace sets
    one bit among sixteen. Trace ids are random, so their lower half serves as the hash, and at most
    one trace in sixteen is wrongly held possible.
    """

    def __init__(self, trace_ids: Iterable[str]) -> None:
        """Raises `ValueError` if an id is not hexadecimal."""
        hashes = [int(trace_id[16:], 16) for trace_id in trace_ids]
        self._size = max(8, len(hashes) * _FILTER_BITS_PER_TRACE)
        self._bits = bytearray(self._size // 8 + 1)
        for number in hashes:
            bit = number % self._size
            self._bits[bit >> 3] |= 1 << (bit & 7)

    def may_hold(self, trace_id: str) -> bool:
        """Return False if the trace is certainly not in the set."""
        bit = int(trace_id[16:], 16) % self._size
        return bool(self._bits[bit >> 3] & 1 << (bit & 7))
