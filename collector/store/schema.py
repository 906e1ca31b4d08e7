"""The tables of one partition."""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from pathlib import Path

from collector.store.database import connect

VERSION = 3
"""The version of these tables. A file with another one is left alone."""
VERSIONS_BEFORE = (1, 2)
"""Except these: in version 2 spans that are alike share no tags, in version 1 chunks are not
compressed either."""

_TABLES = """
CREATE TABLE trace (            -- one row per trace; the columns are the fields of TraceSummary
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    resource TEXT NOT NULL,
    status TEXT NOT NULL,
    version TEXT NOT NULL,
    root_start INTEGER NOT NULL,
    spans INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    services TEXT NOT NULL,     -- JSON
    shortest INTEGER NOT NULL,
    longest INTEGER NOT NULL
);
CREATE INDEX trace_start ON trace (start);
CREATE TABLE chunk (            -- spans of one trace that arrived together
    id INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL,
    digest INTEGER NOT NULL,    -- hash of the list: what is sent twice is stored once
    spans BLOB NOT NULL         -- see packed_spans.py: msgpack, a list of model.Span
);
CREATE UNIQUE INDEX chunk_trace ON chunk (trace, digest);
CREATE TABLE posting (          -- the index: which traces have the term
    term TEXT NOT NULL,
    segment INTEGER NOT NULL,   -- number of the flush of RecentIndex it is from; 0: late
    traces BLOB NOT NULL,       -- row numbers of traces, 4 bytes each
    PRIMARY KEY (term, segment)
) WITHOUT ROWID;
CREATE TABLE alike (            -- the durations of spans that have all of this in common
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    resource TEXT NOT NULL,
    type TEXT NOT NULL,
    error INTEGER NOT NULL,
    segment INTEGER NOT NULL,   -- as above
    traces BLOB NOT NULL,       -- as above
    shortest BLOB NOT NULL,     -- the shortest of them in each of these traces, 8 bytes each
    longest BLOB NOT NULL,      -- likewise the longest
    shared_tags BLOB NOT NULL,  -- msgpack, a map: the tags that every one of these spans has
    PRIMARY KEY (service, name, resource, type, error, segment)
) WITHOUT ROWID;
CREATE TABLE resource (         -- resources as seen with operations
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    resource TEXT NOT NULL,
    trace INTEGER NOT NULL,     -- the latest it was seen in
    PRIMARY KEY (service, name, type, resource)
) WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""

TRACE_ID_INDEX = (
    "CREATE UNIQUE INDEX IF NOT EXISTS trace_by_half ON trace (substr(trace_id, 17), trace_id)"
)
"""By the lower half first: it is all that some clients know."""

# Random keys are cheap to index all at once and expensive one by one, so these indexes wait until
# the partition is sealed. Until then memory knows where every trace is.
INDEXES_OF_A_SEALED_PARTITION = (
    TRACE_ID_INDEX,
    # With ids: of traces that last equally long, the order is theirs.
    "CREATE INDEX IF NOT EXISTS trace_by_duration ON trace (duration, trace_id)",
    "CREATE INDEX IF NOT EXISTS trace_errors ON trace (errors)",
)


def create(path: Path) -> None:
    """Create a file with these tables; it is on the disk when this returns.

    Raises `sqlite3.Error` if that fails.
    """
    with closing(connect(path, write=True)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        state = {"created": int(time.time()), "mark": secrets.randbits(62)}
        state |= {"templates": 1, "alike": 1, "shared_tags": 1}
        connection.executemany("INSERT INTO state VALUES (?, ?)", state.items())
        # Only a name is missing now: all of it has to be in the one file that is renamed.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
