"""SQL without its literals: none comes out, whatever it looks like, and the names stay."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.sql import _hide_literals, hide_literals
from tracer.text import MAX_TEXT_CHARS

DIALECTS = ("postgresql", "sqlite", "mysql", "mssql", "oracle", "")


@pytest.mark.parametrize(
    ("sql", "hidden", "dialect"),
    [
        # What SQLAlchemy sends stays as it is.
        ("SELECT beer.id FROM beer WHERE beer.name = ?", None, "sqlite"),
        ("INSERT INTO beers (name) VALUES (?)", None, "sqlite"),
        ("SELECT a FROM b WHERE c IN (?, ?, ?) AND d IS NOT NULL", None, "sqlite"),
        ("SELECT a FROM b WHERE c = %(c_1)s AND d = :d AND e = %s", None, "postgresql"),
        ("SELECT a::int, b->>c FROM d", None, "postgresql"),
        ("SELECT `order` FROM `a b`", None, "mysql"),
        ('SELECT "order".id FROM "Order 66" ORDER BY "order"."desc"', None, "postgresql"),
        ("SELECT [Order 66].id FROM [it's]", None, "mssql"),
        ("SELECT a1.b2, c$3 FROM #temp4", "SELECT a1.b2, c$3 FROM #temp4", "mssql"),
        # Texts.
        ("name = 'ipa' AND x", "name = ? AND x", ""),
        ("name = 'it''s' AND x", "name = ? AND x", ""),
        ("name = ''", "name = ?", ""),
        (r"name = 'a\\' AND x", "name = ? AND x", ""),
        (r"name = 'a\n' AND x", "name = ? AND x", ""),
        (r"name = 'a\' OR 'hush'", "name = ?", ""),  # who knows where the text ends?
        (r"name = E'it\'s hush'", "name = ?", "postgresql"),
        ("name = E'a' OR X'00ff' OR N'b' OR u&'c' OR b'01'", "name = ? OR ? OR ? OR ? OR ?", ""),
        ("name = q'[it's hush]' OR x", "name = ?", "oracle"),
        ("name = $$it's$$ OR x", "name = ? OR x", "postgresql"),
        ("name = $t$ a $$ b $t$ OR x", "name = ? OR x", "postgresql"),
        ("name = 'never ends", "name = ?", ""),
        ("name = $$never ends", "name = ?", "postgresql"),
        ('name = "hush" OR x', "name = ? OR x", "mysql"),
        ('name = "hu""sh" OR x', "name = ? OR x", "mysql"),
        ('name = "hush" OR x', "name = ? OR x", "sqlite"),  # if there is no such column
        ('name = "order".id', None, "sqlite"),
        ('name "never ends', "name ?", "sqlite"),
        ("a IN ('b', 'c' , 3)", "a IN (?, ? , ?)", ""),
        # Numbers.
        ("a=1 AND b=-2 AND c = - 3.5e-7", "a=? AND b=? AND c = ?", ""),
        ("a = .5 OR b = 0x1F OR c = 1_000 OR d = 1e+9", "a = ? OR b = ? OR c = ? OR d = ?", ""),
        ("a-1, a - 1, (-1), 5*-1, -a, f(a)-1", "a-?, a - ?, (?), ?*?, -a, f(a)-?", ""),
        ("LIMIT -1 OFFSET +2", "LIMIT ? OFFSET ?", ""),
        ("a BETWEEN -1 AND -2", "a BETWEEN ? AND ?", ""),
        ("a = $1 AND b = ?2", "a = ? AND b = ?", ""),
        # Comments may hold anything.
        ("/* hush */ SELECT a -- hush 'b\nFROM c", "SELECT a  \nFROM c", ""),
        ("SELECT a /* /* hush */ hush */ FROM c", "SELECT a", ""),
        ("SELECT a /* never ends", "SELECT a", ""),
        ("SELECT a # it's\nFROM c", "SELECT a  \nFROM c", "mysql"),
        ("SELECT 5--'hush\nhush'", "SELECT ?-?", "mysql"),  # no comment without a space
    ],
)
def test_examples(sql: str, hidden: str | None, dialect: str) -> None:
    assert hide_literals(sql, dialect) == (sql if hidden is None else hidden)


secrets = st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: f"hush{text}hush")
numbers = st.one_of(
    st.integers(10**6, 10**30).map(str),
    st.integers(10**6, 10**30).map(lambda number: f"-{number}"),
    st.integers(10**6, 10**30).map(lambda number: f"1.{number}e-7"),
    st.integers(10**6, 10**30).map(lambda number: f"0x{number}"),
)
dialects = st.sampled_from(DIALECTS)


def doubled(secret: str) -> str:
    return secret.replace("'", "''")


def escaped(secret: str) -> str:
    return secret.replace("\\", "\\\\").replace("'", "\\'")


texts = st.one_of(
    secrets.map(lambda secret: f"'{doubled(secret)}'"),
    secrets.map(lambda secret: f"'{escaped(secret)}'"),
    secrets.map(lambda secret: f"E'{escaped(secret)}'"),
    secrets.map(lambda secret: f"N'{doubled(secret)}'"),
)
names = st.sampled_from(["beer", "beer2", "t1.c2", "_x", "größe", '"order".id', "COUNT(*)"])
between = st.sampled_from(
    [" = ", " AND ", ", ", " IN (", ") ", " - ", "*", " /* a */ ", "\n", " LIKE ", "=", " || ", ";"]
)
pieces = st.tuples(st.one_of(names, texts, numbers), between).map("".join)


@given(st.lists(pieces, max_size=12).map("".join), dialects)
def test_no_literal_comes_out_wherever_it_is(sql: str, dialect: str) -> None:
    hidden = hide_literals(sql, dialect)
    assert "hush" not in hidden
    assert not re.search(r"\d{6}", hidden)


@given(st.lists(st.tuples(names, between), max_size=12), numbers, dialects)
def test_names_stay(pairs: list[tuple[str, str]], number: str, dialect: str) -> None:
    sql = "".join(name + separator for name, separator in pairs) + f" = {number}"
    quote = "`" if dialect == "mysql" else '"'
    hidden = hide_literals(sql.replace('"', quote), dialect)
    position = 0
    for name in (name.replace('"', quote) for name, _ in pairs):
        position = hidden.index(name, position) + len(name)


@given(st.one_of(st.text(max_size=80), st.text("'\"\\`$a1-/*#[]?. \n", max_size=80)), dialects)
def test_any_text_is_taken_and_hiding_twice_changes_nothing(sql: str, dialect: str) -> None:
    hidden = hide_literals(sql, dialect)
    assert len(hidden) <= max(1, len(sql))
    assert hide_literals(hidden, dialect) == hidden


@pytest.mark.parametrize(
    "sql", ["' ", "\\'", '"', "/*", "--", "$a$", "$a", "[", "- ", "1e", "a", "`"]
)
def test_the_time_is_linear(sql: str) -> None:
    """A quadratic one would take minutes here: each start would be tried to the end."""
    before = time.process_time()
    for dialect in ("postgresql", "mysql", "sqlite"):
        _hide_literals.__wrapped__(sql * 50_000, dialect)
    assert time.process_time() - before < 20


def test_a_long_statement_is_cut() -> None:
    hidden = hide_literals("SELECT a, " * 10_000 + "'hush'")
    assert len(hidden) == MAX_TEXT_CHARS
    assert hidden.endswith("…")
