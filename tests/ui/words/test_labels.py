"""Long and strange names in little room."""

from __future__ import annotations

import pytest

from tests.browser.spans import HOSTILE
from ui.words.labels import brief, operation, plain, shortened


@pytest.mark.parametrize(
    ("text", "most", "label"),
    [
        ("GET /taste", 20, "GET /taste"),
        ("GET /pair/beer", 8, "GET /pa…"),
        ("GET /pair", 5, "GET…"),
        ("a\n\tb", 10, "a b"),
        ("", 5, ""),
        ("abc", 0, "…"),
    ],
)
def test_what_fits_stays_and_the_rest_says_so(text: str, most: int, label: str) -> None:
    assert shortened(text, most) == label


@pytest.mark.parametrize("text", HOSTILE)
def test_strange_names_become_one_plain_line(text: str) -> None:
    label = shortened(text, 30)
    assert len(label) <= 30
    assert "\n" not in label
    assert "\u202e" not in label, "nothing turns the letters round"
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
def test_of_a_query_the_table_is_named(statement: str, label: str) -> None:
    assert brief(statement) == label


def test_an_endless_name_is_not_read_to_its_end() -> None:
    assert len(plain("x" * 10**6)) == 20_000


def test_an_operation_in_full() -> None:
    assert operation("db", "query", "SELECT 1") == "db query SELECT 1"
    assert operation("web", "match", "match") == "web match"
