"""The words that stored spans are described with, read from the index of a partition."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from collector.model import number_text
from collector.store.index_terms import FIELDS, MAX_TERM_CHARS, prefix, values_of
from collector.store.recent_index import RecentIndex


def words_of(recent: RecentIndex, kind: str, *values: str) -> Iterator[str]:
    """Yield the last values of the index terms of this kind, after the given ones, in memory."""
    if kind in FIELDS:
        position = FIELDS.index(kind)
        yield from {str(alike[position]) for alike in list(recent.alike)}
    elif kind == "key":
        yield from {key for key, _ in list(recent.tags)}
    else:
        yield from (number_text(value) for key, value in list(recent.tags) if key == values[0])


def words_on_disk(connection: sqlite3.Connection, kind: str, *values: str) -> Iterator[str]:
    """Yield the same on disk, from one to the next: a term is there once for each part of the
    index."""
    begin = prefix(kind, *values, "")
    query = "SELECT term FROM posting WHERE term > ? AND term < ? ORDER BY term LIMIT 1"
    latest = begin
    while row := connection.execute(query, (latest, begin + "\U0010ffff")).fetchone():
        latest = row[0]
        if len(latest) <= MAX_TERM_CHARS:
            yield values_of(latest)[-1]
