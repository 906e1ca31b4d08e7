"""The services ever seen, with the colour each was given, in a file of their own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from collector.store.database import connect, transaction

MOST_SERVICES = 10_000
"""More are stored and found, but neither listed nor given a colour: somebody is counting with
them."""


class Service(NamedTuple):
    """A service as viewers know it."""

    name: str
    color: int
    """Index into the palette: given once, never changed."""
    kind: str
    """`datastore` or `client` while all its spans look like it, else `service`."""
    last_seen: int
    """The latest end of a trace that it was part of, ns since 1970."""


class Catalog:
    """Remembers services. One thread notes, any thread reads."""

    def __init__(self, path: Path) -> None:
        """Open the file or make a new one. Raises `sqlite3.Error`."""
        self._path = path
        self._connection = _connect(path)
        try:
            rows = self._connection.execute("SELECT * FROM service ORDER BY color")
            self._services = {row[0]: Service(*row) for row in rows}
        except sqlite3.Error:
            self._connection.close()
            raise
        self._last_seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, kinds: Mapping[str, str], moment: int) -> None:
        """Note that these services, which look of these kinds, were at work until then.

        A new service or a new kind is on the disk when this returns. Raises `sqlite3.Error`, and
        then it is not known either.
        """
        news: list[Service] = []
        for name, kind in kinds.items():
            known = self._services.get(name)
            if known is None:
                number = len(self._services) + len(news)
                if number >= MOST_SERVICES:
                    continue
                news.append(Service(name, number, kind, moment))
            elif kind != known.kind and known.kind != "service":
                news.append(known._replace(kind="service"))
            if moment > self._last_seen.get(name, 0):
                self._last_seen[name] = moment
        if news:
            self._write(news)
            with self._lock:
                self._services.update((service.name, service) for service in news)

    def services(self) -> list[Service]:
        """All services, in the order in which they were first seen."""
        with self._lock:
            services = list(self._services.values())
        return [
            service._replace(last_seen=max(service.last_seen, self._last_seen.get(service.name, 0)))
            for service in services
        ]

    def color_of(self, name: str) -> tuple[int, str]:
        """The colour and the kind of a service."""
        service = self._services.get(name)
        return (service.color, service.kind) if service else (0, "service")

    def close(self) -> None:
        """Write down when the services were last seen, and close the file."""
        try:
            self._write(self.services())
        finally:
            self._connection.close()

    def _write(self, services: Iterable[Service]) -> None:
        if not self._path.exists():  # deleted: begin again with what is known
            self._connection.close()
            self._connection = _connect(self._path)
            services = [*self.services(), *services]
        with transaction(self._connection):
            statement = "INSERT OR REPLACE INTO service VALUES (?, ?, ?, ?)"
            self._connection.executemany(statement, services)


def _connect(path: Path) -> sqlite3.Connection:
    connection = connect(path, write=True)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS service (name TEXT PRIMARY KEY, "
            "color INTEGER NOT NULL, kind TEXT NOT NULL, last_seen INTEGER NOT NULL)"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection
