"""How much is stored, asked no more often than it is worth."""

from __future__ import annotations

import threading
import time

from collector.store.clickhouse.connection import ClickHouseError, Connection
from collector.store.totals import Totals

QUICK_S = 0.05
"""What takes no longer is asked each time."""
MAX_SHARE = 1 / 20
"""Share of the time that is spent on it, at most, where it takes longer."""


class StoredTotals:
    """What is known of how much is stored. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._latest = Totals(0, 0, 0, 0, 0, 0)
        self._next = 0.0
        self._lock = threading.Lock()

    def read(self) -> Totals:
        """Return the totals, as new as is worth it; those known last if ClickHouse does not
        answer."""
        with self._lock:
            began = time.monotonic()
            if began >= self._next:
                try:
                    self._latest = self._ask()
                except ClickHouseError:
                    self._next = time.monotonic() + 1
                    return self._latest
                took = time.monotonic() - began
                self._next = began + took / MAX_SHARE if took > QUICK_S else 0.0
            return self._latest

    def _ask(self) -> Totals:
        ((spans, traces, oldest, newest),) = self._connection.rows(
            "SELECT count(), uniq(lower, upper), minIf(start, arrived = 0),"
            " maxIf(start + duration, arrived = 0) FROM span"
        )
        ((size,),) = self._connection.rows(
            "SELECT sum(bytes_on_disk) FROM system.parts"
            " WHERE active AND database = currentDatabase()"
        )
        return Totals(spans, traces, size, oldest, newest, 0)
