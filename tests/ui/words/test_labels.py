"""Long and strange names in little room, different from each other."""

from __future__ import annotations

import pytest

from tests.browser.spans import HOSTILE
from ui.words.labels import brief, ending, full_name, plain, shortened, titles

ONE = "SELECT baker.id, baker.name FROM baker WHERE baker.id = ?"
MANY = "SELECT baker.id, baker.name FROM baker WHERE baker.id IN (…)"


@pytest.mark.parametrize(
    ("text", "max_characters", "label"),
    [
        ("GET /taste", 20, "GET /taste"),
        ("GET /pair/beer", 8, "GET /pa…"),
        ("GET /pair", 5, "GET…"),
        ("a\n\tb", 10, "a b"),
        ("", 5, ""),
        ("abc", 0, "…"),
    ],
)
def test_what_fits_stays_and_the_rest_says_so(text: str, max_characters: int, label: str) -> None:
    assert shortened(text, max_characters) == label


@pytest.mark.parametrize("text", HOSTILE)
def test_strange_names_become_one_plain_line(text: str) -> None:
    label = shortened(text, 30)
    assert len(label) <= 30
    assert "\n" not in label
    assert "\u202e" not in label, "nothing reverses the letters"
    assert "\u0000" not in label


@pytest.mark.parametrize(
    ("statement", "label"),
    [
        (
            "SELECT baker.id, baker.name FROM baker WHERE baker.id = ?",
            "SELECT … FROM baker WHERE …",
        ),
        ("SELECT donut.name, donut.price FROM donut ORDER BY donut.name", "SELECT … FROM donut"),
        ('select a, b, c, d, e from "odd".t where a = 1', 'SELECT … FROM "odd".t WHERE …'),
        ("SELECT 1 FROM t", "SELECT 1 FROM t"),
        ("INSERT INTO beer (name, brewery) VALUES (?, ?)",) * 2,
        ("GET /beers/{name}/reviews and more",) * 2,
    ],
)
def test_a_query_is_named_by_its_table(statement: str, label: str) -> None:
    assert brief(statement) == label


def test_a_very_long_name_is_not_read_to_its_end() -> None:
    assert len(plain("x" * 10**6)) == 20_000


def test_an_operation_in_full() -> None:
    assert full_name("db", "query", "SELECT 1") == "db query SELECT 1"
    assert full_name("web", "match", "match") == "web match"


def named(resource: str, name: str = "query") -> dict[str, str]:
    return {"service": "db", "name": name, "resource": resource}


def test_a_single_statement_is_shown_in_brief() -> None:
    title = titles([named(ONE), named(ONE), named("GET")])
    assert title(named(ONE)) == "SELECT … FROM baker WHERE …"
    assert title(named("")) == "query"


def test_statements_with_the_same_title_show_where_they_differ() -> None:
    title = titles([named(ONE), named(MANY)])
    assert title(named(ONE)) == "SELECT … baker WHERE baker.id = ?"
    assert title(named(MANY)) == "SELECT … baker WHERE baker.id IN (…)"
    assert len(ending("x" * 5000, 38)) <= 38
    assert titles([named(ONE), named(MANY)], 24)(named(ONE)) == "SELECT … baker.id = ?"
