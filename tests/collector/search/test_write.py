"""Whatever can be read is written back as a search with the same meaning."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.search.corrections import corrected
from collector.search.parser import parse
from collector.search.query_error import QueryError
from collector.search.tokens import MAX_QUERY_CHARS
from collector.search.write import write
from tests.collector.random_searches import QUERIES
from tests.collector.search.test_typed_searches import UNDERSTOOD

PIECES = [
    *"()-*:=<>! ,;\"'`“”{}",
    *("service", "Resource", "duration", "span.duration", "rows", "status", "minDuration", "trace"),
    *(" OR ", " and ", "NOT ", "not ", "||", ">=", "!=", "=~", "≥", ": ", " = "),
    *("web", "GET", " /beers", "200", "ms", " ms", "1,500", "1m30s", "a..b", "error", "true", "*"),
    *("4bf92f3577b34da6a3ce929d0e0e4736", "a3ce929d0e0e4736", "http://x", "[1 TO 2]", "\\", "ß"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize("typed", [typed for typed, _ in UNDERSTOOD])
def test_what_people_type_is_written_back(typed: str) -> None:
    assert parse(write(parse(typed))) == parse(typed)


@settings(max_examples=300)
@given(node=QUERIES)
def test_parsing_undoes_writing(node: object) -> None:
    assert write(parse(write(node))) == write(node)  # type: ignore[arg-type]


@settings(max_examples=1000)
@given(text=TEXTS)
def test_any_text_is_written_back_or_explained(text: str) -> None:
    try:
        node = parse(text)
    except QueryError as error:
        for correction in corrected(text, error):
            parse(correction)
    else:
        assert parse(write(node)) == node


@pytest.mark.parametrize(
    "piece", [*PIECES, "a:", "a: ", "'a ", "a=b ", "a:'b ", "x:1 ms ", "\u200b"]
)
def test_long_searches_are_answered(piece: str) -> None:
    """With any piece, as often as it fits: the parser needs neither long nor many calls."""
    text = (piece * MAX_QUERY_CHARS)[:MAX_QUERY_CHARS]
    for typed in (text, f"service:{text}"[:MAX_QUERY_CHARS], f'"{text}'[:MAX_QUERY_CHARS]):
        try:
            write(parse(typed))
        except QueryError as error:
            corrected(typed, error)
