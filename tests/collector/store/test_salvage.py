"""What can be read of a damaged file is saved, the rest is named and counted."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from collector.counted import counted
from collector.store import group_commit
from collector.store.packed_spans import unpack
from collector.store.sqlite import Store
from tests.collector.chunks import chunk, span_ids, trace_ids
from tests.collector.stores import collecting
from tests.waiting import wait_until

DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(b"this is not a database" * 1000),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "zeroed": lambda path: path.write_bytes(path.read_bytes()[:100] + bytes(4096)),
    "emptied": lambda path: path.write_bytes(b""),
}


@pytest.fixture(autouse=True)
def _quick_upkeep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)


@pytest.mark.parametrize("file", ["000001.db", "000002.db", "catalog.db"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_cannot_be_read_at_all_is_renamed_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, damage: str
) -> None:
    with collecting(tmp_path, max_spans=80) as store:
        for trace in range(1, 16):
            store.add([chunk(trace, 1)])
        assert len(store.partitions()) == 2
        colors = {service.name for service in store.catalog.services()}
    DAMAGES[damage](tmp_path / file)
    with collecting(tmp_path, max_spans=80) as store:
        store.add([chunk(99, 1)])
        assert {service.name for service in store.catalog.services()} == colors
        missing = {"000001.db": range(1, 11), "000002.db": range(11, 16)}.get(file, ())
        assert trace_ids(store) == ({*range(1, 16)} - {*missing}) | {99}
    if (file, damage) != ("catalog.db", "emptied"):  # which is what it is before the first service
        warning = capsys.readouterr().err
        assert f"{file} is damaged" in warning
        assert "set aside" in warning
        assert ("nothing of it could be read" in warning) == (file != "catalog.db")
    with collecting(tmp_path, max_spans=80) as store:
        assert len(trace_ids(store)) == 16 - len(missing)
    assert capsys.readouterr().err == ""


def _spoil_a_trace_row(path: Path) -> None:
    with _editing(path) as connection:
        connection.execute("UPDATE trace SET services = '{\"web' WHERE id = 4")


def _spoil_a_chunk(path: Path) -> None:
    with _editing(path) as connection:
        connection.execute("UPDATE chunk SET spans = x'c1c1' WHERE trace = 4")


def _flip_a_character(path: Path) -> None:
    with _editing(path) as connection:
        connection.create_function("unpack", 1, unpack)
        connection.execute(
            "UPDATE chunk SET spans = CAST(replace(unpack(spans), 'res', 'rest') AS BLOB)"
            " WHERE trace = 4"
        )


def _spoil_a_trace_id(path: Path) -> None:
    with _editing(path) as connection:
        connection.execute(
            "UPDATE trace SET trace_id = 'x' || substr(trace_id, 2, 30) || 'x' WHERE id = 4"
        )


def _garble(table: str) -> Callable[[Path], None]:
    """Return a function that overwrites the page with the first row of a table."""

    def garble(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
            query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
            (root,) = connection.execute(query, (table,)).fetchone()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with path.open("r+b") as file:
            file.seek((root - 1) * page_bytes)
            interior = file.read(page_bytes)
            assert interior[0] == 5, "the table has only one page"
            first_cell = int.from_bytes(interior[12:14], "big")
            leaf = int.from_bytes(interior[first_cell : first_cell + 4], "big")
            file.seek((leaf - 1) * page_bytes)
            file.write(b"\xff" * page_bytes)

    return garble


@contextmanager
def _editing(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


TRACES, SEALED = range(1, 101), range(1, 51)
"""Traces of two spans each, and those of them that are in a sealed partition."""


@pytest.mark.parametrize(
    ("damage", "most_lost"),
    [
        (_spoil_a_trace_row, 0),
        (_spoil_a_chunk, 1),
        (_flip_a_character, 1),
        (_spoil_a_trace_id, 1),
        (_garble("trace"), 25),
        (_garble("chunk"), 25),
    ],
)
@pytest.mark.parametrize("running", [False, True])
def test_one_damaged_row_or_page_costs_no_more_than_what_was_there(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    most_lost: int,
    running: bool,
) -> None:
    with collecting(tmp_path, max_spans=800) as store:
        for trace in TRACES:
            store.add([chunk(trace, 1, 2, filler=Random(trace).randbytes(150).hex())])
        assert store.partitions()[-1].traces == len(SEALED)
        if running:
            if damage is _spoil_a_trace_id:
                pytest.skip("ids are only looked at when a partition is opened")
            damage(tmp_path / "000001.db")
            _read_everything(store)
            wait_until(lambda: not any(each.suspicion for each in store.partitions()))
            left = trace_ids(store)
    if not running:
        damage(tmp_path / "000001.db")
        with collecting(tmp_path, max_spans=800) as store:
            _read_everything(store)
            wait_until(lambda: _is_looked_after(store))
            left = trace_ids(store)
    told = capsys.readouterr().err
    lost = {*TRACES} - left
    assert lost <= {*SEALED}
    assert len(lost) <= most_lost
    with collecting(tmp_path, max_spans=800) as store:
        assert trace_ids(store) == left
        assert all(span_ids(store, trace) == [1, 2] for trace in left)
    assert (
        f"saved {counted(len({*SEALED} - lost), 'trace')} with {2 * len({*SEALED} - lost)} spans;"
        in told
    )
    if lost:
        assert f"lost {counted(len(lost), 'trace')} and {2 * len(lost)} spans, or more" in told


def _is_looked_after(store: Store) -> bool:
    return all(each.checked and not each.suspicion for each in store.partitions())


def _read_everything(store: Store) -> None:
    """Open every trace, as far as that works."""
    with suppress(sqlite3.Error):
        trace_ids(store, "x:y")
    for trace in SEALED:
        with suppress(sqlite3.Error):
            if found := store.find(f"{trace:032x}"):
                found.summary()
                found.spans()


def test_what_is_only_suspected_stays_where_it_is(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([chunk(1, 1)])
        [partition] = store.partitions()
        partition.suspect(sqlite3.DatabaseError("database disk image is malformed"))
        store.add([chunk(2, 1)])
        store.add([chunk(3, 1)])
        assert store.partitions() == [partition]
    assert not list(tmp_path.glob("*.broken"))


def test_a_partition_set_aside_before_is_saved_at_the_next_start(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=80) as store:
        for trace in range(1, 16):
            store.add([chunk(trace, 1)])
    os.rename(tmp_path / "000001.db", tmp_path / "000001.db.1763640000.broken")
    for _ in range(2):
        with collecting(tmp_path, max_spans=80) as store:
            assert trace_ids(store) == {*range(1, 16)}
    assert [path.name for path in tmp_path.glob("*.salvaged")] == ["000001.db.1763640000.salvaged"]
