"""The services ever seen, as all collectors know them."""

from __future__ import annotations

import contextlib
import struct
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.store.clickhouse.batch import StoredChunk
from collector.store.clickhouse.bound_values import text_bytes
from collector.store.clickhouse.connection import ClickHouseError, Connection
from collector.store.service_catalog import MAX_SERVICES, Service

REFRESH_S = 2.0
"""How old what is known of other collectors' services may be."""
WRITE_S = 5.0
"""How often it is written down when services were last seen: other collectors know it no sooner."""


@dataclass
class _Row:
    """A service as it looked at some time: a row of the table `service`."""

    first_seen: int
    last_seen: int
    is_written: bool = False


class Services:
    """The known services. Thread-safe."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        """They are on all of these ClickHouses, so that any of them will do."""
        self._connections = connections
        self._rows: dict[tuple[str, str], _Row] = {}
        """By name and kind."""
        self._known: dict[str, Service] = {}
        self._lock = threading.Lock()
        self._next_write = time.monotonic() + WRITE_S
        self._next_read = 0.0

    def record(self, chunks: Iterable[StoredChunk]) -> None:
        """Record the services of chunks that are about to be stored; a new one is written down when
        this returns. Raises `ClickHouseError` if it cannot be."""
        is_new = False
        self._refresh()
        with self._lock:
            for chunk in chunks:
                moment = max(0, chunk.times.end)
                for name, kind in chunk.service_kinds().items():
                    row = self._rows.get((name, kind))
                    if row is None:
                        if len(self._rows) >= MAX_SERVICES:
                            continue
                        row = self._rows[name, kind] = _Row(time.time_ns(), moment)
                        is_new = True
                    if moment > row.last_seen:
                        row.last_seen, row.is_written = moment, False
        if is_new:
            self.write()
            self._read()

    def services(self) -> list[Service]:
        """Return all services, in the order in which they were first seen: those known last, if
        ClickHouse does not answer."""
        self._refresh()
        with self._lock:
            latest: dict[str, int] = {}
            for (name, _), row in self._rows.items():
                latest[name] = max(row.last_seen, latest.get(name, 0))
            return [
                service._replace(last_seen=max(service.last_seen, latest.get(name, 0)))
                for name, service in self._known.items()
            ]

    def color_and_kind(self, name: str) -> tuple[int, str]:
        """Return the colour and the kind of a service; colour 0 if it is not listed."""
        if name not in self._known and len(self._rows) < MAX_SERVICES:
            with contextlib.suppress(ClickHouseError):
                self._read()  # it was written down before its spans were
        service = self._known.get(name)
        return (service.color, service.kind) if service else (0, "service")

    def maintain(self) -> None:
        """Write down when services were last seen, if it is time. Raises `ClickHouseError`."""
        if time.monotonic() >= self._next_write:
            self.write()

    def write(self) -> None:
        """Write down what is not yet, on all of them. Raises `ClickHouseError` if none takes it."""
        with self._lock:
            unwritten = [(key, row) for key, row in self._rows.items() if not row.is_written]
            for _, row in unwritten:
                row.is_written = True
        self._next_write = time.monotonic() + WRITE_S
        if not unwritten:
            return
        body = b"".join(
            text_bytes(name) + text_bytes(kind) + struct.pack("<QQ", row.first_seen, row.last_seen)
            for (name, kind), row in unwritten
        )
        problems = []
        for connection in self._connections:
            try:
                connection.insert("service (name, kind, first_seen, last_seen)", body)
            except ClickHouseError as problem:
                problems.append(problem)
        if problems:
            with self._lock:
                for _, row in unwritten:
                    row.is_written = False
        if len(problems) == len(self._connections):
            raise problems[0]

    def _refresh(self) -> None:
        if time.monotonic() >= self._next_read:
            with contextlib.suppress(ClickHouseError):
                self._read()

    def _read(self) -> None:
        """Read what all collectors have written, wherever it can be read. Colours are in the order
        of the first sight, so that all of them give the same ones.

        Raises `ClickHouseError` if none answers.
        """
        self._next_read = time.monotonic() + REFRESH_S
        problems = []
        seen: dict[tuple[str, str], tuple[int, int]] = {}
        for connection in self._connections:
            try:
                rows = connection.rows(
                    "SELECT name, kind, min(first_seen) AS first, max(last_seen) FROM service"
                    f" GROUP BY name, kind ORDER BY first, name, kind LIMIT {MAX_SERVICES}"
                )
            except ClickHouseError as problem:
                problems.append(problem)
                continue
            for name, kind, first, last in rows:
                before = seen.get((name, kind), (first, last))
                seen[name, kind] = min(first, before[0]), max(last, before[1])
        if len(problems) == len(self._connections):
            raise problems[0]
        self._take(sorted((first, *key, last) for key, (first, last) in seen.items()))

    def _take(self, rows: list[tuple[int, str, str, int]]) -> None:
        """Take over what was read, in the order of the first sight."""
        known: dict[str, Service] = {}
        with self._lock:
            for first_seen, name, kind, last_seen in rows:
                self._rows.setdefault((name, kind), _Row(first_seen, last_seen, is_written=True))
                service = known.get(name)
                if service is None:
                    known[name] = Service(name, len(known), kind, last_seen)
                else:
                    latest = max(service.last_seen, last_seen)
                    known[name] = service._replace(kind="service", last_seen=latest)
            self._known = known
