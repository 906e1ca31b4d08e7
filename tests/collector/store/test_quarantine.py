"""Broken files are renamed and reported, and the rest still answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.collector.chunks import chunk, trace_ids
from tests.collector.conftest import collecting

DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(b"this is not a database" * 1000),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "zeroed": lambda path: path.write_bytes(path.read_bytes()[:100] + bytes(4096)),
    "other version": lambda path: sqlite3.connect(path).execute("PRAGMA user_version = 99").close(),
}


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        (file, damage)
        for file in ("000001.db", "000002.db", "catalog.db")
        for damage in DAMAGES
        if (file, damage) != ("catalog.db", "other version")  # it has no versions
    ],
)
def test_a_broken_file_is_renamed_and_reported(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    damage: str,
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
    warning = capsys.readouterr().err
    assert warning.count("\n") == 1
    assert file in warning
    assert "set aside" in warning
