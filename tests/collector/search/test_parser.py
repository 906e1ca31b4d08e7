"""The parser: a search means what it says, and an error says where it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.search.ast import (
    EVERYTHING,
    And,
    Error,
    Field,
    Measure,
    Node,
    Not,
    Or,
    RootField,
    SameSpan,
    SpanDuration,
    Tag,
    Text,
    TraceId,
    Word,
)
from collector.search.parser import parse
from collector.search.query_error import QueryError
from collector.search.terms import SYNTHETIC
from tests.collector.random_searches import QUERIES, write

WEB, DB = Field("service", Text("web")), Field("service", Text("db"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", EVERYTHING),
        ("  \t", EVERYTHING),
        ("service:web", WEB),
        ("service:web service:db", And((WEB, DB))),
        ("service:web AND service:db", And((WEB, DB))),
        ("service:web OR service:db", Or((WEB, DB))),
        ("service:web OR service:db service:web", Or((WEB, And((DB, WEB))))),
        ("(service:web OR service:db) service:web", And((Or((WEB, DB)), WEB))),
        ("NOT service:web", Not(WEB)),
        ("-service:web", Not(WEB)),
        ("-(service:web service:db)", Not(And((WEB, DB)))),
        ('resource:"GET /pair/beer"', Field("resource", Text("GET /pair/beer"))),
        ('resource:"GET /pa"*', Field("resource", Text("GET /pa", True))),
        ("resource:GET*", Field("resource", Text("GET", True))),
        ("type:sql", Field("type", Text("sql"))),
        ("root.service:web", RootField("service", Text("web"))),
        ("duration:>200ms", Measure("duration", ">", 200_000_000)),
        ("duration:<=1.5s", Measure("duration", "<=", 1_500_000_000)),
        ("duration:<0.5µs", Measure("duration", "<", 500)),
        ("span.duration:>=3us", SpanDuration(">=", 3_000)),
        ("spans:>100", Measure("spans", ">", 100)),
        ("spans:100", Measure("spans", "=", 100)),
        ("error:1", Error(True)),
        ("error:0", Error(False)),
        ("kept:error", Tag("sampling.kept", Text("error"))),
        ("synthetic:1", SYNTHETIC),
        ("synthetic:0", Not(SYNTHETIC)),
        ("synthetic:any", EVERYTHING),
        ("trace:0123ABCD", TraceId("0123abcd")),
        ("trace:0123*", TraceId("0123")),
        ("version:step-10", Tag("version", Text("step-10"))),
        ("http.response.status_code:500", Tag("http.response.status_code", Text("500"))),
        ("cache.hit:*", Tag("cache.hit", Text("", True))),
        ('cache.hit:""', Tag("cache.hit", Text(""))),
        ('"odd key":x', Tag("odd key", Text("x"))),
        ("url:http://x:80/", Tag("url", Text("http://x:80/"))),
        ("Pair", Word("pair")),
        ('"pair beer"', Word("pair beer")),
        (r'"say \"hi\" \\"', Word('say "hi" \\')),
        ("or", Word("or")),
        ("a-b", Word("a-b")),
        (
            "{service:db span.duration:>50ms}",
            SameSpan(And((DB, SpanDuration(">", 50_000_000)))),
        ),
        ("duration:>99999999999s", Measure("duration", ">", 2**62)),
    ],
)
def test_a_search_means_what_it_says(text: str, meant: Node) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("(service:web", 1, "'(' is not closed"),
        ("service:web)", 12, "unmatched ')'"),
        ("{service:web", 1, "'{' is not closed"),
        ("service:web OR", 15, "ends where a term"),
        ("OR service:web", 1, "has 'OR' where a term"),
        ("a ()", 4, "has ')'"),
        ("service:", 1, 'service:""'),
        ('resource:"GET', 10, "quote is not closed"),
        ('"GET', 1, "quote is not closed"),
        ('a"b"', 2, "space is missing"),
        ("a(b)", 2, "space is missing"),
        ("duration:200ms", 1, "use one of"),
        ("duration:>200", 1, "the unit is missing"),
        ("duration:>200miles", 1, "miles is not a unit"),
        ("duration:>fast", 1, "not a duration"),
        ("spans:>1.5", 1, "whole number"),
        ("spans:>5ms", 1, "whole number"),
        ("error:2", 1, "0 or 1"),
        ("web trace:xyz", 5, "hex digits"),
        ("trace:012", 1, "hex digits"),
        ('""', 1, "word is missing"),
        ("{duration:>1s}", 2, "span.duration"),
        ("{root.service:web}", 2, "outside the braces"),
        ("{a {b}}", 4, "cannot be nested"),
        ("-" * 30 + "a", 21, "deep"),
        ("(" * 5000, 4001, "longer than"),
        ("(" * 3000, 21, "deep"),
        ("a " * 101, 201, "more than 100 terms"),
    ],
)
def test_an_error_says_where_it_is(text: str, place: int, problem: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse(text)
    assert f"at character {place}:" in str(raised.value)
    assert problem in str(raised.value)


@settings(max_examples=200)
@given(node=QUERIES)
def test_parsing_undoes_writing(node: Node) -> None:
    assert write(parse(write(node))) == write(node)


@settings(max_examples=300)
@given(text=st.text(alphabet='ab:"*(){}- \\ORNT<>=0ms.', max_size=40) | st.text(max_size=40))
def test_any_text_is_a_search_or_an_error_with_a_position(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        problem = str(error)
    else:
        return
    assert "at character" in problem
