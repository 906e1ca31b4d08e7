"""Which traces are certainly not in a partition, without asking the disk."""

from __future__ import annotations

from collections.abc import Iterable

from collector.trace_ids import lower_half

_FILTER_BITS_PER_TRACE = 16


class TraceFilter:
    """A Bloom filter over the trace ids of a partition.

    It rules out nearly every trace that is not in the set, and never one that is. Each trace sets
    two bits among sixteen. Trace ids are random, so the two quarters of their lower half serve as
    hashes, and one trace in seventy is wrongly held possible.
    """

    def __init__(self, size: int, bits: bytes) -> None:
        """Take `size` bits, eight to a byte, as `size` and `bits` gave them before."""
        self.size = size
        self.bits = bits

    @classmethod
    def of(cls, trace_ids: Iterable[str]) -> TraceFilter:
        """Return the filter for these traces.

        Raises `ValueError` if an id is not hexadecimal.
        """
        halves = [int(lower_half(trace_id), 16) for trace_id in trace_ids]
        size = max(8, len(halves) * _FILTER_BITS_PER_TRACE)
        bits = bytearray(size // 8 + 1)
        for half in halves:
            for bit in (half % size, (half >> 32) % size):
                bits[bit >> 3] |= 1 << (bit & 7)
        return cls(size, bytes(bits))

    def may_hold(self, half: int) -> bool:
        """Return False if the set certainly has no trace whose id has this lower half."""
        bit = half % self.size
        if not self.bits[bit >> 3] & 1 << (bit & 7):
            return False
        bit = (half >> 32) % self.size
        return bool(self.bits[bit >> 3] & 1 << (bit & 7))
