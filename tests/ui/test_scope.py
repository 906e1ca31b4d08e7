"""The set of traces that an address gives: what the collector is asked, and where links lead."""

from __future__ import annotations

import time

import pytest

from ui.scope import Scope, route_from_form, scope_from


def test_an_address_says_which_traces() -> None:
    given = {
        "q": " error:1 ",
        "last": "15m",
        "from": "5",
        "service": "web",
        "resource": "GET /",
        "tab": "tree",
    }
    scope = scope_from(given)
    assert scope == Scope("error:1", "15m", "5", "", "web", "GET /")
    assert scope.collector_parameters == {
        "q": "error:1",
        "from": "5",
        "route_service": "web",
        "route": "GET /",
    }
    assert scope.search_and_time == {"q": "error:1", "last": "15m", "from": "5"}
    assert scope.parameters == {**scope.search_and_time, "service": "web", "resource": "GET /"}


def test_a_relative_time_is_worked_out_when_asked() -> None:
    begin = int(scope_from({"last": "1m"}).collector_parameters["from"])
    assert 59 <= (time.time_ns() - begin) / 1e9 < 75
    assert scope_from({"last": "yesterday"}).collector_parameters == {}


def test_traces_are_narrowed_by_route_terms_and_time() -> None:
    scope = Scope(q="a OR b", last="1h", service="web", resource="GET /pair/beer")
    narrowed = scope.traces("duration:>1ms", begin="10", end="20")
    assert narrowed == {
        "q": '(a OR b) route.service:web route.resource:"GET /pair/beer" duration:>1ms',
        "from": "10",
        "to": "20",
    }
    assert scope.traces()["last"] == "1h"
    assert Scope().traces() == {"q": ""}


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ('["web", "GET /pair/beer"]', ("web", "GET /pair/beer")),
        ("[]", ("", "")),
        ("nonsense", ("", "")),
        ("null", ("", "")),
    ],
)
def test_a_route_in_a_form_is_read_back(text: str, route: tuple[str, str]) -> None:
    assert route_from_form(text) == route
