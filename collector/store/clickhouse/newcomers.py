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
"""Traces of the window that are counted."""


class Newcomers:
    """Finds what is new since it was last asked. For one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: dict[tuple[int, int], int] = {}
        """Traces of the window when it was last asked, and how many of their spans were in it."""
        self._asked = time.monotonic()

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
        nobody_asked = time.monotonic() > self._asked + WINDOW_S
        self._asked = time.monotonic()
        values = BoundValues()
        now = time.time_ns()
        begin, just_now = (values.unsigned(now - int(s * 1e9)) for s in (WINDOW_S, JUST_NOW_S))
        rows = self._connection.rows(
            f"SELECT upper, lower, count(), countIf(received < {just_now}) FROM span"
            f" WHERE day >= today() - 1 AND received > {begin}"
            f" GROUP BY upper, lower ORDER BY max(received) DESC LIMIT {_MAX_COUNTED}",
            values,
        )
        before, self._seen = self._seen, {(upper, lower): all_ for upper, lower, all_, _ in rows}
        if nobody_asked:
            before = {(upper, lower): earlier for upper, lower, _, earlier in rows}
        grown = [key for key, spans in self._seen.items() if spans > before.get(key, 0)]
        return [f"{upper:016x}{lower:016x}" for upper, lower in reversed(grown)]
