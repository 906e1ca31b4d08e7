"""The parameters of a search, as they stand in its address."""

from __future__ import annotations

from typing import NamedTuple

from flask import request

from collector.http.answers import RefusedError
from collector.search.ast import Node
from collector.search.order import ORDERS, Cursor, read_cursor
from collector.search.parser import parse
from collector.search.partition_view import TimeRange
from collector.search.search import ALL_TIME
from collector.search.tokens import QueryError

MOST = 2_000
"""Traces of one page."""


class Paging(NamedTuple):
    """Which part of the matches is wanted."""

    order: str
    limit: int
    after: Cursor | None


def query(prefix: str = "") -> Node:
    """`q`, or `a_q` where the prefix is `a_`. Raises `RefusedError`, as all of these do."""
    try:
        return parse(request.args.get(f"{prefix}q", ""))
    except QueryError as problem:
        which = f"{prefix}q: " if prefix else ""
        raise RefusedError(400, f"{which}{problem}") from None


def time_range(prefix: str = "") -> TimeRange:
    """`from` and `to`."""
    begin, end = _moment(f"{prefix}from", ALL_TIME.begin), _moment(f"{prefix}to", ALL_TIME.end)
    return TimeRange(begin, end)


def paging() -> Paging:
    """`order`, `limit` and `cursor`."""
    order = request.args.get("order", "newest")
    if order not in ORDERS:
        raise RefusedError(400, f"order is one of {', '.join(ORDERS)}")
    limit = whole_between("limit", 100, 1, MOST)
    cursor = request.args.get("cursor")
    after = read_cursor(cursor, order) if cursor else None
    if cursor and after is None:
        raise RefusedError(400, "cursor is not one that this search gave as its next page")
    return Paging(order, limit, after)


def whole_between(name: str, default: int, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    number = _whole(name, default)
    if not least <= number <= most:
        raise RefusedError(400, f"{name} lies between {least:,} and {most:,}")
    return number


def _moment(name: str, default: int) -> int:
    moment = _whole(name, default)
    if not 0 <= moment <= ALL_TIME.end:
        raise RefusedError(400, f"{name} is a moment in nanoseconds since 1970")
    return moment


def _whole(name: str, default: int) -> int:
    text = request.args.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RefusedError(400, f"{name} is a whole number, not {text[:40]!r}")
    return int(text)
