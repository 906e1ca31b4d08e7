"""The parameters of a request, read from its query string."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from flask import request

from collector import limits
from collector.aggregates.digest import KEYINGS
from collector.aggregates.trace_set import TraceSet
from collector.aggregates.who_pays import PAYERS, TRIGGER
from collector.analysis.change import NUMBER_OF_WAY, WAYS, Change
from collector.analysis.route import Route
from collector.analysis.span_keys import operation_named
from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.http.answers import RefusedError
from collector.name_template import template_of
from collector.search.ast import Node
from collector.search.corrections import corrected
from collector.search.order import ORDERS, Cursor, read_cursor
from collector.search.parser import parse
from collector.search.query_error import QueryError
from collector.search.search import ALL_TIME
from collector.search.synthetic_requests import parse_without_tests
from collector.search.view import TimeRange

MAX_PAGE_TRACES = 2_000
"""Traces of one page."""
MAX_CHANGES = 20
"""Changes of one what-if."""
MAX_FACTOR = 1000
MAX_WIDTH = 10_000


class Paging(NamedTuple):
    """Which part of the matches to return."""

    order: str
    limit: int
    """Most traces of the page."""
    after: Cursor | None
    """Where the previous page ended; None for the first page."""


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    service: str
    name: str
    resource: str
    way: str
    factor: float | None = None
    width: int | None = None
    hit_ratio: float | None = None


def query(prefix: str = "", with_tests: bool = False) -> Node:
    """Return the search in `q`, or in `a_q` if the prefix is `a_`. It leaves out requests made by
    tests unless it asks for them itself, or `with_tests` is true.

    Raises `RefusedError` if it cannot be parsed.
    """
    text = request.args.get(f"{prefix}q", "")
    try:
        return parse(text) if with_tests else parse_without_tests(text)
    except QueryError as problem:
        raise refusal(text, problem, prefix) from None


def refusal(text: str, problem: QueryError, prefix: str = "") -> RefusedError:
    """Return the refusal of a search that cannot be read, with the searches that may be meant."""
    which = f"{prefix}q: " if prefix else ""
    searches = corrected(text, problem)
    instead = f"; did you mean {' or '.join(searches)}?" if searches else ""
    return RefusedError(
        400,
        f"{which}{problem}{instead}",
        parameter=f"{prefix}q",
        problem=problem.problem,
        position=problem.position,
        searches=searches,
    )


def searched() -> str:
    """Return the search in `q` as it was typed."""
    return request.args.get("q", "")


def time_range(prefix: str = "") -> TimeRange:
    """Return the range from `from` to `to`. Raises `RefusedError` if either is not a moment."""
    begin, end = _moment(f"{prefix}from", ALL_TIME.begin), _moment(f"{prefix}to", ALL_TIME.end)
    return TimeRange(begin, end)


def paging(default: int = 100, most: int = MAX_PAGE_TRACES) -> Paging:
    """Return `order`, `limit` (at most `most`) and `cursor`. Raises `RefusedError` if one of them
    is not valid."""
    order = request.args.get("order", "newest")
    if order not in ORDERS:
        raise RefusedError(400, f"order must be one of {', '.join(ORDERS)}")
    limit = whole_between("limit", default, 1, most)
    cursor = request.args.get("cursor")
    after = read_cursor(cursor, order) if cursor else None
    if cursor and after is None:
        raise RefusedError(400, "cursor is not one that this search returned as its next page")
    return Paging(order, limit, after)


def trace_set(prefix: str = "", with_tests: bool = False) -> TraceSet:
    """Return the set of traces in `q`, `from`, `to` (each with the prefix), `route_service` and
    `route`; see `query` for `with_tests`. Raises `RefusedError` if one of them is not valid."""
    service, resource = request.args.get("route_service"), request.args.get("route")
    if (service is None) != (resource is None):
        raise RefusedError(400, "route_service and route name a route together: give both")
    route = None
    if service is not None and resource is not None:
        _check_length("route_service", service, limits.NAME_CHARS)
        _check_length("route", resource, limits.RESOURCE_CHARS)
        route = Route(service, template_of(resource))
    return TraceSet(query(prefix, with_tests), time_range(prefix), route)


def keying() -> str:
    """Return `by`, one of `KEYINGS`. Raises `RefusedError` if it is not one of them."""
    by = request.args.get("by", "operation")
    if by not in KEYINGS:
        raise RefusedError(400, f"by must be one of {', '.join(KEYINGS)}")
    return by


def payer() -> str:
    """Return `payer`, one of `PAYERS`; by default the trigger. Raises `RefusedError` if it is not
    one of them."""
    who = request.args.get("payer", TRIGGER)
    if who not in PAYERS:
        raise RefusedError(400, f"payer must be one of {', '.join(PAYERS)}")
    return who


def service() -> str:
    """Return `service`. Raises `RefusedError` if it is missing or too long."""
    name = request.args.get("service")
    if name is None:
        raise RefusedError(400, "service is missing: name the service to take down")
    _check_length("service", name, limits.NAME_CHARS)
    return name


def rate() -> float:
    """Return `rate`, a share of all traces. Raises `RefusedError` if it is none."""
    try:
        share = float(request.args.get("rate", ""))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise RefusedError(400, "rate must be a share from 0 to 1, such as 0.01")
    return share


def changes() -> list[Change]:
    """Return every `change`. Raises `RefusedError` if one is not valid, or if there are too
    many."""
    texts = request.args.getlist("change")
    if len(texts) > MAX_CHANGES:
        raise RefusedError(400, f"at most {MAX_CHANGES} changes at a time, not {len(texts)}")
    return [_change(number, text) for number, text in enumerate(texts, 1)]


def whole_between(name: str, default: int, least: int, most: int) -> int:
    """Return a parameter that is a whole number from `least` to `most`. Raises `RefusedError` if it
    is not."""
    number = _whole(name, default)
    if not least <= number <= most:
        raise RefusedError(400, f"{name} must be between {least:,} and {most:,}")
    return number


def _change(number: int, text: str) -> Change:
    try:
        read = msgspec.json.decode(text, type=_Change)
        operation = operation_named(read.service, read.name, read.resource)
        return Change(operation, read.way, **_numbers(read))
    except (ValueError, *DECODE_ERRORS) as problem:
        raise RefusedError(400, f"change {number}, {text[:100]!r}: {reason_of(problem)}") from None


def _numbers(read: _Change) -> dict[str, Any]:
    """Return the numbers that a change gives. Raises `ValueError` if one is too large, or does not
    belong to its way."""
    numbers = {name: getattr(read, name) for name in NUMBER_OF_WAY.values()}
    given = {name: number for name, number in numbers.items() if number is not None}
    if given.get("factor", 0) > MAX_FACTOR or given.get("width", 0) > MAX_WIDTH:
        raise ValueError(f"factor must be at most {MAX_FACTOR:,}, width at most {MAX_WIDTH:,}")
    for way, name in NUMBER_OF_WAY.items():
        if name in given and read.way in WAYS and read.way != way:
            raise ValueError(f"{name} is for the way {way!r}; {read.way!r} would ignore it")
    return given


def _check_length(name: str, text: str, max_chars: int) -> None:
    if len(text) > max_chars:
        raise RefusedError(400, f"{name} has more than {max_chars:,} characters")


def _moment(name: str, default: int) -> int:
    moment = _whole(name, default)
    if not 0 <= moment <= ALL_TIME.end:
        raise RefusedError(400, f"{name} must be a moment in nanoseconds since 1970")
    return moment


def _whole(name: str, default: int) -> int:
    text = request.args.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RefusedError(400, f"{name} must be a whole number, not {text[:40]!r}")
    return int(text)
