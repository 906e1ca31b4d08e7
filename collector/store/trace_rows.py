"""Where each trace of a partition is, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from collector.trace_ids import is_short, lower_half, short_id


class TraceRows:
    """The row numbers of traces by id. One thread changes them, others look things up."""

    def __init__(self, row_by_trace_id: dict[str, int]) -> None:
        self._row_of = row_by_trace_id
        self._lock = threading.Lock()
        """Held while ids are added or removed."""
        self._long_ids: dict[str, list[str]] | None = None
        """The ids of 128 bits by their lower halves, once that was asked for: where all clients
        agree nobody ever does, and it would take as much memory again."""

    def with_lower_half_of(self, trace_id: str) -> dict[str, int]:
        """Return the rows of the traces that have the lower half of this id, by their ids."""
        short = short_id(trace_id)
        if short != trace_id and short not in self._row_of:  # as nearly always
            row = self._row_of.get(trace_id)
            return {trace_id: row} if row else {}
        ids = (short, *self._long_ids_with(lower_half(trace_id)))
        return {other: row for other in ids if (row := self._row_of.get(other))}

    def row_of(self, trace_id: str) -> int | None:
        """Return the row of the trace with exactly this id; None if it is not here."""
        return self._row_of.get(trace_id)

    def _long_ids_with(self, half: str) -> Sequence[str]:
        if self._long_ids is None:
            with self._lock:
                self._long_ids = _long_ids(self._row_of, {})
        return self._long_ids.get(half, ())

    def change(self, added: Mapping[str, int], removed: Iterable[str]) -> None:
        """Take note of new ids, and of those that are in use no more."""
        with self._lock:
            self._row_of.update(added)
            for trace_id in removed:
                self._row_of.pop(trace_id, None)
            if self._long_ids is not None:
                _long_ids(added, self._long_ids)


def _long_ids(trace_ids: Iterable[str], by_half: dict[str, list[str]]) -> dict[str, list[str]]:
    """Add those of the ids that have 128 bits to the lists of those with their lower half."""
    for trace_id in trace_ids:
        if not is_short(trace_id):
            by_half.setdefault(lower_half(trace_id), []).append(trace_id)
    return by_half
