"""Digests are made again if their file is damaged, and only then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from collector.aggregates.digest_file import DigestFile
from tests.collector.open_files import no_more_open_files

MARK = 7


def test_only_a_damaged_or_outdated_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "000001.digests"

    def knows_the_route(mark: int = MARK) -> bool:
        with closing(DigestFile(path, mark)) as file:
            return ("web", "GET /") in file.routes().values()

    with closing(DigestFile(path, MARK)) as file:
        file.number_of("web", "GET /")
    with no_more_open_files(left=0), pytest.raises(sqlite3.OperationalError):
        DigestFile(path, MARK)
    assert knows_the_route()
    assert not knows_the_route(MARK + 1)
    with closing(DigestFile(path, MARK)) as file:
        file.number_of("web", "GET /")
    path.write_bytes(b"this is not a database" * 1000)
    assert not knows_the_route()
