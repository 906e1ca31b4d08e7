"""Short names that stay apart."""

from __future__ import annotations

from ui.words.titles import ending, titles

ONE = "SELECT baker.id, baker.name FROM baker WHERE baker.id = ?"
MANY = "SELECT baker.id, baker.name FROM baker WHERE baker.id IN (…)"


def named(resource: str, name: str = "query") -> dict[str, str]:
    return {"service": "db", "name": name, "resource": resource}


def test_a_lone_statement_is_told_in_brief() -> None:
    title = titles([named(ONE), named(ONE), named("GET")])
    assert title(named(ONE)) == "SELECT … FROM baker WHERE …"
    assert title(named("")) == "query"


def test_statements_that_would_be_called_the_same_show_where_they_differ() -> None:
    title = titles([named(ONE), named(MANY)])
    assert title(named(ONE)) == "SELECT … baker WHERE baker.id = ?"
    assert title(named(MANY)) == "SELECT … baker WHERE baker.id IN (…)"
    assert len(ending("x" * 5000, 38)) <= 38
    assert titles([named(ONE), named(MANY)], 24)(named(ONE)) == "SELECT … baker.id = ?"
