from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.search_text import compose, quoted, split, without_each

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
    assert quoted('say "hi"') == r'"say \"hi\""'
    assert quoted("a \\ b") == r'"a \\ b"'
    assert quoted("") == '""'
