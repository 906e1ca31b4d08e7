"""The set of traces in the address: what the collector is asked, and where links lead."""

from __future__ import annotations

import time

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import HOSTILE
from ui.scope import Scope, exactly, one_span, scope


def test_an_address_says_which_traces() -> None:
    given = {
        "q": " error:1 ",
        "last": "15m",
        "from": "5",
        "service": "web",
        "resource": "GET /",
        "tab": "tree",
    }
    wanted = scope(given)
    assert wanted == Scope("error:1", "15m", "5", "", "web", "GET /")
    assert wanted.asked == {
        "q": "error:1",
        "from": "5",
        "route_service": "web",
        "route": "GET /",
    }
    assert wanted.kept == {"q": "error:1", "last": "15m", "from": "5"}
    assert wanted.named == {**wanted.kept, "service": "web", "resource": "GET /"}


def test_a_relative_time_is_worked_out_when_asked() -> None:
    begin = int(scope({"last": "1m"}).asked["from"])
    assert 59 <= (time.time_ns() - begin) / 1e9 < 75
    assert scope({"last": "yesterday"}).asked == {}


def test_traces_are_narrowed_by_route_terms_and_time() -> None:
    wanted = Scope(q="a OR b", last="1h", service="web", resource="GET /pair/beer")
    narrowed = wanted.traces("duration:>1ms", begin="10", end="20")
    assert narrowed == {
        "q": '(a OR b) {service:web resource:"GET /pair/beer"} duration:>1ms',
        "from": "10",
        "to": "20",
    }
    assert wanted.traces()["last"] == "1h"
    assert Scope().traces() == {"q": ""}


def test_what_is_too_long_for_a_search_is_left_out_of_it() -> None:
    assert one_span("web", resource="x" * 5000) == "{service:web}"
    assert one_span() == ""


@pytest.mark.parametrize("name", [*HOSTILE, "back\\slash", 'quo"te', "star*", "a b\\", "{x}", "-a"])
def test_any_name_is_found_by_its_term(client: FlaskClient, name: str) -> None:
    """The collector reads every term that is written for it, and finds exactly that."""
    answer = client.get("/api/traces", query_string={"q": one_span("web", resource=name[:900])})
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["matched"] == 0


@pytest.mark.parametrize("name", [text[:200] for text in HOSTILE if "\u0000" not in text])
def test_hostile_services_are_found(client: FlaskClient, name: str) -> None:
    answer = client.get("/api/traces", query_string={"q": f"service:{exactly(name)}"})
    assert answer.json is not None
    assert answer.json["matched"] == 1
