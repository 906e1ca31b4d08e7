"""SQL without its literals: `WHERE name = 'ipa' LIMIT 5` becomes `WHERE name = ? LIMIT ?`.

Literals are the app's data wherever a statement is put together by hand. Datadog's agent hides
them, too. Databases disagree about quotes, so the reading of a statement depends on its dialect.
Where it still is uncertain where a literal ends (`'a\\'`: does the backslash escape the quote?),
nothing of the rest is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .text import MAX_TEXT_CHARS, shorten

HIDDEN = "?"
"""What stands for a literal."""
_MAX_CACHED = 256
"""Statements of which the result is kept. Most apps send the same few again and again."""

_SINGLE = r"'[^'\\]*(?:(?:''|\\[^'])[^'\\]*)*(?:'|\\'?|\Z)"
"""A text in quotes. Every pattern here ends at the end of the statement at the latest, so that none
ever has to be tried again from a later start: that would take quadratic time."""
_DOUBLE = _SINGLE.replace("'", '"')

_COMMON = rf"""
  (?P<space>\s+)
| (?P<uncertain>[nN]?[qQ]'.*)
| (?P<text>(?:[bBeEnNxX]|[uU]&)?{_SINGLE})
| (?P<number>[?$]?\.?\d(?:[eE][+-]|[\w.])*)
| (?P<name>[^\W\d][\w$]*)
| (?P<comment>/\*(?:(?!/\*|\*/).)*(?:\*/|/\*|\Z)|%(line_comment)s)
| (?P<quoted>%(quoted)s)
| (?P<other>.)
"""
_DOLLAR_QUOTED = r"(?P<dollar>\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)) |"
_BACKTICKED = r"`[^`]*(?:`|\Z)"
_BRACKETED = r"\[[^\]]*(?:\]|\Z)"


def _reader(quoted: str, line_comment: str = r"--[^\n]*", more: str = "") -> re.Pattern[str]:
    """Return the pattern that finds the tokens of a dialect."""
    common = _COMMON.replace("%(quoted)s", quoted).replace("%(line_comment)s", line_comment)
    return re.compile(more + common, re.VERBOSE | re.DOTALL)


_STANDARD = _reader(rf"{_DOUBLE}|{_BACKTICKED}", more=_DOLLAR_QUOTED)
_BRACKETS = _reader(rf"{_DOUBLE}|{_BACKTICKED}|{_BRACKETED}")
_MYSQL = _reader(
    _BACKTICKED,
    line_comment=r"--(?=\s|\Z)[^\n]*|\#[^\n]*",
    more=rf"(?P<doubly>{_DOUBLE}) |",
)
_READERS = {"sqlite": _BRACKETS, "mssql": _BRACKETS, "mysql": _MYSQL, "mariadb": _MYSQL}
"""The readers of the dialects (SQLAlchemy's names) that are not read as standard SQL."""

_ENDS_IN_ESCAPE = re.compile(r"""(?<!\\)(?:\\\\)*\\['"]\Z""")
"""An odd number of backslashes before the last quote: it may end the text or be part of it."""
_LITERALS = frozenset(("text", "number", "dollar", "doubly"))
_COMPARISONS = frozenset(("=", "<", ">", "LIKE", "ILIKE", "GLOB", "REGEXP", "MATCH"))
_BEFORE_OPERANDS = frozenset(
    """SELECT DISTINCT WHERE AND OR NOT ON HAVING BETWEEN IN LIKE CASE WHEN THEN ELSE LIMIT OFFSET
    BY VALUES SET RETURN RETURNING DEFAULT INTERVAL""".split()  # noqa: SIM905
)
"""Keywords after which a minus belongs to the number that follows."""


def hide_literals(sql: str, dialect: str = "") -> str:
    """Return a statement with `?` for each text and number in it, without its comments."""
    if len(sql) > MAX_TEXT_CHARS:
        return _hide_literals(sql[:MAX_TEXT_CHARS], dialect) + "…"
    return _hide_literals(sql, dialect)


@lru_cache(maxsize=_MAX_CACHED)
def _hide_literals(sql: str, dialect: str) -> str:
    kept: list[str] = []
    sign_at: int | None = None
    """Where in `kept` a sign stands that may belong to a number."""
    before = ""
    """The token before, in upper case; "" at the start, `?` after any literal."""
    for match in _READERS.get(dialect, _STANDARD).finditer(sql):
        kind, word = match.lastgroup, match.group()
        if kind == "space":
            kept.append(word)
            continue
        if kind == "comment":
            if word.endswith("/*") and len(word) > 2:
                break  # comments inside comments: not all databases know them
            kept.append(" ")
            continue
        if kind == "uncertain":
            kept.append(HIDDEN)
            break
        if kind in _LITERALS or (kind == "quoted" and _is_text(match, before)):
            del kept[len(kept) if sign_at is None else sign_at :]
            kept.append(HIDDEN)
            before, sign_at = HIDDEN, None
            if _ENDS_IN_ESCAPE.search(word):
                break
            continue
        if word not in "+-":
            sign_at = None
        elif sign_at is None and _wants_operand(before):
            sign_at = len(kept)
        kept.append(word)
        before = word.upper()
    return shorten("".join(kept).strip())


def _is_text(quoted: re.Match[str], before: str) -> bool:
    """Return whether something in double quotes is a text, as SQLite takes it where no column has
    that name; or has no end."""
    token = quoted.group()
    if (
        _ENDS_IN_ESCAPE.search(token)
        or len(token) < 2
        or token[-1] != {"[": "]"}.get(token[0], token[0])
    ):
        return True
    if token[0] != '"' or before not in _COMPARISONS:
        return False
    following = quoted.string[quoted.end() : quoted.end() + 1]
    return following != "."


def _wants_operand(before: str) -> bool:
    """Return whether a minus after this token is a sign and not a subtraction."""
    if before in _BEFORE_OPERANDS or not before:
        return True
    return not (before[-1].isalnum() or before[-1] in '_$?)]"`')
