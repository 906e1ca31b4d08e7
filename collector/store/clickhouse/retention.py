"""Dropping what is too old: whole days of receipt, whichever collector comes to it first."""

from __future__ import annotations

import time

from collector.store.clickhouse.connection import Connection

PAUSE_S = 60.0
"""Between two looks."""
_DAY_S = 86_400


class Retention:
    """Drops the days that ended longer ago than the age to keep."""

    def __init__(self, connection: Connection, max_age: float) -> None:
        """`max_age` is in seconds."""
        self._connection = connection
        self._max_age = max_age
        self._next = 0.0
        self.dropped_spans = 0
        """Since the start, by this collector."""

    def maintain(self) -> None:
        """Drop what is too old, if that has not just been looked at. Raises `ClickHouseError`."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PAUSE_S
        oldest_day = int((time.time() - self._max_age) // _DAY_S)
        query = (
            f"SELECT toString(day), count() FROM span WHERE day < toDate({oldest_day}) GROUP BY day"
        )
        for day, spans in self._connection.rows(query):
            self._connection.command(f"ALTER TABLE span DROP PARTITION '{day}'")
            self.dropped_spans += spans
