"""What a call to a database or a cache does, read off its names and tags.

Clients differ: the command is in the resource or in the name, in SQL or not, and the kind of store
is the span's type or a tag.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from collector.model import Span, TagValue
from collector.span_types import CACHE_TYPES, DATASTORE_TYPES

MAX_READ_CHARS = 2_000
"""Characters of a statement that are looked at."""
MIN_PAGE_ROWS = 100
"""Rows of each page of something large that is read page by page."""

_SYSTEM_TAGS = ("db.system.name", "db.system", "db.type")
"""OpenTelemetry's tags that say which kind of database was called, the newest first."""
_BATCH_SIZE_KEYS = ("batch.size", "batch_size", "batch.count")
_ROWS_KEYS = ("rows", "row_count", "rowcount", "rows_affected", "rows.affected")
"""What the keys end in under which clients say how many items or rows there were."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SESSION = _words(
    """BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE SET RESET SHOW USE PRAGMA PREPARE DEALLOCATE
    DISCARD CONNECT CHECKOUT ACQUIRE CLOSE PING AUTH HELLO CLIENT SUBSCRIBE LISTEN WAIT LOCK UNLOCK
    MULTI EXEC WATCH UNWATCH BLPOP BRPOP BLMOVE BLMPOP BZPOPMIN BZPOPMAX XREAD XREADGROUP"""
)
"""Commands about the session, the connection or the transaction, and those that wait until there is
something: no item is in them."""
_CURSOR = _words(
    "FETCH FETCHALL FETCHMANY FETCHONE DECLARE MOVE SCAN SSCAN HSCAN ZSCAN GETMORE SCROLL"
)
"""Commands that go on where the one before has ended."""
_DEFINITION = _words(
    "CREATE ALTER DROP TRUNCATE VACUUM ANALYZE REINDEX GRANT REVOKE COMMENT EXPLAIN COPY"
)
_INSERT = _words("INSERT REPLACE UPSERT INSERTONE INSERTMANY PUTITEM")
"""Commands that add something, without looking for it."""
_WRITE = _INSERT | {"UPDATE", "DELETE", "MERGE"}
_IN_NAMES = _words("BEGIN COMMIT ROLLBACK CONNECT CHECKOUT ACQUIRE PING WAIT") | _CURSOR
"""Commands that clients put at the end of a span's name, `postgres.connection.commit`."""
_BATCH = (
    "MGET",
    "MSET",
    "PIPELINE",
    "EXECUTEMANY",
    "COPY",
    "BULK",
    "BATCH",
    "INSERTMANY",
    "MSEARCH",
)
"""How commands about several items begin."""

_WORD = re.compile(r"[^\W_]+")
_COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)
_BATCH_PATH = re.compile(r"/_(?:bulk|mget|msearch)\b")
_LIST = re.compile(r"\bIN\s*\(\s*(?:'[^']*'|[^\s,()']+)\s*,", re.IGNORECASE)
"""Several items."""
_VALUES = re.compile(r"\bVALUES\b", re.IGNORECASE)
_NEXT_ROW = re.compile(r"\)\s*,\s*\(")
_PAGE = re.compile(r"\bOFFSET\b|\bFETCH\s+NEXT\b", re.IGNORECASE)
_AFTER_A_ROW = re.compile(r"[<>]=?\s*[?:%$@'\d]")
_OF_AN_ITEM = re.compile(r"[^<>!]=\s*[?:%$@'\d]")
_LIMIT = re.compile(r"\bLIMIT\b", re.IGNORECASE)
_SELECT = re.compile(r"\bSELECT\b", re.IGNORECASE)
_LOCK = re.compile(
    r"\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE|KEY\s+SHARE)\b|\bLOCK\s+TABLE\b|\bGET_LOCK\s*\("
    r"|advisory_(?:xact_)?lock|\b(?:pg_)?sleep(?:_for|_until)?\s*\(|\bWAITFOR\b|\b[UX](?:PD)?LOCK\b",
    re.IGNORECASE,
)
"""Waiting for a lock, or for its own sake."""
_NOTHING = re.compile(r"\s*SELECT\s+(?:\?|'[^']*'|[\d.]+|\w+\(\s*\))\s*;?\s*", re.IGNORECASE)
"""A statement that reads nothing: is the server there?"""


