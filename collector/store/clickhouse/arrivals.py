"""The traces of which spans have come, by way of any collector; each span is told of once."""

from __future__ import annotations

import time

from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Connection

SETTLED_S = 5.0
"""How long ago a span was taken in when it is told of: its insert takes a while, and collectors'
clocks differ."""
INTERVAL_S = 1.0
"""How often it is asked."""
FORGET_S = 60.0
"""After so long a time in which nobody asked, nothing of it is told any more."""
MAX_SHARE = 1 / 20
"""Share of the time that is spent on asking, at most: it looks at the spans of two days."""
MAX_TRACES = 50_000
"""Traces that are told of at once; of more, these are any."""


class Arrivals:
    """Tells what has come since it was last asked, and has settled. For one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._told_until = time.time_ns() - int(SETTLED_S * 1e9)
        """What was taken in until then has been told of, ns since 1970."""
        self._next = time.monotonic()

    def since_last_asked(self) -> dict[str, int]:
        """Return how many spans the traces have of which some came, by id; nothing if it was asked
        a moment ago, or not for long: then those who ask know what there was. Raises
        `ClickHouseError`."""
        asked = time.monotonic()
        if asked < self._next:
            return {}
        until = time.time_ns() - int(SETTLED_S * 1e9)
        if asked > self._next + FORGET_S:
            self._told_until = until
        self._next = asked + INTERVAL_S  # also if it fails
        values = BoundValues()
        since, now = values.unsigned(self._told_until), values.unsigned(until)
        rows = self._connection.rows(
            "SELECT upper, lower, uniqExact(identity) FROM span WHERE (lower, upper) IN ("
            "SELECT DISTINCT lower, upper FROM span WHERE day >= today() - 1"
            f" AND received > {since} AND received <= {now} LIMIT {MAX_TRACES})"
            " GROUP BY lower, upper",
            values,
        )
        self._told_until = until
        took = time.monotonic() - asked
        self._next = asked + max(INTERVAL_S, took / MAX_SHARE)
        return {f"{upper:016x}{lower:016x}": spans for upper, lower, spans in rows}
