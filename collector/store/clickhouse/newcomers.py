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
_MAX_ARRIVALS = 20_000
"""Arrivals that are looked at at once, the last ones."""


class Newcomers:
    """Finds what is new since it was last asked. For one thread."""

    def __init__(self, connection: Connection, forget_s: float = WINDOW_S) -> None:
        """After `forget_s` seconds in which nobody asked, what came meanwhile is not new to
        anybody."""
        self._connection = connection
        self._forget_s = forget_s
        self._seen: set[tuple[int, int, int]] = set()
        """What was there when it was last asked: a trace's two halves, and when spans of it came.
        Those of one insert came in one moment, and all at once."""
        self._asked = time.time_ns()

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
        is_forgotten = now > self._asked + int(self._forget_s * 1e9)
        begin = (now if is_forgotten else self._asked) - int(WINDOW_S * 1e9)
        values = BoundValues()
        rows = self._connection.rows(
            "SELECT upper, lower, received FROM span"
            f" WHERE day >= today() - 1 AND received > {values.unsigned(begin)}"
            f" GROUP BY upper, lower, received ORDER BY received DESC LIMIT {_MAX_ARRIVALS}",
            values,
        )
        arrivals = [(upper, lower, received) for upper, lower, received in rows]
        known, self._seen, self._asked = self._seen, set(arrivals), now
        if is_forgotten:
            known = {each for each in arrivals if each[2] < now - int(JUST_NOW_S * 1e9)}
        new = dict.fromkeys(each[:2] for each in arrivals if each not in known)
        return [f"{upper:016x}{lower:016x}" for upper, lower in reversed(new)]
