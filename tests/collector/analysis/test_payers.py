"""Time of services, billed to routes."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.fold import fold
from collector.analysis.payers import Share, bills, dependants, dependencies
from collector.analysis.route import Route, route_of
from collector.analysis.span_keys import BY_SERVICE
from collector.analysis.trace import Trace, read_trace
from collector.analysis.weight import WEIGHT_UNIT
from collector.model import Span
from tests.collector.analysis.traces import MS, span, traces


def pairing() -> Trace:
    return read_trace(
        "0" * 32,
        [
            span(1, 0, 0, 102, "locust.request", "locust", "GET /pair/beer", kind="client"),
            span(2, 1, 1, 101, "flask.request", "web", "GET /pair/beer", kind="server"),
            span(3, 2, 10, 20, "query", "db"),
            span(4, 2, 30, 90, "requests.request", "web", "GET /taste", kind="client"),
            span(5, 4, 35, 85, "flask.request", "taster", "GET /taste", kind="server"),
            span(6, 5, 40, 50, "query", "db"),
        ],
    )


def beers() -> Trace:
    return read_trace(
        "1" * 32,
        [
            span(1, 0, 0, 10, "flask.request", "web", "GET /beers", kind="server"),
            span(2, 1, 2, 8, "query", "db"),
        ],
    )


def test_a_route_is_named_by_its_first_server_span() -> None:
    assert route_of(pairing()) == Route("web", "GET /pair/beer")
    assert route_of(read_trace("2" * 32, [span(1, 0, 0, 1, "job")])) == Route("web", "job")
    assert route_of(read_trace("3" * 32, [])) == Route("", "")


def test_each_route_is_billed_for_what_services_did_for_it() -> None:
    total = bills([pairing(), beers()])
    bill = total.routes[Route("web", "GET /pair/beer")]
    assert bill.traces == WEIGHT_UNIT
    assert {
        service: share.critical / MS / WEIGHT_UNIT for service, share in bill.services.items()
    } == {
        "locust": 2,
        "web": 40,
        "db": 20,
        "taster": 40,
    }
    ms = MS * WEIGHT_UNIT
    assert bill.services["db"] == Share(20 * ms, 20 * ms)
    assert total.routes[Route("web", "GET /beers")].services["db"] == Share(6 * ms, 6 * ms)


def test_services_know_who_calls_them_and_whom_they_call() -> None:
    services = fold([pairing(), beers()], BY_SERVICE)
    assert dependencies(services, "web") == {"db": 1, "taster": 1}
    assert dependencies(services, "locust") == {"web": 1, "db": 2, "taster": 2}
    assert dependants(services, "db") == {"web": 1, "taster": 1, "locust": 2}
    assert dependants(services, "nobody") == {}


@settings(max_examples=200)
@given(st.lists(traces(max_size=8), max_size=4), st.lists(traces(max_size=8), max_size=4))
def test_bills_add_up(some: list[list[Span]], others: list[list[Span]]) -> None:
    a = [read_trace("0" * 32, spans) for spans in some]
    b = [read_trace("0" * 32, spans) for spans in others]
    total = bills(a)
    total.add(bills(b))
    together = a + b
    random.Random(1).shuffle(together)
    assert total == bills(together)
    for bill in total.routes.values():
        assert sum(share.critical for share in bill.services.values()) == bill.duration
