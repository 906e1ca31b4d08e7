"""`./workshop get`: what it prints of answers."""

from __future__ import annotations

import pytest

from tutor.commands.get import MAX_CHARACTERS, excerpt, trace_of
from tutor.http import Answer


def answer(body: str, **headers: str) -> Answer:
    return Answer(
        200, {name.replace("_", "-"): text for name, text in headers.items()}, body.encode(), 0
    )


def test_json_is_laid_out():
    shown = excerpt(answer('{"beer":"köstritzer"}', content_type="application/json"))
    assert shown == '{\n  "beer": "köstritzer"\n}'


def test_what_only_says_that_it_is_json_is_shown_as_it_is():
    assert excerpt(answer("{oops", content_type="application/json; charset=utf-8")) == "{oops"


def test_a_long_answer_is_cut():
    shown = excerpt(answer("x" * 5000))
    assert shown == "x" * MAX_CHARACTERS + "\n… (5,000 bytes in all)"


TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("header", "trace_id"),
    [
        (f"00-{TRACE}-b7ad6b7169203331-01", TRACE),
        ("", None),
        ("beer", None),
        ("00-beer-donut-01", None),
        (f"00-{TRACE}/../..-b7ad6b7169203331-01", None),
    ],
)
def test_the_trace_is_the_one_in_the_header(header, trace_id):
    assert trace_of(answer("", traceresponse=header)) == trace_id
