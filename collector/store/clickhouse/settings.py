"""Settings that all collectors of a ClickHouse share."""

from __future__ import annotations

import contextlib
import struct
import threading
import time
from collections.abc import Sequence

from collector.store.clickhouse.bound_values import BoundValues, text_bytes
from collector.store.clickhouse.connection import ClickHouseError, Connection
from collector.store.settings import SettingError

REFRESH_S = 2.0
"""How soon the others follow what one collector was told."""
_REFRESH_AGAIN_S = 10.0
"""The same, while one of them does not answer: it may take a while to find out."""


class SharedSetting:
    """One setting, on all ClickHouses, so that any of them will do. Thread-safe."""

    def __init__(self, connections: Sequence[Connection], name: str) -> None:
        self.name = name
        self._connections = connections
        self._version = 0
        """When what is known was written, ns since 1970; 0 if nothing is known."""
        self._lock = threading.Lock()
        self._next_read = 0.0

    def read(self) -> bytes | None:
        """Return what was written last, by whichever collector; None if nothing was. Raises
        `SettingError`."""
        try:
            self._version, content = self._latest()
        except ClickHouseError as problem:
            raise SettingError(str(problem)) from None
        return content if self._version else None

    def write(self, content: bytes) -> None:
        """Let something else hold for all collectors. Raises `SettingError` if none of the
        ClickHouses takes it."""
        with self._lock:
            latest = self._version
            with contextlib.suppress(ClickHouseError):
                latest, _ = self._latest()
            version = max(time.time_ns(), latest + 1)  # whatever the clocks of the others say
            row = text_bytes(self.name) + struct.pack("<Q", version) + text_bytes(content.decode())
            problems = []
            for connection in self._connections:
                try:
                    connection.insert("setting (name, version, value)", row)
                except ClickHouseError as problem:
                    problems.append(str(problem))
            if len(problems) == len(self._connections):
                raise SettingError(problems[0])
            self._version = version

    def changed(self) -> bytes | None:
        """Return what another collector has written since it was read; None if nothing, or if that
        was looked up a moment ago."""
        if time.monotonic() < self._next_read or not self._lock.acquire(blocking=False):
            return None
        try:
            version, content = self._latest()
            if version <= self._version:
                return None
            self._version = version
            return content
        except ClickHouseError:  # what was known last holds
            return None
        finally:
            self._lock.release()

    def _latest(self) -> tuple[int, bytes]:
        """Return when it was written last, and what; 0 if nothing was. Raises `ClickHouseError` if
        none answers."""
        latest, problems = (0, b""), []
        for connection in self._connections:
            values = BoundValues()
            query = (
                "SELECT max(version), argMax(value, version) FROM setting"
                f" WHERE name = {values.text(self.name)}"
            )
            try:
                ((version, value),) = connection.rows(query, values)
            except ClickHouseError as problem:
                problems.append(problem)
            else:
                latest = max(latest, (version, value.encode()))
        self._next_read = time.monotonic() + (_REFRESH_AGAIN_S if problems else REFRESH_S)
        if len(problems) == len(self._connections):
            raise problems[0]
        return latest