class _Statement(NamedTuple):
    """What a statement says without its tags."""

    is_control: bool
    """Whether it is about the session, a cursor or a transaction, or reads nothing."""
    is_batch: bool
    writes: bool
    page: str
    """`page` of something large, `item's` if it may also be the items of one thing, or ""."""
    looks_for_rows: bool


def system_of(span: Span) -> str:
    """Return what kind of database or cache a span calls, in lower case; "" if it calls none."""
    if span.type in DATASTORE_TYPES:
        return span.type
    for tag in _SYSTEM_TAGS:
        if tag in span.tags:
            return str(span.tags[tag]).lower()
    return ""


def is_datastore_call(span: Span) -> bool:
    """Tell whether a span is a call to a database or a cache."""
    return bool(system_of(span))


def is_cache_call(span: Span) -> bool:
    """Tell whether a span looks something up by its key: if that is slow, no index would help."""
    return system_of(span) in CACHE_TYPES or any(
        str(span.tags.get(tag, "")).lower() in CACHE_TYPES for tag in _SYSTEM_TAGS
    )


def asks_for_an_item(span: Span) -> bool:
    """Tell whether a call could have been one call for several items: it is not about the session,
    has not several items in it already, and needs no answer of one like it."""
    statement = _read(is_cache_call(span), span.name, span.resource[:MAX_READ_CHARS])
    if statement.is_control or statement.is_batch or _count(span, _BATCH_SIZE_KEYS) > 1:
        return False
    rows = _count(span, _ROWS_KEYS)
    if statement.writes:
        return rows <= 1
    return not statement.page or (statement.page == "item's" and rows < MIN_PAGE_ROWS)


def looks_for_rows(span: Span) -> bool:
    """Tell whether a call to a database looks for rows, so that an index or a limit may help."""
    if not system_of(span) or is_cache_call(span):
        return False
    return _read(False, span.name, span.resource[:MAX_READ_CHARS]).looks_for_rows


@lru_cache(maxsize=2_000)
def _read(is_cache: bool, name: str, resource: str) -> _Statement:
    resource = _COMMENT.sub("", resource)
    names = [word.upper() for word in _WORD.findall(name)]
    words = [word.upper() for word in _WORD.findall(resource.partition(" ")[0])]
    command = words[0] if words else ""
    commands = {command, *(name for name in names[-1:] if name in _IN_NAMES)}
    if is_cache:
        commands -= {"SET"}
    is_control = bool(commands & (_SESSION | _CURSOR) or _NOTHING.fullmatch(resource))
    is_batch = any(word.startswith(_BATCH) for word in (*words, *names))
    only_adds = bool(commands & _INSERT) and not _SELECT.search(resource)
    idle = is_control or commands & _DEFINITION or _LOCK.search(resource)
    return _Statement(
        is_control,
        is_batch or bool(_BATCH_PATH.search(resource)) or _has_list(resource),
        bool(commands & _WRITE),
        _page(resource),
        not (idle or only_adds),
    )


def _has_list(statement: str) -> bool:
    """Tell whether a statement is about several items, or several rows."""
    values = _VALUES.search(statement)
    if values and _NEXT_ROW.search(statement, values.end()):
        return True
    return bool(_LIST.search(statement))


def _page(statement: str) -> str:
    """Return how a statement reads one page of something, as `_Statement.page`."""
    if _PAGE.search(statement):
        return "page"
    limits = [limit.start() for limit in _LIMIT.finditer(statement)]
    if not limits or not _AFTER_A_ROW.search(statement, 0, limits[-1]):
        return ""
    return "item's" if _OF_AN_ITEM.search(statement) else "page"


def _count(span: Span, key_endings: tuple[str, ...]) -> float:
    """Return the largest number that a tag with such a key says, 0 without any."""
    return max(
        [0.0, *(_number(value) for key, value in span.tags.items() if key.endswith(key_endings))]
    )


def _number(value: TagValue) -> float:
    try:
        return float(value)
    except ValueError:
        return 0
