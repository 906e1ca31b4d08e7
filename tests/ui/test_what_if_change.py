"""What-if changes in the address, in the form and in words."""

from __future__ import annotations

import json

import pytest

from ui.what_if_change import Change, change_from_answer, changes_from_form

OPERATION = ("db", "query", "SELECT 1")
KEY = json.dumps(OPERATION)


@pytest.mark.parametrize(
    ("way", "number", "words", "fields"),
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
        ("cache", "100", "from a cache", {}),
        ("cache", "250", "from a cache", {}),
        ("cache", "0", "0 % from a cache", {"hit_ratio": 0}),
        ("cache", "80", "80 % from a cache", {"hit_ratio": 0.8}),
        ("cache", "99.5", "99.5 % from a cache", {"hit_ratio": 0.995}),
    ],
)
def test_a_row_of_the_form_becomes_a_change(
    way: str, number: str, words: str, fields: dict[str, float]
) -> None:
    [change] = changes_from_form([KEY], [way], [number])
    assert change.words == words
    assert json.loads(change.json()) == {
        "service": "db",
        "name": "query",
        "resource": "SELECT 1",
        "way": way,
        **fields,
    }


def test_rows_that_change_nothing_or_make_no_sense_are_left_out() -> None:
    rows = [(KEY, "", "2"), (KEY, "scale", "1"), ("no json", "scale", "2"), (KEY, "pray", "2")]
    assert changes_from_form(*zip(*rows, strict=True)) == []


def test_a_change_in_an_answer_is_read_back() -> None:
    answer = {"service": "db", "name": "query", "resource": "SELECT 1", "way": "scale"}
    change = change_from_answer(answer | {"factor": 0.25, "width": 1000, "hit_ratio": 1.0})
    assert change == Change(OPERATION, "scale", 0.25)
    assert change.number == 4
    assert change.mark == "4× speed"


def test_a_hit_ratio_in_an_answer_is_read_back() -> None:
    answer = {"service": "db", "name": "query", "resource": "SELECT 1", "way": "cache"}
    change = change_from_answer(answer | {"factor": 1.0, "width": 1000, "hit_ratio": 0.8})
    assert change == Change(OPERATION, "cache", hit_ratio=0.8)
    assert (change.number, change.mark) == (80, "80 % cached")
