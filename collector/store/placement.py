"""Where chunks go: to the partition that has their trace, whichever form of its id they know.

Clients of one trace may know its whole id, or only the lower half: Datadog's `_dd.p.tid` is on one
span of each list, and old clients never heard of it. The trace is then kept in one row, under the
whole id as soon as a new span has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from collector.store.partition import Partition
from collector.store.prepared import PreparedChunk
from collector.trace_ids import is_short, lower_half, same_trace
from collector.trace_summary import TraceSummary

MAX_GAP_NS = 300 * 10**9
"""How far apart parts of one trace may be whose ids are only half equal. Parts sent before the span
around them need not overlap; ids counted up from 1, day after day, must not be joined."""


class _Place(NamedTuple):
    partition: Partition
    trace: int | TraceSummary
    """The row of a stored trace; of a new one, the summary of its first chunk."""

    def summary(self) -> TraceSummary:
        """Return when the trace was, as far as that is known."""
        if isinstance(self.trace, TraceSummary):
            return self.trace
        return self.partition.summary_of(self.trace)


class Placement:
    """Finds the place of each chunk of one group, in the order in which they came."""

    def __init__(self, partitions: Sequence[Partition]) -> None:
        """`partitions` are the oldest first; the last one takes new traces."""
        self._active = partitions[-1]
        self._partitions = partitions[::-1]
        self._places: dict[str, dict[str, _Place]] = {}
        """Traces by lower half and id, where the active partition did not know the id."""

    def place(self, chunk: PreparedChunk) -> tuple[Partition, PreparedChunk]:
        """Return the partition, and the chunk under the id that its trace has from now on.

        Raises `sqlite3.Error` if a partition cannot be read.
        """
        trace_id = chunk.trace_id
        places = self._places.get(lower_half(trace_id))
        if places is None:
            if self._active.rows.row_of(trace_id):
                return self._active, chunk
            places = self._places[lower_half(trace_id)] = self._stored(trace_id)
        if not places:
            places[trace_id] = _Place(self._active, chunk.summary)
            return self._active, chunk
        known_as = same_trace(trace_id, places)
        if known_as is None or not _is_near(known_as, places[known_as], chunk):
            places[trace_id] = _Place(self._active, chunk.summary)
            return self._active, chunk
        place = places[known_as]
        if known_as == trace_id:
            return place.partition, chunk
        if is_short(trace_id):
            return place.partition, chunk._replace(trace_id=known_as)
        places[trace_id] = places.pop(known_as)
        return place.partition, chunk._replace(joins=known_as)

    def _stored(self, trace_id: str) -> dict[str, _Place]:
        places: dict[str, _Place] = {}
        half = int(lower_half(trace_id), 16)
        for partition in self._partitions:
            if partition.sealed and not partition.trace_filter.may_hold(half):
                continue
            for stored_id, row in partition.with_lower_half_of(trace_id).items():
                places.setdefault(stored_id, _Place(partition, row))
            if trace_id in places:
                break
        return places


def _is_near(known_as: str, place: _Place, chunk: PreparedChunk) -> bool:
    """Return whether a chunk is of the time of the trace, as far as its id leaves a doubt."""
    if known_as == chunk.trace_id:
        return True
    stored, added = place.summary(), chunk.summary
    gap = max(stored.start, added.start) - min(stored.end, added.end)
    return gap <= MAX_GAP_NS or not (stored.timed and added.timed)
