"""Asking a database how it finds things."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tutor.checks.query_plan import query_plan, reads_whole_table

NEWEST = "SELECT stars FROM review WHERE beer_id = 1 ORDER BY day DESC, id DESC LIMIT 20"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "ä b.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE review (id INTEGER PRIMARY KEY, beer_id, day, stars)")
    return path


@pytest.mark.parametrize(
    ("columns", "reads_all"),
    [
        ("", True),
        ("stars", True),
        ("beer_id, day DESC, id DESC", False),
        ("beer_id", False),
        ("day, id", False),
    ],
)
def test_a_plan_tells_whether_an_index_helps(database: Path, columns: str, reads_all: bool) -> None:
    with closing(sqlite3.connect(database)) as connection:
        if columns:
            connection.execute(f"CREATE INDEX an_index ON review ({columns})")
    plan = query_plan(database, NEWEST)
    assert plan
    assert reads_whole_table(plan) == reads_all


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert query_plan(None, NEWEST) == query_plan(tmp_path / "beer.db", NEWEST) == []
    assert not list(tmp_path.iterdir())
    (tmp_path / "beer.db").write_text("something else, of more than a few bytes" * 10)
    assert query_plan(tmp_path / "beer.db", NEWEST) == []
