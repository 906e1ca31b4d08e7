"""The services ever seen, with the colour each was given, in a file of their own."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from collector.store import set_aside
from collector.store.database import connect, transaction
from collector.store.file_errors import CannotOpenError, is_damage

MAX_SERVICES = 10_000
"""Further services are stored and found, but neither listed nor given a colour: more are likely to
be a number put into the name."""


class Service(NamedTuple):
    """A service as viewers know it; OpenTelemetry's `service.name`."""

    name: str
    color: int
    """Index into the palette: given once, never changed."""
    kind: str
    """`datastore` or `client` while all its spans look like it, else `service`."""
    last_seen: int
    """The latest end of a trace that it was part of, ns since 1970."""


class ServiceCatalog:
    """The known services. One thread records them, any thread reads."""

    def __init__(self, path: Path) -> None:
        """Open the file or create it. Raises `sqlite3.Error` or `OSError` if that fails."""
        self._path = path
        self._connection = _connect(path)
        try:
            rows = self._connection.execute("SELECT * FROM service ORDER BY color")
            self._services = {row[0]: Service(*row) for row in rows}
        except BaseException:
            self._connection.close()
            raise
        self._last_seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def record(self, kinds: Mapping[str, str], moment: int) -> None:
        """Record that these services, each with the kind it looks like, were active at a moment.

        A new service or a changed kind is on disk when this returns. Raises `sqlite3.Error` if it
        cannot be written; it is not listed then, either.
        """
        changed: list[Service] = []
        for name, kind in kinds.items():
            service = self._services.get(name)
            if service is None:
                color = len(self._services) + len(changed)
                if color >= MAX_SERVICES:
                    continue
                changed.append(Service(name, color, kind, moment))
            elif kind != service.kind and service.kind != "service":
                changed.append(service._replace(kind="service"))
            if moment > self._last_seen.get(name, 0):
                self._last_seen[name] = moment
        if changed:
            self._write(changed)
            with self._lock:
                self._services.update((service.name, service) for service in changed)

    def services(self) -> list[Service]:
        """Return all services, in the order in which they were first seen."""
        with self._lock:
            services = list(self._services.values())
        return [
            service._replace(last_seen=max(service.last_seen, self._last_seen.get(service.name, 0)))
            for service in services
        ]

    def color_and_kind(self, name: str) -> tuple[int, str]:
        """Return the colour and the kind of a service; colour 0 if it is not listed."""
        service = self._services.get(name)
        return (service.color, service.kind) if service else (0, "service")

    def close(self) -> None:
        """Write when each service was last seen, if that is possible, and close the file."""
        try:
            with contextlib.suppress(sqlite3.Error):
                self._write(self.services())
        finally:
            self._connection.close()

    def _write(self, services: Iterable[Service]) -> None:
        if not self._path.exists():  # deleted: start a new file with what is in memory
            self._connection.close()
            self._connection = _connect(self._path)
            services = [*self.services(), *services]
        with transaction(self._connection):
            statement = "INSERT OR REPLACE INTO service VALUES (?, ?, ?, ?)"
            self._connection.executemany(statement, services)


def open_catalog(path: Path) -> ServiceCatalog:
    """Open the catalog; a damaged one is set aside, and made again of what is stored.

    Raises `CannotOpenError` if the file cannot be used at present.
    """
    try:
        try:
            return ServiceCatalog(path)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            set_aside.set_aside(path, str(error))
            return ServiceCatalog(path)
    except (sqlite3.Error, OSError) as error:
        raise CannotOpenError(path, error) from None


def _connect(path: Path) -> sqlite3.Connection:
    connection = connect(path, write=True)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS service (name TEXT PRIMARY KEY, "
            "color INTEGER NOT NULL, kind TEXT NOT NULL, last_seen INTEGER NOT NULL)"
        )
    except BaseException:
        connection.close()
        raise
    return connection
