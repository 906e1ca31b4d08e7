"""The traces that have come or grown a moment ago, whichever collector took them in."""

from __future__ import annotations

import time

from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.summaries import read_summaries
from collector.store.trace_store import NewTraces

WINDOW_S = 5.0
"""How long after it was taken in a span may show up: its insert takes a while, and collectors'
clocks differ."""
JUST_NOW_S = 1.0
"""What came in the last moment before somebody began to ask is new to them."""
MAX_TRACES = 500
"""Traces that are returned at once, those that came last."""
_MAX_COUNTED = 20_000
"""Traces of the window that are counted, those of which spans came last."""


class Newcomers:
    """Finds what is new since it was last asked. For one thread."""

    def __init__(self, connection: Connection, forget_s: float = WINDOW_S) -> None:
        """After `forget_s` seconds in which nobody asked, what came meanwhile is not new to
        anybody."""
        self._connection = connection
        self._forget_s = forget_s
        self._asked = time.time_ns()
        self._begin = self._asked - _ns(WINDOW_S)
        """Where the window began that is counted again, ns since 1970."""
        self._counted: dict[tuple[int, int], int] = {}
        """How many spans of each trace had come since then when it was last asked."""

    def since_last_asked(self) -> NewTraces:
        """Return the new and grown traces. Raises `ClickHouseError`."""
        grown = self.ids()
        trace_ids = grown[-MAX_TRACES:]
        summaries = read_summaries(self._connection, trace_ids)
        traces = [summaries[trace_id] for trace_id in trace_ids if trace_id in summaries]
        return NewTraces(traces, len(grown) - len(trace_ids))

    def ids(self) -> list[str]:
        """Return the ids of the new and grown traces, those that came last last. Raises
        `ClickHouseError`."""
        now = time.time_ns()
        next_begin = now - _ns(WINDOW_S)
        is_forgotten = now > self._asked + _ns(self._forget_s)
        begin = next_begin if is_forgotten else self._begin
        values = BoundValues()
        since, next_since = values.unsigned(begin), values.unsigned(next_begin)
        just_now = values.unsigned(now - _ns(JUST_NOW_S))
        rows = self._connection.rows(
            f"SELECT upper, lower, count(), countIf(received > {next_since}),"
            f" countIf(received < {just_now}) FROM span"
            f" WHERE day >= today() - 1 AND received > {since}"
            f" GROUP BY upper, lower ORDER BY max(received) DESC LIMIT {_MAX_COUNTED}",
            values,
        )
        # Counted from where it was counted before: what gets old makes no difference.
        known = self._counted
        if is_forgotten:
            known = {(upper, lower): earlier for upper, lower, _, _, earlier in rows}
        grown = [row[:2] for row in rows if row[2] > known.get((row[0], row[1]), 0)]
        self._counted = {(upper, lower): spans for upper, lower, _, spans, _ in rows}
        self._asked, self._begin = now, next_begin
        return [f"{upper:016x}{lower:016x}" for upper, lower in reversed(grown)]


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
