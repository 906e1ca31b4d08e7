"""What ClickHouse has already of the traces of a batch: what is sent again is stored once, and the
parts of one trace get one id, whichever form of it their clients know."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Connection
from collector.trace_ids import lower_half, same_trace
from collector.trace_summary import TraceSummary

MAX_GAP_NS = 300 * 10**9
"""How far apart parts of one trace may be whose ids are only half equal."""
DAYS = 2
"""Days of receipt that are looked at, today's included: what is sent again, or late, is sent
soon."""


class _Times(NamedTuple):
    """When a trace was, ns since 1970; 0 and 0 if all of its times are impossible."""

    start: int
    end: int


class KnownTraces:
    """The traces that a batch may be about, and which of its spans are stored."""

    def __init__(self) -> None:
        self._times: dict[str, dict[str, _Times]] = {}
        """By lower half and id."""
        self._identities: dict[str, set[int]] = {}

    def place(self, trace_id: str, summary: TraceSummary) -> str:
        """Return the id under which spans of a trace are to be stored, and take note of it."""
        times = self._times.setdefault(lower_half(trace_id), {})
        here = _Times(summary.start, summary.end) if summary.timed else _Times(0, 0)
        known_as = same_trace(trace_id, times)
        if known_as is None or (known_as != trace_id and not _are_near(times[known_as], here)):
            known_as = trace_id
        times.setdefault(known_as, here)
        return known_as

    def is_new(self, trace_id: str, identity: int) -> bool:
        """Return whether a span of a trace is not known, and take note of it."""
        known = self._identities.setdefault(trace_id, set())
        if identity in known:
            return False
        known.add(identity)
        return True

    def add_stored(self, trace_id: str, times: _Times, identities: Iterable[int]) -> None:
        """Take note of a stored trace."""
        self._times.setdefault(lower_half(trace_id), {})[trace_id] = times
        self._identities[trace_id] = set(identities)


def _are_near(one: _Times, other: _Times) -> bool:
    if not (one.end and other.end):
        return True
    return max(one.start, other.start) - min(one.end, other.end) <= MAX_GAP_NS


def read_known_traces(
    connection: Connection, trace_ids: Collection[str], identities: Collection[int]
) -> KnownTraces:
    """Return what is stored of these traces, and of those whose ids have the same lower halves.
    Raises `ClickHouseError`."""
    known = KnownTraces()
    values = BoundValues()
    halves = values.ids(trace_ids)
    query = (
        "SELECT upper, lower, minIf(start, arrived = 0), maxIf(start + duration, arrived = 0),"
        f" groupArrayIf(identity, identity IN {values.numbers(identities)}) FROM span"
        f" WHERE lower IN (SELECT lower FROM {halves}) AND day > today() - {DAYS}"
        " GROUP BY lower, upper"
    )
    for upper, lower, start, end, found in connection.rows(query, values):
        known.add_stored(f"{upper:016x}{lower:016x}", _Times(start, end), found)
    return known
