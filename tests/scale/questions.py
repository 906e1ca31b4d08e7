"""Questions that cover the collector's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

SEARCHES = (
    "*",
    "service:taster",
    "service:(web OR db) -service:redis",
    'resource:"GET /pair/beer" duration:>1ms',
    "name:flask* span.duration:>1ms",
    "{service:db span.duration:>0ms}",
    "{service:locust http.response.status_code:200}",
    "root.service:locust root.duration:>1ms",
    'route.resource:"GET /menu"',
    "status:404 OR rows:>=2",
    "spans:>20",
    "error:1",
    "pair",
    "version:step-10",
    "synthetic:any inferred:any",
    "service:nobody",
)
ORDERS = ("newest", "oldest", "slowest", "fastest")
ROUTE = {"route_service": "web", "route": "GET /pair/beer"}
FILES = ("otlp", "otlp-lines", "zipkin", "jaeger", "chrome", "json")
CHANGE = {"service": "taster", "name": "flask.request", "resource": "GET /taste", "way": "scale"}
OF_A_TRACE = (
    "",
    "/summary",
    "/insight",
    "/order",
    "/chain",
    "/bill",
    "/bill?payer=submitter",
    "/audit",
    "/export?format=text",
    "/export?format=markdown",
)


class Question(NamedTuple):
    """A path of the API, and its parameters."""

    path: str
    parameters: dict[str, str]
    status: int = 200
    """The status of the answer."""


def questions(begin: int, end: int, trace_id: str, span_id: str) -> Iterator[Question]:
    """Yield questions about traces that began between two moments, ns since 1970, about one of them
    and a span in it."""
    time_range = {"from": str(begin), "to": str(end)}
    for search in SEARCHES:
        yield Question("/api/search", {"q": search})
        yield Question("/api/traces", {"q": search, "limit": "50"} | time_range)
        yield Question("/api/summary", {"q": search} | time_range)
    for order in ORDERS:
        yield Question("/api/traces", {"q": "service:web", "order": order, "limit": "20"})
    for written in (trace_id[16:], span_id, f"trace:{trace_id[:6]}"):
        yield Question("/api/search", {"q": written})
    for format_ in FILES:
        of_few = {"q": "service:taster", "format": format_, "limit": "10"}
        yield Question("/api/export", of_few | time_range)
    for path in ("routes", "deploys", "map", "payers", "inferred", "series", "graph"):
        yield Question(f"/api/{path}", {"q": "service:web"} | time_range)
    for path in ("series", "graph", "what-if", "map", "payers"):
        yield Question(f"/api/{path}", ROUTE | time_range)
    for by in ("path", "operation", "service"):
        yield Question("/api/graph", {"by": by} | time_range)
    change = {"change": json.dumps(CHANGE | {"factor": 0.5})}
    yield Question("/api/what-if", change | ROUTE | time_range)
    yield Question("/api/away", {"service": "taster"} | ROUTE | time_range)
    sides = {f"{side}_{key}": value for side in "ab" for key, value in time_range.items()}
    yield Question("/api/compare", sides | {"a_q": "service:taster", "b_q": "-service:taster"})
    yield Question("/api/operations", {})
    yield Question("/api/operations", {"service": "web"})
    yield Question("/api/services", {})
    yield Question("/api/sampling/stored", {})
    yield Question("/api/sampling/what-if", {"rate": "0.1"} | time_range)
    yield Question("/api/sampling/laboratory", {"rate": "0.1"} | time_range)
    yield Question("/api/audit", {})
    yield Question("/api/audit/rules", {})
    yield Question("/api/audit/learned", {})
    for of_it in (*OF_A_TRACE, f"/span/{span_id}"):
        yield Question(f"/api/trace/{trace_id}{of_it}", {})
    yield Question(f"/api/trace/{trace_id}/inferred", {}, 404)
    yield Question(f"/api/trace/{'f' * 32}", {}, 404)
