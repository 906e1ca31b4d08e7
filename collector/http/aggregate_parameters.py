"""The parameters of questions about sets of traces, as they stand in an address."""

from __future__ import annotations

import msgspec
from flask import request

from collector import limits
from collector.aggregates.digest import KEYINGS
from collector.aggregates.trace_set import TraceSet
from collector.analysis.change import Change
from collector.analysis.route import Route
from collector.analysis.span_keys import Operation
from collector.http.answers import RefusedError
from collector.http.parameters import query, time_range
from collector.unreadable import UNREADABLE

CHANGES = 20
"""Of one what-if."""
FACTOR = 1000
WIDTH = 10_000


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    service: str
    name: str
    resource: str
    way: str
    factor: float = 1.0
    width: int = 1000


def trace_set(prefix: str = "") -> TraceSet:
    """`q`, `from`, `to` (each behind the prefix), `route_service` and `route`. Raises
    `RefusedError`, as all of these do."""
    service, resource = request.args.get("route_service"), request.args.get("route")
    if (service is None) != (resource is None):
        raise RefusedError(400, "route_service and route name a route together: give both")
    route = None
    if service is not None and resource is not None:
        _check_length("route_service", service, limits.NAME_CHARS)
        _check_length("route", resource, limits.RESOURCE_CHARS)
        route = Route(service, resource)
    return TraceSet(query(prefix), time_range(prefix), route)


def keying() -> str:
    """`by`."""
    by = request.args.get("by", "operation")
    if by not in KEYINGS:
        raise RefusedError(400, f"by is one of {', '.join(KEYINGS)}")
    return by


def service() -> str:
    """`service`, which must be given."""
    name = request.args.get("service")
    if name is None:
        raise RefusedError(400, "service is missing: name the one that shall be away")
    _check_length("service", name, limits.NAME_CHARS)
    return name


def changes() -> list[Change]:
    """Every `change`."""
    texts = request.args.getlist("change")
    if len(texts) > CHANGES:
        raise RefusedError(400, f"at most {CHANGES} changes at once, not {len(texts)}")
    return [_change(number, text) for number, text in enumerate(texts, 1)]


def _change(number: int, text: str) -> Change:
    try:
        read = msgspec.json.decode(text, type=_Change)
        if read.factor > FACTOR or read.width > WIDTH:
            raise ValueError(f"factor is at most {FACTOR:,}, width at most {WIDTH:,}")
        operation = Operation(read.service, read.name, read.resource)
        return Change(operation, read.way, read.factor, read.width)
    except (ValueError, *UNREADABLE) as problem:
        raise RefusedError(400, f"change {number}, {text[:100]!r}: {problem}") from None


def _check_length(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise RefusedError(400, f"{name} has more than {most:,} characters")
