"""A search's text cut into tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_QUERY_CHARS = 4_000


class QueryError(Exception):
    """A search that cannot be read; the message says where and why."""

    def __init__(self, message: str, position: int) -> None:
        """`position` is where the search goes wrong, counted from 0."""
        super().__init__(f"the search cannot be read at character {position + 1}: {message}")


class Token(NamedTuple):
    """A word, an operator, a bracket, or the end of the search."""

    kind: str
    """`word`, `or`, `and`, `not`, `end`, or the character itself for `( ) { } -`."""
    position: int
    """Where it begins, counted from 0."""
    key: str | None = None
    """What comes before a word's colon; None if it has no colon."""
    value: str = ""
    star: bool = False
    """Whether a `*` follows the value."""
    quoted: bool = False
    """Whether the value was in quotes."""


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WORD = re.compile(
    rf"""(?: (?P<key> {_QUOTED} | [^\s"(){{}}:]+ ) : )?
         (?: (?P<quoted> {_QUOTED} ) (?P<star> \*)? | (?P<plain> [^\s"(){{}}]* ) )""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"\s*")
_KEYWORDS = {"OR": "or", "NOT": "not", "AND": "and"}


def tokens(text: str) -> list[Token]:
    """Return the tokens of the search, the last of them `end`.

    Raises `QueryError` if a quote is not closed, a space is missing, or the text is too long.
    """
    if len(text) > MAX_QUERY_CHARS:
        raise QueryError(f"it is longer than {MAX_QUERY_CHARS:,} characters", MAX_QUERY_CHARS)
    result = []
    position = _after_space(text, 0)
    while position < len(text):
        token, end = _token(text, position)
        if token.kind == "word" and end < len(text) and not _ends_word(text[end]):
            if text[end] == '"' and not token.value:
                raise QueryError("a quote is not closed", end)
            raise QueryError(f"a space is missing before {text[end]!r}", end)
        result.append(token)
        position = _after_space(text, end)
    result.append(Token("end", len(text)))
    return result


def _ends_word(character: str) -> bool:
    return character.isspace() or character in ")}"


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _token(text: str, position: int) -> tuple[Token, int]:
    """Return the token that begins at the position, and where it ends."""
    if text[position] in "(){}-":
        return Token(text[position], position), position + 1
    match = _WORD.match(text, position)
    if match is None or match.end() == position:
        raise QueryError("a quote is not closed", position)
    key, quoted, plain = _unquoted(match["key"]), match["quoted"], match["plain"]
    if quoted is not None:
        star = bool(match["star"])
        token = Token("word", position, key, _unquoted(quoted) or "", star, quoted=True)
    elif match["key"] is None and plain in _KEYWORDS:
        token = Token(_KEYWORDS[plain], position)
    else:
        star = plain.endswith("*")
        token = Token("word", position, key, plain[: len(plain) - star], star)
    return token, match.end()


def _unquoted(text: str | None) -> str | None:
    if text is None or not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
