"""Changes in the address, in a form and in words."""

from __future__ import annotations

import json

import pytest

from ui.words.changes import Change, composed, echoed

OPERATION = ("db", "query", "SELECT 1")
KEY = json.dumps(OPERATION)


@pytest.mark.parametrize(
    ("way", "by", "words", "told"),
    [
        ("scale", "2", "2 × as fast", {"factor": 0.5}),
        ("scale", "0.5", "0.5 × as fast", {"factor": 2}),
        ("scale", "", "2 × as fast", {"factor": 0.5}),
        ("scale", "3", "3 × as fast", {"factor": 0.333333}),
        ("scale", "1e9", "1,000 × as fast", {"factor": 0.001}),
        ("scale", "nan", "2 × as fast", {"factor": 0.5}),
        ("parallel", "4", "4 at a time", {"width": 4}),
        ("parallel", "1000", "all at once", {"width": 1000}),
        ("parallel", "0.1", "1 at a time", {"width": 1}),
        ("batch", "7", "in one call", {}),
        ("cache", "", "from a cache", {}),
    ],
)
def test_a_row_of_the_form_becomes_a_change(
    way: str, by: str, words: str, told: dict[str, float]
) -> None:
    [change] = composed([KEY], [way], [by])
    assert change.words == words
    assert json.loads(change.json()) == {
        "service": "db",
        "name": "query",
        "resource": "SELECT 1",
        "way": way,
        **told,
    }


def test_rows_that_change_nothing_or_make_no_sense_are_left_out() -> None:
    rows = [(KEY, "", "2"), (KEY, "scale", "1"), ("no json", "scale", "2"), (KEY, "pray", "2")]
    assert composed(*zip(*rows, strict=True)) == []


def test_the_collector_s_echo_is_read_back() -> None:
    answer = {"service": "db", "name": "query", "resource": "SELECT 1", "way": "scale"}
    change = echoed(answer | {"factor": 0.25, "width": 1000})
    assert change == Change(OPERATION, "scale", 0.25)
    assert change.by == 4
    assert change.mark == "4× speed"
