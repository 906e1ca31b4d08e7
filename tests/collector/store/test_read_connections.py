"""Connections for reading go from one reader to the next, and few are kept for nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.store.database import inode_at
from collector.store.read_connections import ReadConnections


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "000001.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE span (id INTEGER)")
    return path


@pytest.fixture
def connections(path: Path) -> Iterator[ReadConnections]:
    with closing(ReadConnections(path, inode_at(path))) as connections:
        yield connections


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.execute("SELECT count(*) FROM span").fetchone() == (0,)
    except sqlite3.ProgrammingError:
        return False


def test_what_one_reader_gives_back_the_next_one_gets(connections: ReadConnections) -> None:
    first, second = connections.take(), connections.take()
    assert first is not second
    connections.give_back(first, max_idle=2)
    assert connections.take() is first
    for connection in (first, second):
        connections.give_back(connection, max_idle=2)


def test_no_more_are_kept_than_wanted(connections: ReadConnections) -> None:
    taken = [connections.take() for _ in range(3)]
    for connection in taken:
        connections.give_back(connection, max_idle=1)
    assert [is_open(connection) for connection in taken] == [True, False, False]


def test_those_in_use_are_closed_when_they_are_given_back(connections: ReadConnections) -> None:
    used, idle = connections.take(), connections.take()
    connections.give_back(idle, max_idle=1)
    connections.close()
    assert (is_open(used), is_open(idle)) == (True, False)
    connections.give_back(used, max_idle=1)
    assert not is_open(used)


def test_another_file_of_that_name_is_not_read(connections: ReadConnections, path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE span (id INTEGER)")
    with pytest.raises(sqlite3.OperationalError, match=r"000001\.db is gone"):
        connections.take()
