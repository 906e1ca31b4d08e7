"""Four times as much text is about four times the work, whatever is typed."""

from __future__ import annotations

from contextlib import suppress

import pytest

from collector.search.corrections import corrected
from collector.search.explain import plain
from collector.search.parser import MAX_TERMS, parse
from collector.search.query_error import QueryError
from collector.search.tokens import MAX_QUERY_CHARS, tokens
from tests.lines_run import lines_run

FEW_CHARS, MANY_CHARS = MAX_QUERY_CHARS // 4, MAX_QUERY_CHARS
FEW_TERMS, MANY_TERMS = MAX_TERMS // 8, MAX_TERMS // 2
MAX_RATIO = 5
REPEATED = (
    *("a ", "a:b ", "a : ", '"a" ', "a:'b' ", "a:“b” ", "service:(a b) ", "{a b} ", "(a OR b) "),
    *("a:[1 TO 2] ", "duration:>1 ms ", "duration:1 ", "resource:GET /a ", "a=~b|c ", "0x1 "),
    *("+", "-", "!", "(", "{", "-(", "a:", ":", "'", "“", '"', "a' ", "a:[", "||", "or ", "not "),
    *(", ", "*", "\\", "\u200b", "resource:GET /{", "1,", "1ms"),
)


@pytest.mark.parametrize("repeated", REPEATED)
def test_the_work_on_a_search_grows_with_its_length(repeated: str) -> None:
    few, many = ((repeated * chars)[:chars] for chars in (FEW_CHARS, MANY_CHARS))
    assert _work(many) <= MAX_RATIO * _work(few)


def _work(text: str) -> int:
    """Return, in lines of Python, the work of reading a text, and of correcting it."""
    return lines_run(lambda: _read(text))


def _read(text: str) -> None:
    with suppress(QueryError):
        tokens(text)
    try:
        parse(text)
    except QueryError as error:
        corrected(text, error)


@pytest.mark.parametrize("term", ["a", "a:b", "-a", "{a}", "(a OR b)", "duration:>1,5s"])
def test_the_work_of_writing_a_search_plainly_grows_with_its_terms(term: str) -> None:
    few, many = (" ".join([term] * count) for count in (FEW_TERMS, MANY_TERMS))
    assert lines_run(lambda: plain(many)) <= MAX_RATIO * lines_run(lambda: plain(few))


@pytest.mark.parametrize("begins", ["a:[", "a:[1", "a:[1 TO", "a:", "duration:1", "'a"])
@pytest.mark.parametrize("blank", [" ", "\u200b", "\ufeff"])
def test_blanks_are_gone_through_once(begins: str, blank: str) -> None:
    """Going through them in every way in which they can be divided would take minutes."""
    with suppress(QueryError):
        parse(begins + blank * (MAX_QUERY_CHARS - len(begins)))


def test_a_plus_before_a_term_says_nothing_and_more_of_them_are_a_word() -> None:
    assert parse("+service:web") == parse("service:web")
    assert parse("+" * 1_500) == parse(f'"{"+" * 1_500}"')
