"""Searches taken apart and put together."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.browser.spans import HOSTILE
from ui.search_text import compose, exactly, one_span, quoted_if_needed, split, without_each

plain = st.text("abcxyz:.>0123", min_size=1, max_size=8)
spoken = st.text("abc xyz({", min_size=1, max_size=8).map(lambda text: f'resource:"{text}"')
together = st.lists(plain, min_size=1, max_size=3).map(lambda terms: "{" + " ".join(terms) + "}")
term = st.one_of(plain, spoken, together)


@given(st.lists(term, max_size=6))
def test_terms_side_by_side_come_apart_again(terms: list[str]) -> None:
    assert split(" ".join(terms)) == terms


@given(st.text(max_size=60))
def test_nothing_but_spaces_between_terms_is_lost(query: str) -> None:
    assert "".join("".join(split(query)).split()) == "".join(query.split())


def test_each_term_can_be_left_out() -> None:
    assert without_each('service:web error:1 resource:"GET /pair/beer"') == [
        ("service:web", 'error:1 resource:"GET /pair/beer"'),
        ("error:1", 'service:web resource:"GET /pair/beer"'),
        ('resource:"GET /pair/beer"', "service:web error:1"),
    ]


@pytest.mark.parametrize("query", ["", "service:web", "a OR b", "NOT a b"])
def test_nothing_is_left_out_of_one_term_or_of_connected_ones(query: str) -> None:
    assert without_each(query) == []


@pytest.mark.parametrize(
    ("form", "query"),
    [
        ({}, ""),
        ({"service": "web", "error": "1"}, "service:web error:1"),
        ({"q": "pair", "resource": "GET /pair/beer"}, 'pair resource:"GET /pair/beer"'),
        ({"duration": "200ms"}, "duration:>200ms"),
        ({"duration": "<5s"}, "duration:<5s"),
        ({"tag": "cache.hit"}, "cache.hit:*"),
        ({"tag": "http.route", "value": "/pair beer"}, 'http.route:"/pair beer"'),
        ({"value": "without a key"}, ""),
    ],
)
def test_the_helper_writes_searches(form: dict[str, str], query: str) -> None:
    assert compose(form) == query


def test_quotes_in_a_value_are_escaped() -> None:
    assert quoted_if_needed('say "hi"') == r'"say \"hi\""'
    assert quoted_if_needed("a \\ b") == r'"a \\ b"'
    assert quoted_if_needed("") == '""'


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
