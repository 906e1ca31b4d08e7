"""A file that is broken, deleted or in the way leaves no database open behind it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from collector.aggregates.digest_file import DigestFile
from collector.store import database, group_commit, partition, read_connections
from collector.store.partition import Partition
from collector.store.service_catalog import ServiceCatalog
from collector.store.sqlite import Store
from tests.left_open import nothing_left_open


def change(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)


def test_a_partition_deleted_while_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(path: Path, *, write: bool) -> sqlite3.Connection:
        connection = database.connect(path, write=write)
        path.unlink()
        return connection

    path = tmp_path / "000001.db"
    Partition.create(path).close()
    monkeypatch.setattr(partition, "connect", connect)
    with nothing_left_open(), pytest.raises(FileNotFoundError):
        Partition(path)


def test_a_folder_replaced_while_a_reader_opens_a_file_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(path: Path) -> sqlite3.Connection:
        connections.append(database.connect(path))
        shutil.move(path.parent, tmp_path / "elsewhere")
        path.parent.write_text("a file")
        return connections[0]

    connections: list[sqlite3.Connection] = []
    (tmp_path / "traces").mkdir()
    with closing(Partition.create(tmp_path / "traces" / "000001.db")) as opened:
        monkeypatch.setattr(read_connections, "connect", connect)
        with pytest.raises(NotADirectoryError), opened.read_connection():
            pass
        # SQLite keeps a file open as long as another of our connections holds a lock on it.
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connections[0].execute("SELECT 1")


def test_digests_without_one_of_their_tables(tmp_path: Path) -> None:
    path = tmp_path / "000001.digests"
    DigestFile(path, made_for=1).close()
    change(path, "DROP TABLE route")
    with nothing_left_open(), pytest.raises(sqlite3.OperationalError, match="no such table"):
        DigestFile(path, made_for=1)


def test_a_catalog_with_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    catalog = ServiceCatalog(path)
    catalog.record({"web": "service"}, 1)
    catalog.close()
    change(path, "ALTER TABLE service ADD COLUMN team TEXT")
    with nothing_left_open(), pytest.raises(TypeError):
        ServiceCatalog(path)


def test_no_thread_left_to_write_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(group_commit.BackgroundThread, "start", start)
    with nothing_left_open(), pytest.raises(RuntimeError, match="can't start"):
        Store(tmp_path)
