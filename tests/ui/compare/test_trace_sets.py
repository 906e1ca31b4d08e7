"""The two sets of Compare in the address and in the form."""

from __future__ import annotations

import pytest

from ui.compare.trace_sets import Route, Side, composed, deploy, side, unquoted


def test_what_the_form_says_is_read_back() -> None:
    form = {"b_version": 'my "fix" 2', "b_more": "error:1 OR spans:>9", "b_from": "17"}
    made = composed("b", form)
    assert made.q == 'version:"my \\"fix\\" 2" (error:1 OR spans:>9)'
    again = side("b", made.given)
    assert again == made
    assert (again.version, again.more) == ('my "fix" 2', "(error:1 OR spans:>9)")


@pytest.mark.parametrize(
    ("q", "version", "more", "name"),
    [
        ("", "", "", "all traces"),
        ("version:step-10", "step-10", "", "step-10"),
        ("version:step-10 error:1", "step-10", "error:1", "step-10 error:1"),
        ("version:a OR version:b", "", "version:a OR version:b", "version:a OR version:b"),
        ("NOT version:a", "", "NOT version:a", "NOT version:a"),
    ],
)
def test_a_deploy_is_told_from_the_rest_of_a_search(
    q: str, version: str, more: str, name: str
) -> None:
    one = Side("a", q)
    assert (one.version, one.more, one.name) == (version, more, name)


@pytest.mark.parametrize("version", ["step-10", "two words", '"', "\\", 'a\\"b', "{", "über"])
def test_any_deploy_can_be_searched_for(version: str) -> None:
    assert unquoted(deploy(version).removeprefix("version:")) == version


def test_the_search_for_its_traces_names_the_route() -> None:
    route = Route("web", "GET /pair/beer")
    found = Side("a", "error:1", begin="5").traces(route, "spans:>3")
    assert found == {
        "q": 'error:1 {service:web resource:"GET /pair/beer"} spans:>3',
        "from": "5",
    }
    assert route.asked == {"route_service": "web", "route": "GET /pair/beer"}
    assert not Route().asked
