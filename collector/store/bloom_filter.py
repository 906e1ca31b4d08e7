"""A Bloom filter over trace ids: is this trace surely not in that partition?"""

from __future__ import annotations

from collections.abc import Iterable

_BITS_PER_TRACE = 16


class TraceFilter:
    """Says no for nearly every trace that is not in the set, and never for one that is.

    One bit a trace among sixteen: trace ids are random already, so their lower digits serve as the
    hash, and one question in sixteen at most is answered with a wrong yes.
    """

    def __init__(self, trace_ids: Iterable[str]) -> None:
        ids = [int(trace_id[16:], 16) for trace_id in trace_ids]
        self._size = max(8, len(ids) * _BITS_PER_TRACE)
        self._bits = bytearray(self._size // 8 + 1)
        for number in ids:
            bit = number % self._size
            self._bits[bit >> 3] |= 1 << (bit & 7)

    def may_hold(self, trace_id: str) -> bool:
        """Whether the trace may be in the set."""
        bit = int(trace_id[16:], 16) % self._size
        return bool(self._bits[bit >> 3] & 1 << (bit & 7))
