"""What ClickHouse has already of the traces of a batch: what is sent again is stored once, and the
parts of one trace get one id, whichever form of it their clients know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from collector.model import Span
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Connection
from collector.trace_ids import lower_half, same_trace

MAX_GAP_NS = 300 * 10**9
"""How far apart parts of one trace may be whose ids are only half equal."""
DAYS = 2
"""Days of receipt that are looked at, today's included: what is sent again, or late, is sent
soon."""


class Times(NamedTuple):
    """When spans of a trace began and ended, ns since 1970; 0 and 0 if all times are impossible."""

    start: int
    end: int


class KnownTraces:
    """The traces that a batch may be about, and which of its spans are stored."""

    def __init__(self) -> None:
        self._times: dict[str, dict[str, Times]] = {}
        """By lower half and id."""
        self._identities: dict[str, set[int]] = {}

    def place(self, trace_id: str, here: Times) -> str:
        """Return the id under which spans of a trace are to be stored, and take note of it. `here`
        is when they were."""
        times = self._times.setdefault(lower_half(trace_id), {})
        known_as = same_trace(trace_id, times)
        if known_as is None or (known_as != trace_id and not _are_near(times[known_as], here)):
            known_as = trace_id
        times.setdefault(known_as, here)
        return known_as

    def add_new(self, trace_id: str, identities: Sequence[int]) -> list[bool]:
        """Return of each span of a trace whether it is not known, and take note of them."""
        known = self._identities.setdefault(trace_id, set())
        if not known and len(distinct := set(identities)) == len(identities):
            known |= distinct
            return [True] * len(identities)
        are_new = []
        for identity in identities:
            are_new.append(identity not in known)
            known.add(identity)
        return are_new

    def add_stored(self, trace_id: str, times: Times, identities: Iterable[int]) -> None:
        """Take note of a stored trace."""
        self._times.setdefault(lower_half(trace_id), {})[trace_id] = times
        self._identities[trace_id] = set(identities)


def times_of(spans: Sequence[Span]) -> Times:
    """Return when spans were."""
    timed = [span for span in spans if not span.arrived]
    if not timed:
        return Times(0, 0)
    return Times(
        min([span.start for span in timed]), max([span.start + span.duration for span in timed])
    )


def _are_near(one: Times, other: Times) -> bool:
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
        # First of all by the trace, so that of nearly all granules no other column is read.
        f" PREWHERE lower IN (SELECT lower FROM {halves}) WHERE day > today() - {DAYS}"
        " GROUP BY lower, upper"
    )
    for upper, lower, start, end, found in connection.rows(query, values):
        known.add_stored(f"{upper:016x}{lower:016x}", Times(start, end), found)
    return known
