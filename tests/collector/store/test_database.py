"""SQLite connections."""

from __future__ import annotations

import _sqlite3
import ctypes
import sqlite3
from pathlib import Path

import pytest

from collector.aggregates.digest_file import digest_file_of
from collector.store.database import IN_LIST, as_list
from collector.store.sqlite import Store
from tests.collector.chunks import chunk


def sqlite_memory() -> int:
    """The bytes that SQLite holds in this process, all connections together."""
    try:
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_memory_used.restype = ctypes.c_longlong
        return int(library.sqlite3_memory_used())
    except (OSError, AttributeError):
        pytest.skip("this SQLite does not tell")


def test_queries_for_many_traces_leave_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path)
    try:
        store.add([chunk(number, 1) for number in range(1, 11)])
        [partition] = store.partitions()
        digests = digest_file_of(partition)

        def ask(first: int) -> None:
            numbers = range(first, first + 500)
            assert len(partition.trace_sizes(numbers)) == 11 - first
            assert digests.take("card", numbers) == {}

        ask(1)
        before = sqlite_memory()
        for first in range(2, 11):
            ask(first)
        assert sqlite_memory() - before < 100_000, "one such statement, prepared, is 70 kB"
    finally:
        store.close()


def test_a_list_is_taken_as_it_is() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);")
    names = ["a", "'", '"', "ü", "\n"]
    connection.executemany("INSERT INTO t (name) VALUES (?)", [(name,) for name in names])
    for number, name in enumerate(names, 1):
        query = f"SELECT id FROM t WHERE name {IN_LIST} AND id {IN_LIST}"  # noqa: S608
        assert connection.execute(query, (as_list([name]), as_list([number, 99]))).fetchall() == [
            (number,)
        ]
    query = f"SELECT * FROM t WHERE id {IN_LIST}"  # noqa: S608
    assert connection.execute(query, (as_list([]),)).fetchall() == []
    connection.close()
