"""How the app's database finds what it is asked for: its query plan, which no load changes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

WHOLE_TABLE = re.compile(r"SCAN (?:TABLE )?\w+")
"""A step of a plan that reads all rows of a table, without an index that gives them an order."""


def query_plan(database: Path | None, statement: str) -> list[str]:
    """Return the steps in which the SQLite file `database` would answer a statement; none if it is
    not there to be asked, as where the app has another database."""
    if database is None:
        return []
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection,
    ):
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return []


def reads_whole_table(plan: Sequence[str]) -> bool:
    """Return whether a step of the plan reads every row of a table."""
    return any(WHOLE_TABLE.fullmatch(step) for step in plan)
