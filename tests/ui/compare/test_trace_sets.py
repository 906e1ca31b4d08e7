"""The two sets that Compare is about, in the address and in the form."""

from __future__ import annotations

import pytest

from ui.compare.trace_sets import (
    Route,
    TraceSet,
    set_from_address,
    set_from_form,
    version_term,
)
from ui.search_text import unquoted


def test_what_the_form_says_is_read_back() -> None:
    form = {"b_version": 'my "fix" 2', "b_more": "error:1 OR spans:>9", "b_from": "17"}
    made = set_from_form("b", form)
    assert made.q == 'version:"my \\"fix\\" 2" (error:1 OR spans:>9)'
    again = set_from_address("b", made.parameters)
    assert again == made
    assert (again.version, again.rest) == ('my "fix" 2', "(error:1 OR spans:>9)")


@pytest.mark.parametrize(
    ("q", "version", "rest", "name"),
    [
        ("", "", "", "all traces"),
        ("version:step-10", "step-10", "", "step-10"),
        ("version:step-10 error:1", "step-10", "error:1", "step-10 error:1"),
        ("version:a OR version:b", "", "version:a OR version:b", "version:a OR version:b"),
        ("NOT version:a", "", "NOT version:a", "NOT version:a"),
    ],
)
def test_a_deploy_is_told_from_the_rest_of_a_search(
    q: str, version: str, rest: str, name: str
) -> None:
    traces = TraceSet("a", q)
    assert (traces.version, traces.rest, traces.name) == (version, rest, name)


@pytest.mark.parametrize("version", ["step-10", "two words", '"', "\\", 'a\\"b', "{", "über"])
def test_any_deploy_can_be_searched_for(version: str) -> None:
    assert unquoted(version_term(version).removeprefix("version:")) == version


def test_the_search_for_its_traces_names_the_route() -> None:
    route = Route("web", "GET /pair/beer")
    parameters = TraceSet("a", "error:1", begin="5").traces(route, "spans:>3")
    assert parameters == {
        "q": 'error:1 route.service:web route.resource:"GET /pair/beer" spans:>3 synthetic:any',
        "from": "5",
    }
    assert route.collector_parameters == {"route_service": "web", "route": "GET /pair/beer"}
    assert not Route().collector_parameters
